"""Who may read the eligibility register: it is about organisations, not about one engagement."""

from functools import cache

from kernel.audience import STAFF, ForeignParty, require_role
from kernel.principal import Principal
from rulebook.engine.profile import RoleForm, procedures, profile


def organisation_read(caller: Principal, organisation: str | None) -> str | None:
    """Of which organisation a caller reads: of their own alone where their role is an organisation's, else as asked."""
    if caller.role in STAFF:
        return organisation
    require_role(caller.role, sorted({role.id for role in _readers()} | STAFF))
    if not any(role.organisation for role in _readers() if role.id == caller.role):
        return organisation
    if caller.party is None or organisation not in (None, caller.party):
        raise ForeignParty(caller.role, caller.party or "no organisation")
    return caller.party


@cache
def _readers() -> tuple[RoleForm, ...]:
    """Every role that reads engagements in a procedure in force."""
    return tuple(role for id in procedures() for role in profile(id).roles.values() if "read" in role.may)
