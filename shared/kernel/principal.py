"""A verified caller, and whose matters it may see."""

from dataclasses import dataclass
from enum import StrEnum

from kernel.refusal import Kind, Refusal


class Role(StrEnum):
    """What a caller acts as."""

    PARTICIPANT = "participant"
    DCC = "dcc"
    PANEL = "panel"
    AUTHORITY = "authority"
    SECRETARY_OF_STATE = "secretary-of-state"
    TAG = "tag"
    TAB = "tab"
    CODE_ADMINISTRATOR = "code-administrator"
    OPERATIONS = "operations"
    AUDITOR = "auditor"


@dataclass(unsafe_hash=True)
class ForeignParty(Refusal):
    """This belongs to another Party; your token is for {party}."""

    kind = Kind.FORBIDDEN
    remedy = "Use a token of the Party that the engagement belongs to."
    party: str | None


@dataclass(frozen=True)
class Principal:
    """A verified caller. `party` is the signifier of a participant's Party."""

    name: str
    role: Role
    party: str | None

    @property
    def identity(self) -> str:
        """What tells this caller from every other."""
        return f"{self.role}/{self.party or '-'}/{self.name}"

    def may_see(self, party: str | None) -> None:
        """Refuse a participant what belongs to another Party."""
        if self.role is Role.PARTICIPANT and party is not None and self.party != party:
            raise ForeignParty(party=self.party)
