"""What may be asked of an execution, and the one place that dispatches it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, assert_never

from execution_tracker.domain.completion import COMPLETED, CompleteExecution, complete_execution
from execution_tracker.domain.connectivity import (
    CheckConnectivity,
    StateEarlierTesting,
    check_connectivity,
    state_earlier_testing,
)
from execution_tracker.domain.events import Event
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.inbound import Inbound, take
from execution_tracker.domain.issues import (
    AgreeRemediationPlan,
    FixIssue,
    ProposeRemediationPlan,
    RaiseIssue,
    agree_remediation_plan,
    fix_issue,
    propose_remediation_plan,
    raise_issue,
)
from execution_tracker.domain.publication import PublishDashboard, publish_dashboard
from execution_tracker.domain.results import RecordResults, record_results
from kernel.engagement import require_going_on
from kernel.refusal import Refusal
from rulebook.engine.refusing import by_its_own_law

Command = (
    Inbound
    | CheckConnectivity
    | StateEarlierTesting
    | RecordResults
    | RaiseIssue
    | ProposeRemediationPlan
    | AgreeRemediationPlan
    | FixIssue
    | PublishDashboard
    | CompleteExecution
)


CONNECTED: Final = "execution-tracker.connectivity-confirmed"
STEPS: Final[Mapping[type, str]] = MappingProxyType(
    {
        CheckConnectivity: CONNECTED,
        StateEarlierTesting: CONNECTED,
        PublishDashboard: "execution-tracker.dashboard-published",
    }
)
"""The fact with which a command completes its step, where that is not the completion of execution itself."""


def decide(command: Command, state: Execution) -> Sequence[Event]:
    """The events that follow from a command, or a refusal with a clause that holds for the engagement's procedure."""
    try:
        return _decide(command, state)
    except Refusal as refusal:
        profile = state.engagement.profile if state.engagement else None
        raise by_its_own_law(refusal, profile, STEPS.get(type(command), COMPLETED), COMPLETED) from None


def _decide(command: Command, state: Execution) -> Sequence[Event]:
    if isinstance(command, Inbound):
        return take(command, state)
    if state.engagement is not None:
        require_going_on(state.withdrawal, state.engagement.profile.notice.clause)
    match command:
        case CheckConnectivity():
            return check_connectivity(command, state)
        case StateEarlierTesting():
            return state_earlier_testing(command, state)
        case RecordResults():
            return record_results(command, state)
        case RaiseIssue():
            return raise_issue(command, state)
        case ProposeRemediationPlan():
            return propose_remediation_plan(command, state)
        case AgreeRemediationPlan():
            return agree_remediation_plan(command, state)
        case FixIssue():
            return fix_issue(command, state)
        case PublishDashboard():
            return publish_dashboard(command, state)
        case CompleteExecution():
            return complete_execution(command, state)
        case _:
            assert_never(command)
