"""The span of a whole engagement, reported when it has ended."""

from chassis.runtime import Runtime
from gateway.register import QUERIES

LOOK_AGAIN_SECONDS = 60.0


async def report_ended(runtime: Runtime) -> None:
    """Report engagements that have ended, for ever. Its id follows from the engagement's: twice is harmless."""
    while True:
        rows = await runtime.pool.fetch(QUERIES["untraced"])
        for row in rows:
            facts = {name: row[name] for name in ("party", "role", "procedure")}
            runtime.telemetry.root(row["id"], "engagement", row["notified_at"], row["ended_at"], facts)
        if rows:
            await runtime.pool.execute(QUERIES["traced"], [row["id"] for row in rows])
        else:
            await runtime.woken(LOOK_AGAIN_SECONDS)
