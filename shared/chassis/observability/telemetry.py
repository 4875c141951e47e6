"""Traces: a short one for each piece of work, and one per subject whose trace id is the subject's id.

Spans go to the OTLP endpoint where OTEL_EXPORTER_OTLP_ENDPOINT is set, otherwise as JSON lines to a file.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from chassis import timing
from kernel.identifiers import SUBJECT

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
PROPAGATOR = TraceContextTextMapPropagator()
IS_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
KINDS = {kind: str(kind) for kind in SpanKind}
WAITING_SPANS = 32_768
"""As many wait to be exported; a relay that catches up makes a milestone for each message."""


class Telemetry:
    """One service's spans."""

    def __init__(self, service: str, folder: Path) -> None:
        self._resource = Resource.create({"service.name": f"assay.{service}"})
        self._processor: SpanProcessor = BatchSpanProcessor(
            _exporter(service, folder, self._resource),
            max_queue_size=WAITING_SPANS,
            schedule_delay_millis=1_000 * timing.SPAN_EXPORT_SECONDS,
        )
        self._provider = TracerProvider(resource=self._resource)
        self._provider.add_span_processor(self._processor)
        self._tracer = self._provider.get_tracer("assay")

    @contextmanager
    def work(
        self,
        name: str,
        kind: SpanKind,
        links: tuple[str, ...] = (),
        parent: str = "",
        subject: str = "",
        **attributes: str | int,
    ) -> Iterator[trace.Span]:
        """A span around a piece of work about a subject, linked to the work (by traceparent) that caused it."""
        about = {f"{SUBJECT}.id": subject} if subject else {}
        with self._tracer.start_as_current_span(
            name,
            context=PROPAGATOR.extract({"traceparent": parent}) if parent else None,
            kind=kind,
            links=[link for work in links for link in links_to(work)],
            attributes={**about, **{key.replace("_", "."): value for key, value in attributes.items()}},
        ) as span:
            yield span

    def milestone(self, subject: UUID, key: str, name: str, at: datetime, work: str, facts: Mapping[str, str]) -> None:
        """A span in the subject's own trace for a fact, linked to the work that made it.

        Its id follows from the key, so that the same fact reported twice is the same span.
        """
        about = str(subject)
        self._emit(about, _context(subject, f"{about}/{key}"), root_span(subject), name, at, at, work, facts)

    def root(self, subject: UUID, name: str, began: datetime, ended: datetime, facts: Mapping[str, str]) -> None:
        """The subject's own span, when it has ended: every milestone is its child."""
        self._emit(str(subject), root_span(subject), None, name, began, ended, "", facts)

    def _emit(
        self,
        subject: str,
        context: SpanContext,
        parent: SpanContext | None,
        name: str,
        began: datetime,
        ended: datetime,
        work: str,
        facts: Mapping[str, str],
    ) -> None:
        self._processor.on_end(
            ReadableSpan(
                name=name,
                context=context,
                parent=parent,
                resource=self._resource,
                attributes={f"{SUBJECT}.id": subject, **facts},
                links=links_to(work),
                start_time=_nanoseconds(began),
                end_time=_nanoseconds(ended),
            )
        )

    def close(self) -> None:
        """Export what is left."""
        self._provider.shutdown()


def traceparent() -> str:
    """The current span, as a W3C traceparent; empty outside of any."""
    carrier: dict[str, str] = {}
    PROPAGATOR.inject(carrier)
    return carrier.get("traceparent", "")


@lru_cache(maxsize=4_096)
def links_to(work: str) -> tuple[Link, ...]:
    """The link to the span that a traceparent names; none where it names none. All that a batch made share one."""
    caused_by = trace.get_current_span(PROPAGATOR.extract({"traceparent": work})).get_span_context()
    return (Link(caused_by),) if caused_by.is_valid else ()


@lru_cache(maxsize=4_096)
def root_span(subject: UUID) -> SpanContext:
    """The subject's own span."""
    return _context(subject, str(subject))


def _context(subject: UUID, key: str) -> SpanContext:
    """A span in the subject's own trace, with an id that follows from the key."""
    id = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    return SpanContext(subject.int, id, is_remote=False, trace_flags=IS_SAMPLED)


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000) * 1_000


def _exporter(service: str, folder: Path, resource: Resource) -> SpanExporter:
    if os.environ.get(ENDPOINT):
        return OTLPSpanExporter()
    return FileExporter(folder / f"{service}.jsonl", resource)


class FileExporter(ConsoleSpanExporter):
    """Appends each span of a resource to a file, as a JSON line."""

    def __init__(self, path: Path, resource: Resource) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        written = orjson.Fragment(orjson.dumps({"attributes": dict(resource.attributes)}))
        super().__init__(out=path.open("a", encoding="utf-8"), formatter=partial(_line, written))

    def shutdown(self) -> None:
        """Close the file."""
        self.out.close()


def _line(resource: orjson.Fragment, span: ReadableSpan) -> str:
    """What `span.to_json` tells, at a tenth of its price."""
    written = {
        "name": span.name,
        "context": _named(span.context),
        "kind": KINDS[span.kind],
        "parent_id": f"0x{span.parent.span_id:016x}" if span.parent else None,
        "start_time": _instant(span.start_time),
        "end_time": _instant(span.end_time),
        "status": {"status_code": span.status.status_code.name, "description": span.status.description},
        "attributes": dict(span.attributes or {}),
        "events": [
            {"name": event.name, "timestamp": _instant(event.timestamp), "attributes": dict(event.attributes or {})}
            for event in span.events
        ],
        "links": [{"context": _named(link.context), "attributes": dict(link.attributes or {})} for link in span.links],
        "resource": resource,
    }
    return orjson.dumps(written, default=str).decode() + "\n"


def _named(context: SpanContext | None) -> dict[str, Any] | None:
    if context is None:
        return None
    return {"trace_id": f"0x{context.trace_id:032x}", "span_id": f"0x{context.span_id:016x}"}


@lru_cache(maxsize=512)
def _instant(nanoseconds: int | None) -> str | None:
    if nanoseconds is None:
        return None
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
