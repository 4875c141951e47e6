"""What a refusal takes from the procedure at hand: the clause of its own document, and whose step it is."""

from typing import Final

from kernel.audience import WrongRole
from kernel.refusal import Refusal, citing
from rulebook.engine.procedures import Step
from rulebook.engine.profile_parts import Profile

CODE: Final = "SEC"
"""The document to which all others belong: what it says holds in every procedure."""


def require_sender(step: Step, role: str) -> None:
    """Refuse who is not to take a step."""
    if role != step.sender:
        raise citing(WrongRole(role, step.sender), step.clause)


def by_its_own_law(refusal: Refusal, profile: Profile | None, *facts: str) -> Refusal:
    """The refusal with a clause that holds for the procedure at hand.

    A rule that several documents share cites the one in which we read it first. In a procedure of another document the
    clause is that of the step which the first of the facts completes that completes one, else that of the notice.
    """
    if profile is None or refusal.clause is None or _document(refusal.clause) in (profile.document, CODE):
        return refusal
    steps = [step for fact in facts for step in profile.procedure.completed_by(fact)]
    return citing(refusal, steps[0].clause if steps else profile.notice.clause)


def _document(clause: str) -> str:
    return clause.partition(" ")[0]
