"""The bare pipeline that decodes, validates and traces besides: what any service of this kind does, without its rules.

Each fact's headers are read and its value is validated by its contract; each publication carries the headers of a fact.
There are as many spans as in the product, made and written as OpenTelemetry does it by itself: one for each batch and
for each publication.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
from aiokafka import AIOKafkaProducer, ConsumerRecord
from opentelemetry import trace
from opentelemetry.propagate import extract, inject
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
from opentelemetry.trace import Link
from tests.benchmarks import bare
from tests.benchmarks.contender import Result, Task

from chassis.messaging.cloudevents import Envelope, envelope
from contracts import REGISTRY

LINKS = 32
WAITING_SPANS = 32_768
"""As many as the product's wait to be exported, so that none is dropped."""

tracer = trace.get_tracer("bare")


async def run(task: Task) -> Result:
    """Consume, decode, validate, write, publish and trace."""
    with TemporaryDirectory(prefix="assay-benchmark-") as folder, _exporting(Path(folder) / "spans.jsonl"):
        return await bare.run_as(Traced, task)


@contextmanager
def _exporting(file: Path) -> Iterator[None]:
    with file.open("w", encoding="utf-8") as out:
        exporter = ConsoleSpanExporter(out=out, formatter=lambda span: span.to_json(indent=None) + "\n")
        provider = TracerProvider()
        provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=WAITING_SPANS))
        trace.set_tracer_provider(provider)
        yield
        provider.shutdown()


class Traced(bare.Pipeline):
    """From the topic to the tables, and from there to the next topic, with an eye on what passes."""

    async def write(self, records: "Sequence[ConsumerRecord[bytes, bytes]]") -> None:
        """Decode and validate a batch, then write what follows from it."""
        envelopes = [envelope(record.headers) for record in records]
        for given, record in zip(envelopes, records, strict=True):
            REGISTRY[given.type].model_validate_json(record.value or b"")
        with tracer.start_as_current_span("handle batch", links=_links(envelopes[:LINKS])):
            await super().write(records)

    async def publish(self, producer: AIOKafkaProducer, rows: "Sequence[asyncpg.Record]") -> None:
        """Publish a batch of the outbox, with a span for each of its messages."""
        with tracer.start_as_current_span("publish outbox") as work:
            await super().publish(producer, rows)
            for row in rows:
                about = {"engagement.id": row["key"], "event.sequence": str(row["seq"])}
                tracer.start_span("published", links=[Link(work.get_span_context())], attributes=about).end()

    def headers(self, row: "asyncpg.Record") -> Sequence[tuple[str, bytes]]:
        """Those of a fact, in the trace of the work."""
        carrier: dict[str, str] = {}
        inject(carrier)
        subject, sequence = row["key"], row["seq"]
        return Envelope(
            id=f"{subject}:{sequence}",
            source="assay.bare",
            type="assay.bare.published.v1",
            subject=subject,
            time=datetime.now(UTC),
            sequence=sequence,
            traceparent=carrier["traceparent"],
        ).headers()


def _links(envelopes: Sequence[Envelope]) -> list[Link]:
    contexts = (trace.get_current_span(extract({"traceparent": each.traceparent})) for each in envelopes)
    return [Link(span.get_span_context()) for span in contexts]
