"""The report of engagements that have ended waits for a database that is away, and goes on."""

import asyncio
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from gateway.read_side import tracing


class Away:
    """The database's pool, which fails twice and then works."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._left: list[Exception] = [asyncpg.CannotConnectNowError("starting"), ConnectionRefusedError()]
        self.asked = asyncio.Event()

    async def fetch(self, query: str) -> Any:
        if self._left:
            raise self._left.pop()
        self.asked.set()
        return await self._pool.fetch(query)


async def test_a_database_that_is_away_for_a_moment_ends_nothing(door: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "RETRY_SECONDS", 0.01)
    away: Any = Away(door.gateway.runtime.pool)
    reporting = asyncio.create_task(tracing.report_ended(replace(door.gateway.runtime, pool=away)))
    async with asyncio.timeout(10):
        await asyncio.wait((reporting, asyncio.create_task(away.asked.wait())), return_when=asyncio.FIRST_COMPLETED)
    assert not reporting.done()
    reporting.cancel()
