"""Declaring a day over HTTP: who may, what is refused, and that every engagement follows once."""

import asyncio
from datetime import date, datetime

import pytest

from contracts.artefact_review import EntryGateHeld
from contracts.notification import CalendarChanged
from notification.settings import Settings
from notification.tasks.declarations import catch_up
from notification.wiring import build
from testing.probe import Kafka, Postgres, running

from .given import at
from .serving import PARTY, accede, notify, read, service, step

OFF = {"day": "2027-02-17", "working": False, "why": "A bank holiday was proclaimed"}


async def test_a_proclaimed_holiday_moves_every_open_date_once_and_survives_a_restart(
    postgres: Postgres, kafka: Kafka
) -> None:
    database = postgres.database()
    async with service(postgres, kafka, database_url=database) as it:
        await accede(it)
        id = (await notify(it)).json()["id"]
        async with it.client("participant", PARTY) as client:
            assert (await client.post("/calendar/days", json=OFF)).status_code == 403
        async with it.client("dcc", **{"idempotency-key": "off"}) as client:
            first, again = [await client.post("/calendar/days", json=OFF) for _ in range(2)]
            assert (first.status_code, again.json()) == (201, first.json())
        async with it.client("dcc") as client:
            twice = await client.post("/calendar/days", json=OFF)
            assert (twice.status_code, twice.json()["type"]) == (409, "urn:assay:problem:day-is-so-already")
            gone = await client.post("/calendar/days", json={**OFF, "day": "2026-12-01"})
            assert (gone.status_code, gone.json()["type"]) == (422, "urn:assay:problem:day-has-passed")
        changed = await it.published(CalendarChanged, id)
        assert (changed.number, str(changed.day), changed.why) == (1, "2027-02-17", OFF["why"])
        moved = await step(it, id, "5.6.1.5")
        assert (moved["due"], [dates["due"] for dates in moved["history"]]) == ("2027-01-22", ["2027-01-25"])
        assert moved["label"] == "Provide the test artefacts, with you, due Fri 22 January 2027, end of day"
        [declared] = (await read(it, "/calendar"))["declared"]
        assert (declared["day"], declared["working"], declared["role"]) == ("2027-02-17", False, "dcc")
        after = (await notify(it)).json()["id"]
        assert (await step(it, after, "5.6.1.5"))["due"] == "2027-01-22"
        counted = "SELECT count(*) FROM event WHERE type = 'calendar-changed'"
        await asyncio.gather(*(catch_up(it.runtime) for _ in range(3)))
        assert await it.runtime.pool.fetchval(counted) == 1
    async with running(build, postgres, kafka, Settings, database_url=database) as it:
        it.move_to(at("2026-12-02"))
        await catch_up(it.runtime)
        assert await it.runtime.pool.fetchval(counted) == 1
        assert (await step(it, id, "5.6.1.5"))["due"] == "2027-01-22"


async def test_replicas_that_follow_at_once_move_the_dates_of_each_engagement_once(
    postgres: Postgres, kafka: Kafka
) -> None:
    shared = {"database_url": postgres.database()}
    async with service(postgres, kafka, **shared) as it, service(postgres, kafka, **shared) as other:
        await accede(it)
        ids = [(await notify(it)).json()["id"] for _ in range(3)]
        async with other.client("dcc") as client:
            assert (await client.post("/calendar/days", json=OFF)).status_code == 201
        await asyncio.gather(*(catch_up(each.runtime) for each in (it, other) for _ in range(2)))
        counted = "SELECT count(*) FROM event WHERE type = 'calendar-changed'"
        assert await it.runtime.pool.fetchval(counted) == len(ids)


async def test_the_timer_looks_for_testing_when_it_may_go_on_as_days_are_declared_and_the_start_moves(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with service(postgres, kafka, deadline_patience_seconds=3600) as it:

        async def looked_at() -> datetime | None:
            found: datetime | None = await it.runtime.pool.fetchval("SELECT next_check FROM engagement")
            return found

        await accede(it)
        id = (await notify(it)).json()["id"]
        it.move_to(at("2027-02-22"))
        held = {"start_date": date(2027, 3, 8), "reason": "-", "held_by": "dee", "held_at": at("2027-02-22")}
        gate = {"gate": "entry", "body": "dcc", "criteria": (), "schedule": (), "last_day": None}
        await it.deliver(EntryGateHeld(outcome="ready", **gate, **held), id)
        assert await looked_at() == at("2027-03-09", 0)
        async with it.client("dcc") as client:
            assert (await client.post("/calendar/days", json={**OFF, "day": "2027-03-09"})).status_code == 201
            await catch_up(it.runtime)
            assert await looked_at() == at("2027-03-10", 0)
            moved = {"ground": "timescale-missed", "reason": "The environment is not ready"}
            assert (await client.post(f"/engagements/{id}/start", json=moved)).status_code == 200
        assert await looked_at() is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**OFF, "day": "2027-02-30"},
        {**OFF, "day": "17 February"},
        {**OFF, "working": "perhaps"},
        {**OFF, "why": "x" * 100_000},
        {**OFF, "why": " "},
        {**OFF, "more": 1},
        {**OFF, "day": "2099-01-04"},
    ],
)
async def test_what_says_no_day_is_refused(postgres: Postgres, kafka: Kafka, body: dict[str, object]) -> None:
    async with service(postgres, kafka) as it, it.client("dcc") as client:
        answer = await client.post("/calendar/days", json=body)
        assert answer.status_code == 422
        assert (await read(it, "/calendar"))["declared"] == []
