"""The steps of an engagement's procedure that this service itself has a rule for."""

from kernel.refusal import citing
from notification.domain.engagement import Engagement
from notification.domain.refusals import NotInProcedure
from rulebook.engine.procedures import Step


def own_step(state: Engagement, fact: str) -> Step:
    """The step that a fact of this service completes. Refused where the procedure has no such step."""
    steps = state.procedure.completed_by(fact)
    if not steps:
        what = fact.partition(".")[2].replace("-", " ")
        raise citing(NotInProcedure(what, state.procedure.title), state.procedure.notice_clause)
    return steps[0]
