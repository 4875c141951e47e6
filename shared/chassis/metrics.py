"""What a service counts, in Prometheus' base units. No ids in labels."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector


@dataclass(frozen=True)
class Measure:
    """A gauge of a service's own: `query` answers one number; `$1` in it, where it stands, is the service's time."""

    name: str
    help: str
    query: str


class Metrics:
    """One service's metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.commands = Counter(
            "assay_commands", "Commands by outcome: accepted, replayed, refused.", ["outcome"], registry=self.registry
        )
        self.published = Counter("assay_published", "Messages that Kafka acknowledged.", registry=self.registry)
        self.outbox_pending = Gauge(
            "assay_outbox_pending", "Messages not yet acknowledged by Kafka.", registry=self.registry
        )
        self.outbox_oldest_seconds = Gauge(
            "assay_outbox_oldest_seconds", "Age of the oldest such message.", registry=self.registry
        )
        self.handled = Counter("assay_inbox_handled", "Messages handled.", registry=self.registry)
        self.duplicates = Counter(
            "assay_inbox_duplicates", "Messages that had been handled before.", registry=self.registry
        )
        self.gaps = Counter("assay_inbox_gaps", "Messages that came too early.", registry=self.registry)
        self.rejected = Counter(
            "assay_inbox_rejected", "Messages of outside systems that can't be read.", registry=self.registry
        )
        self.parked_limit = Gauge(
            "assay_parked_limit", "As many parked messages stop the consumer.", registry=self.registry
        )
        self.parked_counted = Gauge(
            "assay_parked_counted",
            "Parked messages that count against it: not those that only wait for a missing one.",
            registry=self.registry,
        )
        self.parked = Counter("assay_parked", "Messages parked.", registry=self.registry)
        self.parked_messages = Gauge(
            "assay_parked_messages", "Messages that wait for operations.", registry=self.registry
        )
        self.parked_subjects = Gauge(
            "assay_parked_subjects", "Subjects (of a source) that have parked messages.", registry=self.registry
        )
        self.consumer_lag = Gauge(
            "assay_consumer_lag",
            "Messages on the topics that were not handled yet; NaN while Kafka does not say.",
            registry=self.registry,
        )
        self.batch_seconds = Histogram(
            "assay_batch_seconds", "Duration of a batch's transaction, once it is committed.", registry=self.registry
        )
        self._measured: dict[str, Gauge] = {}

    def gauge(self, measure: Measure) -> Gauge:
        """The gauge of a service's own measure."""
        if measure.name not in self._measured:
            self._measured[measure.name] = Gauge(measure.name, measure.help, registry=self.registry)
        return self._measured[measure.name]
