"""Every role that somebody may act in, whatever the engagement: those of the procedures in force, and of the house."""

from kernel.audience import STAFF, Duty
from rulebook.engine.profile import procedures, profile
from rulebook.engine.profile_parts import RoleForm


def every_role() -> dict[str, bool]:
    """Each role, and whether an organisation of its own holds it in each engagement."""
    return {role.id: role.organisation for role in _roles()} | dict.fromkeys(sorted(STAFF), False)


def holders(duty: Duty) -> tuple[str, ...]:
    """The roles that have a duty in some procedure."""
    return tuple(dict.fromkeys(role for each in procedures() for role in profile(each).audience({}).holders(duty)))


def _roles() -> tuple[RoleForm, ...]:
    return tuple(role for each in procedures() for role in profile(each).roles.values())
