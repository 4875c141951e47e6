"""The read model: the rights of each engagement."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from chassis.eventstore.aggregate import Change, RowWriter
from chassis.process.database import Pool, load_queries
from disputes.domain.matters import MatterReferred, ReferralRightArose, ReferralRightLapsed

QUERIES = load_queries(Path(__file__).parent / "queries.sql")


async def project(connection: RowWriter, changes: Sequence[Change]) -> None:
    """Keep the rights of engagements."""
    for change in changes:
        id = change.id
        match change.event:
            case ReferralRightArose() as arose:
                await connection.execute(QUERIES["add_right"], id, *_row(arose))
            case ReferralRightLapsed() as lapsed:
                await connection.execute(QUERIES["lapse_right"], id, lapsed.right, lapsed.lapsed_at, lapsed.because)
            case MatterReferred() as referred:
                await connection.execute(
                    QUERIES["refer_matter"], id, referred.right, referred.role, referred.referred_at, referred.grounds
                )


def _row(arose: ReferralRightArose) -> tuple[object, ...]:
    return (
        *(arose.right, arose.route, arose.subject, arose.fact.matter, arose.clause, list(arose.referred_by)),
        *(orjson.dumps(dict(arose.within)).decode(), arose.body, arose.meanwhile, arose.effect),
        *(arose.appeal, arose.final, arose.arose_at),
    )


async def rights(pool: Pool, engagement: UUID) -> list[Mapping[str, Any]]:
    """The rights of an engagement, in the order in which they arose."""
    rows = await pool.fetch(QUERIES["rights"], engagement)
    return [{**row, "within": orjson.loads(row["within"])} for row in rows]
