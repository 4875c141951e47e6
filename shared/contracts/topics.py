"""Every topic there is, who writes it, and how it is kept. The deployment creates them; nothing else does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

FOR_EVER: Mapping[str, str] = MappingProxyType({"retention.ms": "-1", "cleanup.policy": "delete"})
LATEST_OF_EACH_KEY: Mapping[str, str] = MappingProxyType({"cleanup.policy": "compact"})


@dataclass(frozen=True)
class Topic:
    """A Kafka topic: `owner` is the one service (or outside system) that writes to it."""

    name: str
    owner: str
    partitions: int = 3
    config: Mapping[str, str] = field(default_factory=lambda: FOR_EVER)

    @property
    def is_outside(self) -> bool:
        """Whether a system outside of this house writes to it."""
        return self.name.startswith("dcc.")


NOTIFICATION = Topic("assay.notification", owner="notification")
ARTEFACT_REVIEW = Topic("assay.artefact-review", owner="artefact-review")
EXECUTION_TRACKER = Topic("assay.execution-tracker", owner="execution-tracker")
CERTIFICATION = Topic("assay.certification", owner="certification")
ELIGIBILITY = Topic("assay.eligibility", owner="certification", config=LATEST_OF_EACH_KEY)
LISTS = Topic("assay.lists", owner="certification", config=LATEST_OF_EACH_KEY)
DISPUTES = Topic("assay.disputes", owner="disputes")
CODE_ADMINISTRATOR = Topic("dcc.code-administrator", owner="code-administrator")
AUDIT = Topic("assay.audit", owner="every service: the heads of its chain of events", partitions=1)
REJECTED = Topic("assay.rejected", owner="any service: what an outside system sent and could not be read")

TOPICS = (
    NOTIFICATION,
    ARTEFACT_REVIEW,
    EXECUTION_TRACKER,
    CERTIFICATION,
    ELIGIBILITY,
    LISTS,
    DISPUTES,
    CODE_ADMINISTRATOR,
    AUDIT,
    REJECTED,
)
