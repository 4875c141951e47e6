"""Whether the completion is at a point where a command may be given at all."""

from certification.domain.completion import Completion, CompletionOpened, ExecutionCompleted
from certification.domain.refusals import (
    ExecutionNotComplete,
    GateAlreadyPassed,
    NothingSubmitted,
    NotSubmittedHere,
)
from kernel.engagement import EngagementUnknown
from rulebook.engine.profile import Execution


def opened(state: Completion, engagement: str) -> CompletionOpened:
    """Refuse what is asked of an engagement that was never notified."""
    if state.opened is None:
        raise EngagementUnknown()
    return state.opened


def executed(state: Completion, engagement: str) -> ExecutionCompleted:
    """Refuse also what comes before execution is complete or after the gate was passed."""
    opened(state, engagement)
    if state.complete:
        raise GateAlreadyPassed()
    if state.execution is None:
        raise ExecutionNotComplete()
    return state.execution


def submitted(state: Completion, engagement: str) -> int:
    """Refuse also what comes before a report, or evidence, on the present execution; its number."""
    executed(state, engagement)
    if state.submission is None:
        raise NothingSubmitted()
    return state.submission


def ends_with(wanted: str, execution: Execution) -> None:
    """Refuse what does not end the execution in this kind of engagement."""
    if execution.ends_with != wanted:
        raise NotSubmittedHere(wanted, execution.ends_with)
