"""Who may do what in an engagement, as its procedure says it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from kernel.refusal import Kind, Refusal, citing

Duty = Literal[
    "start",
    "withdraw",
    "provide",
    "execute",
    "review",
    "decide",
    "read",
    "attest",
    "record",
    "refer",
    "answer",
    "determine",
]
DUTIES: Final[tuple[Duty, ...]] = ("start", "withdraw", "provide", "execute", "review", "decide", "read")
"""Those that a procedure gives to a role; the others follow from the rest of its data."""
STAFF: Final = frozenset({"operations", "auditor"})
"""Roles of the house itself: they read every engagement, whatever its procedure."""


@dataclass(unsafe_hash=True)
class ForeignParty(Refusal):
    """In this engagement another organisation holds the role {role}; you act for {party}."""

    kind = Kind.FORBIDDEN
    remedy = "Act for the organisation that holds the role, for example Assay-Acting-As: {role}/EXSUP."
    role: str
    party: str


@dataclass(unsafe_hash=True)
class WrongRole(Refusal):
    """The role {role} may not do this."""

    kind = Kind.FORBIDDEN
    remedy = "Act in one of these roles: {allowed}."
    role: str
    allowed: str


@dataclass(unsafe_hash=True)
class RoleUnknown(Refusal):
    """The procedure of this engagement knows no role {role}."""

    kind = Kind.FORBIDDEN
    remedy = "Act in one of the roles that it knows: {known}."
    role: str
    known: str


def require_role(role: str, allowed: Sequence[str], clause: str | None = None) -> None:
    """Refuse a role that is not among those that may, with the clause that says which may."""
    if role not in allowed:
        raise citing(WrongRole(role, ", ".join(allowed) or "none"), clause)


@dataclass(frozen=True)
class Audience:
    """Which role has which duties in an engagement, and which organisation holds a role in it.

    A role that is not among `organisations` (DCC, the Panel) is the same body in every engagement; one that no
    organisation holds here (None) is nobody's. `clause` says who takes part; refusals cite it.
    """

    duties: Mapping[str, frozenset[Duty]]
    organisations: Mapping[str, str | None]
    clause: str | None = None

    def require(self, duty: Duty, role: str, organisation: str | None) -> None:
        """Refuse who has no such duty here, or acts for another organisation than the one that holds the role."""
        if duty == "read" and role in STAFF:
            return
        if role not in self.duties and role not in STAFF:
            raise citing(RoleUnknown(role, ", ".join(self.duties)), self.clause)
        require_role(role, self.holders(duty), self.clause)
        if role in self.organisations and (organisation is None or self.organisations[role] != organisation):
            raise citing(ForeignParty(role, organisation or "no organisation"), self.clause)

    def holders(self, duty: Duty) -> tuple[str, ...]:
        """The roles that have a duty."""
        found = [role for role, duties in self.duties.items() if duty in duties]
        return (*found, *sorted(STAFF)) if duty == "read" else tuple(found)
