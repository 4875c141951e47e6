"""The read models: the rights of each engagement, and the referrals before each body."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from chassis.eventstore.aggregate import Change, RowWriter
from chassis.process.database import Pool, load_queries
from disputes.domain.events import (
    DeterminationAppealed,
    MatterReferred,
    OfReferral,
    ReferralRightArose,
    ReferralRightLapsed,
)

QUERIES = load_queries(Path(__file__).parent / "queries.sql")


async def project(connection: RowWriter, changes: Sequence[Change]) -> None:
    """Keep the rights of engagements, and where each referral lies."""
    for change in changes:
        id = change.id
        if isinstance(change.event, OfReferral):
            await _keep(connection, change)
        match change.event:
            case ReferralRightArose() as arose:
                await connection.execute(QUERIES["add_right"], id, *_row(arose))
            case ReferralRightLapsed() as lapsed:
                await connection.execute(QUERIES["lapse_right"], id, lapsed.right, lapsed.lapsed_at, lapsed.because)
                await _keep(connection, change)
            case MatterReferred() as referred:
                await connection.execute(
                    QUERIES["refer_matter"], id, referred.right, referred.role, referred.referred_at, referred.grounds
                )
                subject, at = change.state.engagement.subject.name, referred.referred_at
                row = (id, referred.right, subject, referred.body, "referred", at)
                await connection.execute(QUERIES["add_referral"], *row)


async def _keep(connection: RowWriter, change: Change) -> None:
    event, referral = change.event, change.state.referrals.get(change.event.right)
    if referral is None:
        return
    body = referral.body if referral.pending else None
    since = event.appealed_at if isinstance(event, DeterminationAppealed) else None
    row = (change.id, event.right, body, referral.stage, since)
    await connection.execute(QUERIES["keep_referral"], *row)


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


async def pending(pool: Pool, body: str) -> Sequence[Mapping[str, Any]]:
    """What lies before a body and is still to be determined, the oldest first."""
    return [dict(row) for row in await pool.fetch(QUERIES["pending"], body)]
