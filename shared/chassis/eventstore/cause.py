"""Who or what asks for a decision, so that the second arrival of the same cause can be told from the first."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kernel.audience import Duty
from kernel.principal import Principal

SYSTEM = Principal(name="assay", role="operations")


@dataclass(frozen=True)
class Cause:
    """A request, a delivered event, or the service's own timer.

    `duty` is what the actor needs in the engagement; None where the house acts. `key` with `fingerprint` make a request
    idempotent; `expected_versions` are the caller's If-Match; `after` is what the caller has already seen of other
    services, by source: the command waits until this service has, too.
    """

    id: str
    actor: Principal
    duty: Duty | None = None
    key: str | None = None
    fingerprint: str = ""
    expected_versions: frozenset[int] | None = None
    after: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def internal(cls, key: str) -> "Cause":
        """The service acts by itself; the same key acts once."""
        return cls(id=key, actor=SYSTEM, key=key)

    @classmethod
    def timer(cls, id: str) -> "Cause":
        """The service looks again at what may be due; deciding twice is harmless, so nothing is kept."""
        return cls(id=id, actor=SYSTEM)
