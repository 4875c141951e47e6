"""Which kinds of artefact a procedure asks for before testing, and which checks it names for them."""

from collections.abc import Mapping, Sequence

from rulebook.engine.checks import Check
from rulebook.engine.documents import Document
from rulebook.engine.profile import Profile

SUBMITTED = "artefact-review.artefacts-submitted"
"""The fact that completes the step by which artefacts are handed in."""


def artefacts_of(profile: Profile) -> Sequence[Document]:
    """The artefacts that are handed in before testing, in the procedure's order: none where no step hands them in."""
    if not profile.procedure.completed_by(SUBMITTED):
        return ()
    return tuple(each for each in profile.artefacts if each.phase == "initiation" and each.submitted)


def kinds_of(profile: Profile) -> tuple[str, ...]:
    """Their kinds."""
    return tuple(each.kind for each in artefacts_of(profile))


def checks_of(profile: Profile) -> Mapping[str, Check]:
    """Their checks by name."""
    return {check.id: check for each in artefacts_of(profile) for check in each.checks}
