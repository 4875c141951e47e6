"""What the running service hears, says and sends."""

import asyncio
from datetime import date
from uuid import uuid4

from contracts.artefact_review import (
    ArtefactsReviewed,
    ArtefactsSubmitted,
    Deficiency,
)
from contracts.notification import (
    DeadlineMissed,
    EngagementNotified,
    NotificationAcknowledged,
    PartyRegistered,
    StartRescheduled,
    StepCompleted,
    TimetableChanged,
)
from notification.read_models import due_for_check
from notification.tasks.deadline_timer import check_deadlines
from testing.probe import Kafka, Postgres

from .given import at
from .serving import (
    MAILBOX,
    PARTY,
    Inbox,
    accede,
    acknowledge,
    all_sent,
    mail_server,
    notify,
    read,
    readiness,
    service,
    step,
)


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
        revision = await step(it, id, "5.6.1.7#1")
        assert revision["due"] == "2027-02-15"
        assert revision["label"] == "1 deficiency open, with you, due Mon 15 February 2027, end of day"
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
        assert [str(each) for each in await due_for_check(it.runtime.pool, at("2026-12-02"))] == [id]
        await acknowledge(it, id)
        assert await due_for_check(it.runtime.pool, at("2026-12-02")) == []


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


async def test_a_start_that_dcc_moves_is_published_shown_and_told(postgres: Postgres, kafka: Kafka) -> None:
    async with service(postgres, kafka) as it:
        await accede(it)
        id = (await notify(it)).json()["id"]
        assert (await acknowledge(it, id)).status_code == 200
        body = {"start_date": "2027-04-06", "ground": "timescale-missed", "reason": "The environment is not ready"}
        async with it.client("dcc") as client:
            unfounded = await client.post(f"/engagements/{id}/start", json={**body, "ground": ""})
            assert (unfounded.status_code, unfounded.json()["clause"]) == (422, "CTSD 5.5.2")
            none_holds = await client.post(f"/engagements/{id}/start", json=body)
            assert (none_holds.status_code, none_holds.json()["type"]) == (
                409,
                "urn:assay:problem:ground-does-not-hold",
            )
        it.move_to(at("2026-12-10"))
        await it.published(DeadlineMissed, id)
        async with it.client("participant", PARTY) as client:
            version = int((await client.get(f"/engagements/{id}/timetable")).headers["etag"].strip('"'))
            tried = (await client.get(f"/engagements/{id}/what-if", params={"start": "2027-04-06"})).json()
            assert (await client.post(f"/engagements/{id}/start", json=body)).status_code == 403
        async with it.client("dcc", **{"idempotency-key": "m1", "if-match": f'"{version}"'}) as client:
            first, again = [await client.post(f"/engagements/{id}/start", json=body) for _ in range(2)]
            assert (first.status_code, first.headers["etag"]) == (200, f'"{version + 2}"')
            assert again.json() == first.json()
        async with it.client("dcc", **{"if-match": f'"{version}"'}) as client:
            assert (await client.post(f"/engagements/{id}/start", json=body)).status_code == 412
        async with it.client("dcc") as client:
            early = await client.post(f"/engagements/{id}/start", json={**body, "start_date": "2026-12-14"})
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
        assert (after["assay_deadlines_late"], after["assay_deadlines_unchecked"]) == (1, 0)
        assert after["assay_deadlines_due"] == before["assay_deadlines_due"] - 1
        assert after["assay_mails_pending"] == len(await read(it, f"/engagements/{id}/mail")) > 0
