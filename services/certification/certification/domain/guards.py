"""Whether the completion is at a point where a command may be given at all."""

from certification.domain.completion import Completion, CompletionOpened, ExecutionCompleted
from certification.domain.refusals import EngagementUnknown, ExecutionNotComplete, GateAlreadyPassed, ReportMissing


def opened(state: Completion, engagement: str) -> CompletionOpened:
    """Refuse what is asked of an engagement that was never notified."""
    if state.opened is None:
        raise EngagementUnknown(engagement)
    return state.opened


def executed(state: Completion, engagement: str) -> ExecutionCompleted:
    """Refuse also what comes before execution is complete or after the gate was passed."""
    opened(state, engagement)
    if state.complete:
        raise GateAlreadyPassed()
    if state.execution is None:
        raise ExecutionNotComplete()
    return state.execution


def reported(state: Completion, engagement: str) -> int:
    """Refuse also what comes before a report on the present execution; its number."""
    executed(state, engagement)
    if state.report_open is None:
        raise ReportMissing()
    return state.report_open
