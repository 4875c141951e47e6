"""What the routes of the running service take, refuse and show."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any, Literal
from uuid import uuid4

import pytest
from icalendar import Calendar

from contracts.artefact_review import (
    EntryGateHeld,
)
from contracts.notification import (
    EngagementNotified,
    ParticipantNamed,
)
from testing.probe import Kafka, Postgres, Probe

from .given import at
from .serving import BODY, PARTY, accede, acknowledge, notify, read, service, step


async def test_the_timetable_is_offered_as_a_calendar_feed(postgres: Postgres, kafka: Kafka) -> None:
    async with service(postgres, kafka) as it:
        await accede(it)
        id = (await notify(it)).json()["id"]
        async with it.client("participant", PARTY) as client:
            answer = await client.get(f"/engagements/{id}/calendar.ics")
        assert answer.headers["content-type"].startswith("text/calendar")
        entries = {str(entry["uid"]): entry for entry in Calendar.from_ical(answer.content).walk("VEVENT")}
        artefacts = entries[f"5.6.1.5.{id}@assay"]
        assert artefacts.decoded("dtstart") == date(2027, 1, 25)
        assert str(artefacts["summary"]).startswith("5.6.1.5 Provide the test artefacts, with you, due")


async def test_the_timetable_has_the_version_that_commands_compare(postgres: Postgres, kafka: Kafka) -> None:
    async with service(postgres, kafka) as it:
        await accede(it)
        notified = await notify(it)
        path = f"/engagements/{notified.json()['id']}"
        async with it.client("dcc") as dcc:
            assert (await dcc.get(f"{path}/timetable")).headers["etag"] == notified.headers["etag"]
            body = {"contact": {"name": "Dee", "email": "dee@dcc.example"}, "initiation_meeting_on": "2026-12-04"}
            stale = await dcc.post(f"{path}/acknowledgement", json=body, headers={"if-match": '"1"'})
            assert (stale.status_code, stale.headers["etag"]) == (412, notified.headers["etag"])


async def test_dates_that_moved_stay_in_the_history(postgres: Postgres, kafka: Kafka) -> None:
    async with service(postgres, kafka) as it:
        await accede(it)
        id = (await notify(it)).json()["id"]
        await acknowledge(it, id)
        meeting = await step(it, id, "5.6.1.3")
        assert meeting["due"] == "2026-12-08"
        assert [dates["due"] for dates in meeting["history"]] == [None]


async def test_the_start_that_the_entry_gate_confirms_is_shown_and_a_prevented_one_is_not(
    postgres: Postgres, kafka: Kafka
) -> None:
    def gate(outcome: Literal["ready", "prevented"], day: str) -> EntryGateHeld:
        held = {"start_date": date(2027, 3, 8), "reason": "-", "held_by": "dee", "held_at": at(day)}
        gate = {"gate": "entry", "body": "dcc", "criteria": (), "schedule": (), "last_day": None}
        return EntryGateHeld(outcome=outcome, **gate, **held)

    async with service(postgres, kafka) as it:
        await accede(it)
        id = (await notify(it)).json()["id"]
        await it.deliver(gate("prevented", "2027-02-19"), id)
        assert (await read(it, f"/engagements/{id}"))["start_date"] == "2027-03-01"
        await it.deliver(gate("ready", "2027-02-22"), id)
        assert (await read(it, f"/engagements/{id}"))["start_date"] == "2027-03-08"


async def test_the_same_idempotency_key_notifies_once(postgres: Postgres, kafka: Kafka) -> None:
    async with service(postgres, kafka) as it:
        await accede(it)
        async with it.client("participant", PARTY, **{"idempotency-key": "k1"}) as client:
            first, second = [await client.post("/engagements", json=BODY) for _ in range(2)]
            other = await client.post("/engagements", json={**BODY, "subject": {"role": "IS"}})
        assert first.json() == second.json()
        assert other.status_code == 422
        assert await it.runtime.pool.fetchval("SELECT count(*) FROM engagement") == 1


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"subject": {"role": "XX"}}, 422),
        ({"subject": {}}, 422),
        ({"subject": {"role": "ES", "devices": "x"}}, 422),
        ({"participants": {"dcc": "DCC"}}, 422),
        ({"service_requests": ["4.2"]}, 422),
        ({"start_date": "2126-01-04"}, 422),
        ({"confirmations": []}, 422),
        ({"test_manager": {"name": "Mo", "email": "mo@a.invalid\r\nBcc: x@y.invalid"}}, 422),
        ({"test_manager": {"name": "Mo", "email": "not an address"}}, 422),
        ({"test_manager": {"name": "Mo", "email": "mo,x@y.invalid"}}, 422),
        ({"confirmations": "yes"}, 422),
        ({"surprise": 1}, 422),
        ({"procedure": "none"}, 422),
        ({"descoping": [{"kind": "self-service-interface", "item": "SSI", "reason": "a", "rationale": "-"}]}, 422),
    ],
)
async def test_a_bad_notification_is_refused_and_leaves_nothing(
    service_running: Probe, changes: dict[str, Any], status: int
) -> None:
    answer = await notify(service_running, **changes)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert await service_running.runtime.pool.fetchval("SELECT count(*) FROM engagement") == 0


async def test_a_party_is_called_by_its_signifier_until_its_accession_is_known_and_then_by_its_latest_name(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with service(postgres, kafka) as it:
        id = (await notify(it)).json()["id"]
        assert (await it.published(EngagementNotified, id)).participants[0].name == PARTY
        await accede(it)
        assert (await it.published(ParticipantNamed, id)).name == "Supplier plc"
        shown = await read(it, f"/engagements/{id}")
        assert shown["participants"] == [{"role": "participant", "organisation": PARTY, "name": "Supplier plc"}]
        await accede(it, name="Supplier Energy plc")
        assert (await it.published(ParticipantNamed, id, 2)).name == "Supplier Energy plc"
        await acknowledge(it, id)
        subjects = [mail["subject"] for mail in await read(it, f"/engagements/{id}/mail")]
        assert subjects[0].startswith(f"{PARTY}, ES")
        assert subjects[-1].startswith(f"Supplier Energy plc ({PARTY}), ES")


async def test_only_who_may_start_such_an_engagement_gives_notice(service_running: Probe) -> None:
    async with service_running.client("dcc") as client:
        answer = await client.post("/engagements", json=BODY)
    assert (answer.status_code, answer.json()["clause"]) == (403, "CTSD 5.6.1.1")


async def test_a_step_with_a_rule_of_its_own_is_not_recorded_by_hand(service_running: Probe) -> None:
    id = (await notify(service_running)).json()["id"]
    async with service_running.client("participant", PARTY) as client:
        answer = await client.post(f"/engagements/{id}/steps/5.6.1.5", json={"information": {}})
        assert (answer.status_code, answer.json()["clause"]) == (409, "CTSD 5.6.1.5")
        weekly = await client.post(f"/engagements/{id}/steps/5.6.1.4/2027-W01", json={})
        assert (weekly.status_code, weekly.json()["clause"]) == (409, "CTSD 5.6.1.4")
        assert (await client.post(f"/engagements/{id}/steps/5.6.1.99", json={})).status_code == 404
    async with service_running.client("participant", "OTHER") as client:
        assert (await client.post(f"/engagements/{id}/steps/5.6.1.5", json={})).status_code == 403
    await service_running.runtime.pool.execute("TRUNCATE engagement CASCADE")


async def test_another_partys_engagement_is_not_shown(postgres: Postgres, kafka: Kafka) -> None:
    async with service(postgres, kafka) as it:
        await accede(it)
        id = (await notify(it)).json()["id"]
        async with it.client("participant", "OTHER") as client:
            for path in ("", "/timetable", "/calendar.ics", "/mail"):
                assert (await client.get(f"/engagements/{id}{path}")).status_code == 403
        async with it.client("dcc") as client:
            shown = (await client.get(f"/engagements/{id}")).json()
            assert (shown["subject"]["id"], shown["test_manager"]["name"]) == (f"{PARTY}/ES", "Mo Manager")
            assert (await client.get(f"/engagements/{uuid4()}")).status_code == 404


@pytest.fixture(scope="module")
async def service_running(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Probe]:
    async with service(postgres, kafka) as it:
        await accede(it)
        yield it
