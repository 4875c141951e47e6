"""The service in process, on a real PostgreSQL and Kafka."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, Literal
from uuid import uuid4

import httpx
import pytest
from aiosmtpd.smtp import SMTP
from icalendar import Calendar

from contracts.artefact_review import (
    ArtefactsReviewed,
    ArtefactsSubmitted,
    Deficiency,
    EntryGateHeld,
    ReadinessReported,
)
from contracts.code_administrator import PartyAcceded
from contracts.notification import (
    DeadlineMissed,
    EngagementNotified,
    NotificationAcknowledged,
    PartyRegistered,
    StartRescheduled,
    StepCompleted,
    TimetableChanged,
)
from notification.read_models import to_look_at
from notification.settings import Settings
from notification.tasks.deadline_timer import check_deadlines
from notification.testing import NOTICE, at
from notification.wiring import build
from testing.probe import Kafka, Postgres, Probe, running

PARTY = "SUPP"
MAILBOX = "test.assurance@dcc.assay.invalid"
BODY: dict[str, Any] = {
    "procedure": "uept",
    "subject": {"role": "ES"},
    "start_date": "2027-03-01",
    "test_manager": {"name": "Mo Manager", "email": "mo@supplier.invalid"},
    "confirmations": ["code-administrator-notified"],
    "descoping": [{"kind": "response-code", "item": "E11", "reason": "b", "rationale": "It never produces it."}],
}
ACKNOWLEDGEMENT = {"contact": {"name": "Dee", "email": "dee@dcc.invalid"}, "initiation_meeting_on": "2026-12-08"}


class Inbox:
    """A mail server that keeps what it gets, after refusing as often as it is told to."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.messages: list[tuple[str, str]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.refusals:
            self.refusals -= 1
            return "451 try again"
        self.messages.append((envelope.rcpt_tos[0], envelope.content.decode()))
        return "250 OK"


@asynccontextmanager
async def mail_server(inbox: Inbox) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(inbox, loop=loop), "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        yield f"{host}:{port}"


@asynccontextmanager
async def service(postgres: Postgres, kafka: Kafka, **settings: Any) -> AsyncIterator[Probe]:
    quick = {"deadline_patience_seconds": 0.2, **settings}
    async with running(build, postgres, kafka, Settings, **quick) as it:
        it.move_to(NOTICE)
        yield it


async def accede(it: Probe, party: str = PARTY) -> None:
    accession = PartyAcceded(signifier=party, name="Supplier plc", acceded_on=date(2026, 11, 2), reference="CA-1")
    await it.deliver(accession, party)


async def notify(it: Probe, party: str = PARTY, **changes: Any) -> httpx.Response:
    async with it.client("participant", party) as client:
        return await client.post("/engagements", json={**BODY, **changes})


async def acknowledge(it: Probe, engagement: str) -> httpx.Response:
    async with it.client("dcc") as client:
        return await client.post(f"/engagements/{engagement}/acknowledgement", json=ACKNOWLEDGEMENT)


async def read(it: Probe, path: str) -> Any:
    async with it.client("participant", PARTY) as client:
        return (await client.get(path)).raise_for_status().json()


async def step(it: Probe, engagement: str, key: str) -> Any:
    timetable = await read(it, f"/engagements/{engagement}/timetable")
    return next(row for row in timetable["steps"] if row["key"] == key)


async def all_sent(it: Probe, engagement: str) -> Any:
    async with asyncio.timeout(20):
        while True:
            mails = await read(it, f"/engagements/{engagement}/mail")
            if all(mail["sent_at"] for mail in mails):
                return mails
            await it.runtime.woken(0.1)


def readiness(week: str, day: str) -> ReadinessReported:
    return ReadinessReported(week=week, rag="green", reported_by="mo", reported_at=at(day))


async def test_a_week_that_is_forgotten_is_told_to_both_sides_and_closed_as_late(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with service(postgres, kafka) as it:
        await accede(it)
        assert (await it.published(PartyRegistered, PARTY)).name == "Supplier plc"

        early = await notify(it, start_date="2027-02-01")
        assert early.status_code == 422
        assert early.json()["facts"]["earliest"] == "2027-02-26"

        answer = await notify(it)
        assert answer.status_code == 201
        id = answer.json()["id"]
        assert (await it.published(EngagementNotified, id)).descoping[0].item == "E11"
        assert len((await it.published(TimetableChanged, id)).deadlines) > 15

        assert (await acknowledge(it, id)).status_code == 200
        assert (await it.published(NotificationAcknowledged, id)).contact.name == "Dee"
        async with it.client("dcc") as client:
            it.move_to(at("2026-12-08"))
            held = {"held_on": "2026-12-08", "guidance": "See 6.3."}
            assert (await client.post(f"/engagements/{id}/initiation-meeting", json=held)).status_code == 200

        it.move_to(at("2027-01-11"))
        missed = await it.published(DeadlineMissed, id)
        assert (missed.key, missed.due) == ("5.6.1.4/2027-W01", date(2027, 1, 8))
        assert (await step(it, id, "5.6.1.4/2027-W01"))["state"] == "missed"

        await it.deliver(readiness("2027-W01", "2027-01-11"), id)
        closed = (await it.all_published(StepCompleted, id, 4))[-1]
        assert (closed.key, closed.in_time) == ("5.6.1.4/2027-W01", False)
        late = await step(it, id, "5.6.1.4/2027-W01")
        assert (late["state"], late["from"], late["to"], late["done_by"]) == ("late", "participant", "dcc", "mo")

        mails = await read(it, f"/engagements/{id}/mail")
        told = {mail["address"] for mail in mails if "5.6.1.4/2027-W01: deadline missed" in mail["subject"]}
        assert told == {"mo@supplier.invalid", "dee@dcc.invalid"}
        assert all("Supplier plc" in mail["subject"] and "ES" in mail["subject"] for mail in mails)
        assert mails[1]["address"] == MAILBOX
        assert all(mail["sent_at"] is None for mail in mails)


async def test_a_jump_over_several_dates_tells_of_each_once_in_order(postgres: Postgres, kafka: Kafka) -> None:
    async with service(postgres, kafka) as it:
        await accede(it)
        id = (await notify(it)).json()["id"]
        it.move_to(at("2027-01-30"))
        weeks = await it.all_published(DeadlineMissed, id, 6)
        assert [missed.key for missed in weeks] == [
            "5.6.1.2",
            "5.6.1.4/2027-W01",
            "5.6.1.4/2027-W02",
            "5.6.1.4/2027-W03",
            "5.6.1.5",
            "5.6.1.4/2027-W04",
        ]
        it.move_to(at("2027-02-02"))
        assert [missed.key for missed in await it.all_published(DeadlineMissed, id, 7)][6:] == ["5.6.1.6"]


async def test_deficiencies_are_mailed_and_open_the_round_of_revision(postgres: Postgres, kafka: Kafka) -> None:
    async with service(postgres, kafka) as it:
        await accede(it)
        id = (await notify(it)).json()["id"]
        submitted = ArtefactsSubmitted(
            submission=1, artefacts=(), findings=(), submitted_by="mo", submitted_at=at("2027-01-20")
        )
        await it.deliver(submitted, id)
        lacking = Deficiency(id="D1", artefact="test-scripts", text="No script serves RC:E11:S2.", location="row 7")
        reviewed = ArtefactsReviewed(
            submission=1, outcome="returned", deficiencies=(lacking,), reviewed_by="dee", reviewed_at=at("2027-01-28")
        )
        await it.deliver(reviewed, id)
        assert (await step(it, id, "5.6.1.7#1"))["due"] == "2027-02-15"
        assert "No script serves RC:E11:S2." in (await read(it, f"/engagements/{id}/mail"))[-1]["body"]


async def test_timers_that_look_at_once_say_a_missed_deadline_once(postgres: Postgres, kafka: Kafka) -> None:
    async with service(postgres, kafka, deadline_patience_seconds=3600) as it:
        await accede(it)
        id = (await notify(it)).json()["id"]
        await asyncio.gather(*(check_deadlines(it.runtime, at("2026-12-04")) for _ in range(5)))
        await it.published(DeadlineMissed, id)
        missed = "SELECT count(*) FROM event WHERE type = 'deadline-missed'"
        assert await it.runtime.pool.fetchval(missed) == 1
        assert await it.runtime.pool.fetchval("SELECT count(*) FROM mail WHERE subject LIKE '%missed'") == 2


async def test_a_step_that_is_done_is_not_looked_at_again(postgres: Postgres, kafka: Kafka) -> None:
    async with service(postgres, kafka, deadline_patience_seconds=3600) as it:
        await accede(it)
        id = (await notify(it)).json()["id"]
        assert [str(each) for each in await to_look_at(it.runtime.pool, at("2026-12-02"))] == [id]
        await acknowledge(it, id)
        assert await to_look_at(it.runtime.pool, at("2026-12-02")) == []


async def test_a_fact_that_comes_before_its_engagement_is_kept_and_tells_nobody_anything(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with service(postgres, kafka) as it:
        unknown = str(uuid4())
        await it.deliver(readiness("2027-W01", "2027-01-11"), unknown)
        assert await it.runtime.pool.fetchval("SELECT count(*) FROM parked") == 0
        assert await it.runtime.pool.fetchval("SELECT type FROM event WHERE stream = $1", f"engagement-{unknown}")
        assert await it.runtime.pool.fetchval("SELECT count(*) FROM mail") == 0
        async with it.client("dcc") as client:
            assert (await client.get(f"/engagements/{unknown}")).status_code == 404


async def test_mails_are_sent_again_until_the_server_takes_them_each_once(postgres: Postgres, kafka: Kafka) -> None:
    inbox = Inbox(refusals=1)
    async with (
        mail_server(inbox) as address,
        service(postgres, kafka, smtp=address) as it,
    ):
        await accede(it)
        id = (await notify(it)).json()["id"]
        mails = await all_sent(it, id)
        assert sorted(to for to, _ in inbox.messages) == sorted(("mo@supplier.invalid", MAILBOX))
        assert sorted(mail["attempts"] for mail in mails) == [1, 2]
        assert len({line for _, text in inbox.messages for line in text.splitlines() if "Message-ID" in line}) == 2


async def test_the_timetable_is_offered_as_a_calendar_feed(postgres: Postgres, kafka: Kafka) -> None:
    async with service(postgres, kafka) as it:
        await accede(it)
        id = (await notify(it)).json()["id"]
        async with it.client("participant", PARTY) as client:
            answer = await client.get(f"/engagements/{id}/calendar.ics")
        assert answer.headers["content-type"].startswith("text/calendar")
        entries = {str(entry["uid"]): entry for entry in Calendar.from_ical(answer.content).walk("VEVENT")}
        assert entries[f"5.6.1.5.{id}@assay"].decoded("dtstart") == date(2027, 1, 25)


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


async def test_a_start_that_dcc_moves_is_published_shown_and_told(postgres: Postgres, kafka: Kafka) -> None:
    async with service(postgres, kafka) as it:
        await accede(it)
        id = (await notify(it)).json()["id"]
        version = (await acknowledge(it, id)).json()["version"]
        body = {"start_date": "2027-04-06", "reason": "The test environment is not ready"}
        async with it.client("participant", PARTY) as client:
            tried = (await client.get(f"/engagements/{id}/what-if", params={"start": "2027-04-06"})).json()
            assert (await client.post(f"/engagements/{id}/start", json=body)).status_code == 403
        async with it.client("dcc", **{"idempotency-key": "m1", "if-match": f'"{version}"'}) as client:
            first, again = [await client.post(f"/engagements/{id}/start", json=body) for _ in range(2)]
            assert (first.status_code, first.headers["etag"]) == (200, f'"{version + 2}"')
            assert again.json() == first.json()
        async with it.client("dcc", **{"if-match": f'"{version}"'}) as client:
            assert (await client.post(f"/engagements/{id}/start", json=body)).status_code == 412
        async with it.client("dcc") as client:
            early = await client.post(f"/engagements/{id}/start", json={**body, "start_date": "2026-12-04"})
            assert (early.status_code, early.json()["type"]) == (422, "urn:assay:problem:notice-undercut")
            assert (await client.post(f"/engagements/{uuid4()}/start", json=body)).status_code == 404
        assert {name: first.json()[name] for name in tried} == tried
        event = await it.published(StartRescheduled, id)
        assert (event.was, event.start_date, event.reason) == (date(2027, 3, 1), date(2027, 4, 6), body["reason"])
        assert (await read(it, f"/engagements/{id}"))["start_date"] == "2027-04-06"
        moved = await step(it, id, "5.6.1.5")
        assert (moved["due"], [dates["due"] for dates in moved["history"]]) == ("2027-02-26", ["2027-01-25"])
        mails = [mail for mail in await read(it, f"/engagements/{id}/mail") if "start moved" in mail["subject"]]
        assert {mail["address"] for mail in mails} == {"mo@supplier.invalid", "dee@dcc.invalid"}
        assert all("5.6.1.5" in mail["body"] for mail in mails)


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


async def test_a_party_is_called_by_its_signifier_until_its_accession_is_known(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with service(postgres, kafka) as it:
        id = (await notify(it)).json()["id"]
        assert (await it.published(EngagementNotified, id)).participants[0].name == PARTY
        await accede(it)
        shown = await read(it, f"/engagements/{id}")
        assert shown["participants"] == [{"role": "participant", "organisation": PARTY, "name": "Supplier plc"}]


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


async def test_deadlines_and_mail_are_told_as_figures(postgres: Postgres, kafka: Kafka) -> None:
    async with service(postgres, kafka) as it:

        async def told() -> dict[str, float]:
            async with it.client() as client:
                lines = (await client.get("/metrics")).text.splitlines()
            values = (line.split() for line in lines if line.startswith(("assay_deadlines", "assay_mails")))
            return {name: float(value) for name, value in values}

        await accede(it)
        id = (await notify(it)).json()["id"]
        before = await told()
        assert (before["assay_deadlines_due"] > 5, before["assay_deadlines_late"]) == (True, 0)
        it.move_to(at("2026-12-04"))
        assert (await it.published(DeadlineMissed, id)).ref == "5.6.1.2"
        after = await told()
        assert (after["assay_deadlines_late"], after["assay_deadlines_unsaid"]) == (1, 0)
        assert after["assay_deadlines_due"] == before["assay_deadlines_due"] - 1
        assert after["assay_mails_pending"] == len(await read(it, f"/engagements/{id}/mail")) > 0
