"""A person's calendar, read without a token at an address with a secret, by two calendar libraries."""

import re
from typing import Any
from uuid import UUID

import icalendar
import pytest
from ical.calendar_stream import IcsCalendarStream

from contracts.notification import DeadlineMissed
from notification.api.calendars import MOST
from notification.calendars.person import MOST_READINGS, Readings, hash_of
from testing.probe import Kafka, Postgres, Probe

from .given import at
from .serving import PARTY, accede, acknowledge, notify, read, readiness, service

WEEK = "5.6.1.4-2027-W01"
MOVES = (("2026-12-10", "2027-04-06"), ("2027-02-16", "2027-05-04"))
"""On which day, after a missed date, the start is moved to which day."""


async def subscribed(it: Probe, role: str = "participant", party: str | None = PARTY, **headers: str) -> Any:
    async with it.client(role, party, **headers) as client:
        answer = await client.post("/calendar-feeds")
        assert answer.status_code == 201, answer.text
        return answer.json()


async def events(it: Probe, url: str) -> dict[str, Any]:
    """The events at an address, by their UIDs, as both libraries read them alike."""
    async with it.client() as client:
        answer = await client.get(url.removeprefix(it.runtime.settings.public_url))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8"), answer.text
    found = {str(each["uid"]): each for each in icalendar.Calendar.from_ical(answer.content).walk("VEVENT")}
    second = {each.uid: each for each in IcsCalendarStream.calendar_from_ics(answer.text).events}
    assert set(second) == set(found)
    for uid, each in second.items():
        one: Any = found[uid]
        assert (each.dtstart, each.sequence, each.summary) == (one.decoded("dtstart"), one["sequence"], one["summary"])
        assert each.status == one["status"]
    return found


async def move_start(it: Probe, engagement: str, on: str, to: str, missed: int) -> None:
    """Move the start on a day, once so many dates were missed."""
    it.move_to(at(on))
    await it.all_published(DeadlineMissed, engagement, missed)
    body = {"start_date": to, "ground": "timescale-missed", "reason": "The test environment is not ready"}
    async with it.client("dcc") as client:
        answer = await client.post(f"/engagements/{engagement}/start", json=body)
        assert answer.status_code == 200, answer.text


async def test_a_deadline_keeps_its_uid_counts_its_moves_and_is_cancelled_when_it_is_lost(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with service(postgres, kafka) as it:
        await accede(it)
        id = (await notify(it)).json()["id"]
        await acknowledge(it, id)
        url = (await subscribed(it))["url"]
        artefacts = f"5.6.1.5.{id}@assay"
        first = await events(it, url)
        assert (first[artefacts]["sequence"], first[artefacts]["status"]) == (0, "CONFIRMED")
        stored = {row["key"]: row for row in (await read(it, f"/engagements/{id}/timetable"))["steps"]}
        assert str(first[artefacts]["summary"]).startswith(f"5.6.1.5 {stored['5.6.1.5']['label']} (")
        assert "with you, due Mon 25 January 2027, end of day" in str(first[artefacts]["summary"])
        assert f"5.6.1.2.{id}@assay" not in first, "it is done"
        for number, (on, to) in enumerate(MOVES, start=1):
            await move_start(it, id, on, to, missed=number)
            again = (await events(it, url))[artefacts]
            assert (again["sequence"], again["status"]) == (number, "CONFIRMED")
            assert again.decoded("last-modified") == again.decoded("dtstamp")
        lost = (await events(it, url))[f"{WEEK}.{id}@assay"]
        assert (lost["sequence"], lost["status"]) == (1, "CANCELLED")


async def test_who_has_the_secret_reads_and_nobody_else_until_it_is_revoked(postgres: Postgres, kafka: Kafka) -> None:
    async with service(postgres, kafka) as it:
        await accede(it)
        id = (await notify(it)).json()["id"]
        mine, other = await subscribed(it), await subscribed(it, party="OTHER")
        assert len(await events(it, mine["url"])) > 5
        assert await events(it, other["url"]) == {}, "another Party's engagements are not shown"
        await it.runtime.pool.execute("INSERT INTO participant VALUES ($1, 'OTHER', 'Other plc')", UUID(id))
        assert await events(it, other["url"]) == {}, "nor are those in which it takes part in another role"
        dcc = await subscribed(it, "dcc", None)
        assert f"5.6.1.2.{id}@assay" in await events(it, dcc["url"])
        secret = re.split("/", mine["url"])[-2]
        assert await it.runtime.pool.fetchval("SELECT secret_hash FROM calendar_feed WHERE id = $1", mine["id"]) == (
            hash_of(secret)
        )
        again = [await subscribed(it, **{"idempotency-key": "k"}) for _ in range(2)]
        assert again[0] == again[1]
        for _ in range(MOST - 2):
            await subscribed(it)
        assert again[0] == await subscribed(it, **{"idempotency-key": "k"}), "the same request again is no further feed"
        async with it.client("participant", PARTY) as client:
            assert (await client.post("/calendar-feeds")).json()["type"] == "urn:assay:problem:feeds-too-many"
        async with it.client() as client:
            wrong = await client.get("/calendar-feeds/" + "x" * 43 + "/calendar.ics")
            assert (wrong.status_code, wrong.json()["type"]) == (404, "urn:assay:problem:feed-unknown")
        async with it.client("participant", "OTHER") as client:
            assert (await client.delete(f"/calendar-feeds/{mine['id']}")).status_code == 404
        async with it.client("participant", PARTY) as client:
            assert mine["id"] in [each["id"] for each in (await client.get("/calendar-feeds")).json()]
            assert (await client.delete(f"/calendar-feeds/{mine['id']}")).status_code == 204
            path = mine["url"].removeprefix(it.runtime.settings.public_url)
            assert (await client.get(path)).status_code == 404
            path = again[0]["url"].removeprefix(it.runtime.settings.public_url)
            answers = [(await client.get(path)).status_code for _ in range(MOST_READINGS + 1)]
            assert (answers[0], answers[-1]) == (200, 429)


async def test_what_was_done_is_no_event_any_more(postgres: Postgres, kafka: Kafka) -> None:
    async with service(postgres, kafka) as it:
        await accede(it)
        id = (await notify(it)).json()["id"]
        await acknowledge(it, id)
        url = (await subscribed(it))["url"]
        assert f"{WEEK}.{id}@assay" in await events(it, url)
        await it.deliver(readiness("2027-W01", "2027-01-05"), id)
        assert f"{WEEK}.{id}@assay" not in await events(it, url)
        it.move_to(at("2027-01-18"))
        missed = f"5.6.1.4-2027-W02.{id}@assay"
        assert "with you, missed: it was due Fri 15 January 2027" in str((await missing(it, url, missed))["summary"])


async def missing(it: Probe, url: str, uid: str) -> Any:
    """The event once its day is over and that was said."""
    while "missed" not in str((found := await events(it, url))[uid]["summary"]):
        await it.runtime.woken(0.5)
    return found[uid]


def test_a_feed_is_read_so_often_in_a_minute_and_no_more() -> None:
    readings = Readings()
    assert all(readings.admit("a", at=float(second)) for second in range(MOST_READINGS))
    assert not readings.admit("a", at=40.0)
    assert readings.admit("b", at=40.0)
    assert readings.admit("a", at=61.0)


@pytest.mark.parametrize("secret", ["", "../..", "é" * 10, "x" * 5_000])
def test_any_text_has_a_hash_and_is_no_secret(secret: str) -> None:
    assert len(hash_of(secret)) == 32
