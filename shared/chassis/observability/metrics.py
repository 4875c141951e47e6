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
        self.published = self._counter("assay_published", "Messages that Kafka acknowledged.")
        self.forged = Counter(
            "assay_forged",
            "What lies in the database as the service's own and is not: stored events, public messages.",
            ["what"],
            registry=self.registry,
        )
        for what in ("event", "message"):
            self.forged.labels(what)
        self.behind = self._gauge(
            "assay_database_behind", "Whether the database is behind what the service has published: it does not serve."
        )
        self.outbox_pending = self._gauge("assay_outbox_pending", "Messages not yet acknowledged by Kafka.")
        self.outbox_oldest_seconds = self._gauge("assay_outbox_oldest_seconds", "Age of the oldest such message.")
        self.handled = self._counter("assay_inbox_handled", "Messages handled.")
        self.duplicates = self._counter("assay_inbox_duplicates", "Messages that had been handled before.")
        self.gaps = self._counter("assay_inbox_gaps", "Messages that came too early.")
        self.revoked = self._counter("assay_inbox_revoked", "Facts that were handled and that their source has lost.")
        self.rejected = self._counter("assay_inbox_rejected", "Records that can't be read, or speak for another.")
        self.files_unusable = self._counter("assay_files_unusable", "Stored files found missing or altered.")
        self.parked = self._counter("assay_parked", "Messages parked.")
        self.parked_messages = self._gauge("assay_parked_messages", "Messages that wait for operations.")
        self.parked_subjects = self._gauge("assay_parked_subjects", "Subjects (of a source) that have parked messages.")
        self.parked_limit = self._gauge("assay_parked_limit", "As many parked messages stop the consumer.")
        self.parked_counted = self._gauge(
            "assay_parked_counted", "Those that count against it: all but what only waits for a missing message."
        )
        self.consumer_lag = self._gauge(
            "assay_consumer_lag", "Messages on the topics that were not handled yet; NaN while Kafka does not say."
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

    def _counter(self, name: str, help: str) -> Counter:
        return Counter(name, help, registry=self.registry)

    def _gauge(self, name: str, help: str) -> Gauge:
        return Gauge(name, help, registry=self.registry)
