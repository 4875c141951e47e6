"""What callers have been shown, so that nothing they do or read next can fall behind it."""

from collections.abc import Mapping
from uuid import UUID

from chassis.http import positions
from chassis.identity import Principal
from gateway.recent import Recent

REMEMBERED = 20_000

Positions = Mapping[str, int]


class Acknowledged:
    """The highest positions that services replied with (Assay-Position), by engagement."""

    def __init__(self) -> None:
        self._positions: Recent[UUID, Positions] = Recent(REMEMBERED)
        self._latest: Recent[tuple[str, str | None, str], UUID] = Recent(REMEMBERED)

    def remember(self, caller: Principal, engagement: UUID, header: str) -> None:
        """A service acknowledged a caller's command about an engagement with `notification=5`."""
        self._positions.put(engagement, highest(self.of(engagement), positions([header])))
        self._latest.put(_identity(caller), engagement)

    def of(self, engagement: UUID) -> Positions:
        """What has been acknowledged about an engagement."""
        return self._positions.get(engagement) or {}

    def latest_of(self, caller: Principal) -> UUID | None:
        """The engagement that a caller's last command was about."""
        return self._latest.get(_identity(caller))


def highest(first: Positions, second: Positions) -> Positions:
    """The higher position of each service."""
    return {name: max(first.get(name, 0), second.get(name, 0)) for name in {*first, *second}}


def as_header(seen: Positions, but: str) -> str:
    """`notification=5,artefact-review=2`, without the service that is told."""
    return ",".join(f"{name}={position}" for name, position in sorted(seen.items()) if name != but and position > 0)


def _identity(caller: Principal) -> tuple[str, str | None, str]:
    return caller.role, caller.party, caller.name
