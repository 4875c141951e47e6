"""The one kind of stream this service keeps, and what the shell needs to know of it."""

from dataclasses import replace
from datetime import date

from chassis.eventstore.aggregate import Aggregate, AnyAggregate, Codec
from chassis.eventstore.store import load
from chassis.process.database import Connection
from execution_tracker.domain import events
from execution_tracker.domain.dashboard import PastDay, Tally, until
from execution_tracker.domain.decisions import Command, decide
from execution_tracker.domain.execution import Execution, evolve
from execution_tracker.read_models import project
from execution_tracker.translation import publish
from kernel.recent import Recent

CODEC = Codec(
    {
        "execution-begun": events.ExecutionBegun,
        "start-moved": events.StartMoved,
        "scope-set": events.ScopeSet,
        "start-confirmed": events.StartConfirmed,
        "connectivity-checked": events.ConnectivityChecked,
        "connectivity-confirmed": events.ConnectivityConfirmed,
        "result-recorded": events.ResultRecorded,
        "issue-raised": events.IssueRaised,
        "remediation-plan-proposed": events.RemediationPlanProposed,
        "remediation-plan-agreed": events.RemediationPlanAgreed,
        "issue-fixed": events.IssueFixed,
        "fix-disproved": events.FixDisproved,
        "issue-closed": events.IssueClosed,
        "dashboard-published": events.DashboardPublished,
        "execution-completed": events.ExecutionCompleted,
        "execution-reopened": events.ExecutionReopened,
        "execution-concluded": events.ExecutionConcluded,
    }
)


EXECUTION: Aggregate[Command, Execution, events.Event] = Aggregate(
    category="execution",
    initial=Execution,
    decide=decide,
    evolve=evolve,
    codec=CODEC,
    publish=publish,
    project=project,
    audience=lambda state: state.audience,
)


async def tally_until(connection: Connection, engagement: str, day: date) -> Tally:
    """What had happened in an execution by the end of a day, folded from its own events."""
    execution: AnyAggregate = EXECUTION
    counting = replace(execution, initial=PastDay, evolve=until(day))
    loaded = await load(connection, Recent(0), {counting.stream(engagement): counting})
    past: PastDay = loaded[counting.stream(engagement)].state
    return past.tally
