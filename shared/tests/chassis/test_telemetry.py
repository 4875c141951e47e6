"""Spans reach their file, all of them, as OpenTelemetry itself would write them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from chassis.observability.telemetry import Telemetry, traceparent

ENGAGEMENT = UUID("6f1c7e0e-0000-4000-8000-000000000001")
AT = datetime(2027, 3, 1, 10, tzinfo=UTC)
BURST = 10_000


def written(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "service.jsonl").read_text().splitlines()]


def test_a_burst_of_milestones_is_written_whole(tmp_path: Path) -> None:
    telemetry = Telemetry("service", tmp_path)
    for number in range(BURST):
        telemetry.milestone(ENGAGEMENT, str(number), "fact", AT, "", {})
    telemetry.close()
    assert len({json.dumps(span["context"]) for span in written(tmp_path)}) == BURST


def test_a_span_is_written_as_opentelemetry_writes_it(tmp_path: Path) -> None:
    telemetry, kept = Telemetry("service", tmp_path), InMemorySpanExporter()
    telemetry._provider.add_span_processor(SimpleSpanProcessor(kept))
    with telemetry.work("before", SpanKind.SERVER) as before:
        cause = traceparent()
        before.add_event("looked", {"at": 1})
    with telemetry.work("work", SpanKind.CONSUMER, (cause,), parent=cause, engagement_id="1", messages=2):
        pass
    telemetry.close()
    theirs = [told(span) for span in kept.get_finished_spans()]
    assert [{**span, "status": None} for span in written(tmp_path)] == theirs


def told(span: ReadableSpan) -> dict[str, object]:
    """What OpenTelemetry writes, without the trace state and schema, which are always empty here."""
    full = json.loads(span.to_json())
    contexts = (full["context"], *(link["context"] for link in full["links"]))
    assert {context.pop("trace_state") for context in contexts} == {"[]"}
    assert full["resource"].pop("schema_url") == ""
    return {**full, "status": None}
