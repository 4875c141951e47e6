"""Rehearsal time is moved for all services together."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.process.clock import SystemClock


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_everybody_reads_the_clock(door: Any) -> None:
    async with door.client("participant", party="SUPP") as participant:
        clock = (await participant.get("/clock")).json()
    assert clock["rehearsal"] is True
    assert instant(clock["now"]) <= door.gateway.clock.now()


async def test_operations_move_the_clock_of_every_service(door: Any) -> None:
    wanted = door.gateway.clock.now() + timedelta(hours=2)
    async with door.client("operations") as operations:
        moved = await operations.put("/clock", json={"now": wanted.isoformat()})
    assert moved.status_code == 200, moved.text
    assert wanted <= instant(moved.json()["now"]) < wanted + timedelta(minutes=1)
    assert door.gateway.clock.offset == door.notification.clock.offset


async def test_the_same_move_can_be_repeated(door: Any) -> None:
    wanted = door.gateway.clock.now() + timedelta(hours=1)
    async with door.client("operations") as operations:
        await operations.put("/clock", json={"now": wanted.isoformat()})
        offset = door.gateway.clock.offset
        assert (await operations.put("/clock", json={"now": wanted.isoformat()})).status_code == 200
    assert door.gateway.clock.offset == offset


async def test_time_never_goes_back(door: Any) -> None:
    before = door.gateway.clock.now()
    async with door.client("operations") as operations:
        refused = await operations.put("/clock", json={"now": (before - timedelta(days=1)).isoformat()})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:assay:problem:clock-goes-back")
    assert instant(refused.json()["facts"]["now"]) >= before


async def test_a_clock_that_did_not_move_everywhere_is_moved_by_the_same_request_later(door: Any) -> None:
    before, wanted = door.gateway.clock.now(), door.gateway.clock.now() + timedelta(hours=1)
    await door.server.stop()
    async with door.client("operations") as operations:
        away = await operations.put("/clock", json={"now": wanted.isoformat()})
        assert (away.status_code, away.headers["retry-after"]) == (503, "2")
        assert "notification" in away.json()["detail"]
        assert door.gateway.clock.now() < before + timedelta(minutes=30)
        await door.server.start()
        assert (await operations.put("/clock", json={"now": wanted.isoformat()})).status_code == 200
    assert door.gateway.clock.offset == door.notification.clock.offset
    assert door.gateway.clock.now() >= wanted


async def test_a_stack_in_real_time_has_a_clock_that_nobody_moves(door: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door.gateway.runtime, "clock", SystemClock())
    async with door.client("operations") as operations:
        assert (await operations.get("/clock")).json()["rehearsal"] is False
        refused = await operations.put("/clock", json={"now": "2040-01-01T00:00:00Z"})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:assay:problem:clock-not-movable")


async def test_a_clock_is_not_moved_beyond_reason(door: Any) -> None:
    before = door.gateway.clock.offset
    async with door.client("operations") as operations:
        refused = await operations.put("/clock", json={"now": "2300-01-01T00:00:00Z"})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:assay:problem:clock-too-far")
    assert refused.json()["facts"]["latest"][:4] in refused.json()["remedy"]
    assert door.gateway.clock.offset == before


async def test_only_operations_move_the_clock_and_to_an_instant(door: Any) -> None:
    async with door.client("dcc") as dcc, door.client("operations") as operations:
        assert (await dcc.put("/clock", json={"now": "2100-01-01T00:00:00Z"})).status_code == 403
        assert (await operations.put("/clock", json={"now": "tomorrow"})).status_code == 422
