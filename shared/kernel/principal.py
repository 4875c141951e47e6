"""A verified caller, in the role and for the organisation that it chose to act for."""

from dataclasses import dataclass

from kernel.audience import Audience, Duty


@dataclass(frozen=True)
class Principal:
    """A verified caller. `role` is the one acted in, `party` the organisation acted for, where the role has one."""

    name: str
    role: str
    party: str | None = None

    @property
    def identity(self) -> str:
        """What tells this caller from every other."""
        return f"{self.role}/{self.party or '-'}/{self.name}"

    def must(self, duty: Duty, audience: Audience | None) -> None:
        """Refuse what this caller may not do in an engagement; nothing is refused of one that is not known yet."""
        if audience is not None:
            audience.require(duty, self.role, self.party)
