"""The one kind of stream this service keeps, and what the shell needs to know of it."""

from chassis.aggregate import Aggregate, Codec
from execution_tracker.domain import events
from execution_tracker.domain.decisions import Command, decide
from execution_tracker.domain.execution import Execution, evolve
from execution_tracker.register import project
from execution_tracker.translation import publish

CODEC = Codec(
    {
        "execution-begun": events.ExecutionBegun,
        "scope-set": events.ScopeSet,
        "start-confirmed": events.StartConfirmed,
        "connectivity-checked": events.ConnectivityChecked,
        "connectivity-confirmed": events.ConnectivityConfirmed,
        "result-recorded": events.ResultRecorded,
        "issue-raised": events.IssueRaised,
        "remediation-plan-proposed": events.RemediationPlanProposed,
        "remediation-plan-agreed": events.RemediationPlanAgreed,
        "issue-fixed": events.IssueFixed,
        "issue-closed": events.IssueClosed,
        "dashboard-published": events.DashboardPublished,
        "execution-completed": events.ExecutionCompleted,
        "execution-reopened": events.ExecutionReopened,
    }
)


def _party(state: Execution) -> str | None:
    return state.party


EXECUTION: Aggregate[Command, Execution, events.Event] = Aggregate(
    category="execution",
    initial=Execution,
    decide=decide,
    evolve=evolve,
    codec=CODEC,
    publish=publish,
    project=project,
    owner=_party,
)
