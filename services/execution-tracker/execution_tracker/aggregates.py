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
from execution_tracker.read_models import project, published_sequence
from execution_tracker.translation import publish
from kernel.recent import Recent
from kernel.stored import by_stored_name

EXECUTION: Aggregate[Command, Execution, events.Event] = Aggregate(
    category="execution",
    initial=Execution,
    decide=decide,
    evolve=evolve,
    codec=Codec(by_stored_name(events.Event)),
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


async def tally_now(connection: Connection, engagement: str) -> Tally:
    """What an execution's own events add up to, counted as far as its last public one."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        published = await published_sequence(connection, engagement)
        return replace(await tally_until(connection, engagement, date.max), sequence=published)
