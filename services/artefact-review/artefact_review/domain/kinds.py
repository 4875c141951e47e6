"""The kinds of artefact that a procedure has handed in before testing, and the checks that it names for them."""

from collections.abc import Mapping

from rulebook.engine.checks import Check
from rulebook.engine.profile import Profile


def kinds_of(profile: Profile) -> tuple[str, ...]:
    """The kinds, in the procedure's order."""
    return tuple(each.kind for each in profile.handed_in)


def checks_of(profile: Profile) -> Mapping[str, Check]:
    """The checks of all kinds of which files can come, by name."""
    return {check.id: check for each in profile.submittable for check in each.checks}


def reviewing_roles(profile: Profile) -> tuple[str, ...]:
    """The roles that review what is handed in, each once: each of them signs it off."""
    return tuple(dict.fromkeys(each.reviewed_by for each in profile.handed_in))
