"""What may be asked of an execution, and the one place that dispatches it."""

from collections.abc import Sequence
from typing import assert_never

from execution_tracker.domain.completion import CompleteExecution, complete_execution
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


def decide(command: Command, state: Execution) -> Sequence[Event]:
    """The events that follow from a command, or a refusal."""
    if isinstance(command, Inbound):
        return take(command, state)
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
