"""What an audit compares of this service's tables."""

from collections.abc import AsyncIterator
from functools import reduce

from pydantic import ValidationError

from chassis.audit.finding import Finding
from chassis.audit.read_models import ReadModels
from chassis.audit.standalone import run
from chassis.messaging.quarantine import describe_error
from chassis.process.database import Connection
from execution_tracker.aggregates import EXECUTION
from execution_tracker.domain.dashboard import Tally, fold
from execution_tracker.read_models import QUERIES, keep_tally, uncounted
from execution_tracker.translation import counted

PORTION = 100


async def recount(connection: Connection) -> AsyncIterator[Finding]:
    """Count for each dashboard once more what the stream job has counted of the public events."""
    generation = await connection.fetchval(QUERIES["last_generation"])
    await connection.execute(QUERIES["take_over_earlier_generations"], generation)
    async for row in connection.cursor(QUERIES["kept_tallies"], generation, prefetch=PORTION):
        events = await connection.fetch(QUERIES["published_until"], row["engagement"], row["sequence"])
        try:
            tally = reduce(lambda so_far, each: fold(so_far, each[0], counted(*each[1:])), events, Tally())
        except ValidationError as error:
            said = f"what was published can't be counted: {describe_error(error)}"
            yield Finding("publications", row["engagement"], said, "messages of this release")
        else:
            await keep_tally(connection, row["engagement"], generation, tally)
    for engagement in await uncounted(connection, generation):
        found, right = "not all public events are counted", "all of them: the stream job is behind, or a row is gone"
        yield Finding("table dashboard", engagement, found, right, warning=True)


READ_MODELS = ReadModels(aggregates=(EXECUTION,), recount=recount)

if __name__ == "__main__":
    run(READ_MODELS)
