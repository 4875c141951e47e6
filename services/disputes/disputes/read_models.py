"""The read model: the rights of each engagement."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from chassis.eventstore.aggregate import Change, RowWriter
from chassis.process.database import Pool, load_queries
from disputes.domain.matters import EngagementKnown, ReferralRightArose, ReferralRightLapsed
from disputes.domain.refusals import EngagementUnknown

QUERIES = load_queries(Path(__file__).parent / "queries.sql")


async def project(connection: RowWriter, changes: Sequence[Change]) -> None:
    """Keep the engagements and their rights."""
    for change in changes:
        id = UUID(change.id)
        match change.event:
            case EngagementKnown(party=party):
                await connection.execute(QUERIES["add_engagement"], id, party)
            case ReferralRightArose() as arose:
                await connection.execute(QUERIES["add_right"], id, *_row(arose))
            case ReferralRightLapsed() as lapsed:
                await connection.execute(QUERIES["lapse_right"], id, lapsed.right, lapsed.lapsed_at, lapsed.because)


def _row(arose: ReferralRightArose) -> tuple[object, ...]:
    return (
        *(arose.right, arose.route, arose.subject, arose.fact.matter, arose.clause, arose.referred_by),
        *(arose.body, arose.meanwhile, arose.effect, arose.appeal, arose.arose_at),
    )


async def party(pool: Pool, engagement: UUID) -> str:
    """Whose engagement it is, or EngagementUnknown."""
    found: str | None = await pool.fetchval(QUERIES["party"], engagement)
    if found is None:
        raise EngagementUnknown(str(engagement))
    return found


async def rights(pool: Pool, engagement: UUID) -> list[Mapping[str, Any]]:
    """The rights of an engagement, in the order in which they arose."""
    return [dict(row) for row in await pool.fetch(QUERIES["rights"], engagement)]
