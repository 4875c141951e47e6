"""What becomes of each mail is kept and shown; what may wait goes once a day, by choice."""

import asyncio
from datetime import timedelta
from typing import Any

from notification.emails.digest import make_next
from notification.emails.identity import message_id
from notification.emails.sender import send_next
from notification.read_models import QUERIES
from notification.settings import Settings
from testing.probe import Kafka, Postgres, Probe

from .given import at
from .serving import Inbox, accede, acknowledge, mail_server, notify, read, readiness, service
from .test_mail_replicas import write, written
from .test_mail_reports import report

MANAGER = "mo@supplier.invalid"


async def until_status(it: Probe, engagement: str, status: str, headline: str = "") -> Any:
    """The mail that has a status, once there is one."""
    async with asyncio.timeout(20):
        while True:
            mails = await read(it, f"/engagements/{engagement}/mail")
            if found := [mail for mail in mails if mail["status"] == status and headline in mail["subject"]]:
                return found[0]
            await it.runtime.woken(0.1)


async def test_refusals_and_bounces_are_logged_and_shown_to_who_may_see_them(postgres: Postgres, kafka: Kafka) -> None:
    inbox = Inbox(refusals=1)
    inbox.unknown.add(MANAGER)
    async with mail_server(inbox) as address, service(postgres, kafka, smtp=address) as it:
        await accede(it)
        id = (await notify(it)).json()["id"]
        refused = await until_status(it, id, "refused")
        assert [(each["outcome"], each["code"], each["address"]) for each in refused["log"]] == [
            ("refused", 550, MANAGER)
        ]
        sent = await until_status(it, id, "sent")
        assert [(each["outcome"], each["code"]) for each in sent["log"]] == [("deferred", 451), ("sent", 250)]
        async with it.client("operations", **{"content-type": "message/rfc822"}) as client:
            listed = (await client.get("/mail/undelivered")).json()
            assert [(each["engagement"], each["outcome"], each["address"]) for each in listed] == [
                (id, "refused", MANAGER)
            ]
            assert (await client.get(f"/mail/undelivered?before={listed[0]['id']}")).json() == []
            bounce = report(about=message_id(sent["key"], "assay@dcc.assay.invalid"))
            told = [(await client.post("/mail/reports", content=bounce)).json() for _ in range(2)]
            assert told == [{"new": 1}, {"new": 0}], "a report that comes again is kept once"
            assert (await client.post("/mail/reports", content=b"hello")).status_code == 422
            unknown = report(about=message_id("never", "assay@dcc.assay.invalid"))
            assert (await client.post("/mail/reports", content=unknown)).status_code == 404
            assert (await client.post("/mail/reports", content=b"x" * 1_000_001)).status_code == 413
        bounced = await until_status(it, id, "bounced")
        assert (bounced["key"], bounced["log"][-1]["said"]) == (sent["key"], "5.1.1 smtp; 550 no")
        for role, party in (("participant", "OTHER"), ("dcc", None)):
            async with it.client(role, party) as client:
                assert (await client.get("/mail/undelivered")).status_code == 403
                assert (await client.post("/mail/reports", content=b"")).status_code == 403


async def test_nobody_is_reminded_of_what_was_done_between_writing_and_sending(
    postgres: Postgres, kafka: Kafka
) -> None:
    inbox = Inbox()
    async with service(postgres, kafka) as it:
        await accede(it)
        id = (await notify(it)).json()["id"]
        await acknowledge(it, id)
        it.move_to(at("2027-01-07"))
        await until_status(it, id, "queued", "2027-W01: due on")
        await it.deliver(readiness("2027-W01", "2027-01-07"), id)
        await it.runtime.pool.execute("UPDATE mail SET sent_at = now() WHERE reminds IS NULL")
        async with mail_server(inbox) as address:
            await one_round(it, address)
        told = await until_status(it, id, "needless", "2027-W01: due on")
        assert [each["outcome"] for each in told["log"]] == ["needless"]
        assert inbox.messages == []


async def one_round(it: Probe, smtp: str) -> None:
    """Send all that can be sent."""
    settings = it.runtime.settings
    assert isinstance(settings, Settings)
    while await send_next(it.runtime, settings, smtp):
        pass


async def choose(it: Probe, delivery: str, party: str = "SUPP", **body: Any) -> int:
    async with it.client("participant", party) as client:
        chosen = {"address": MANAGER, "delivery": delivery, **body}
        return (await client.put("/mail/preference", json=chosen)).status_code


async def test_who_chose_a_digest_has_one_a_day_and_at_once_what_must_be_told_at_once(
    postgres: Postgres, kafka: Kafka
) -> None:
    inbox = Inbox()
    async with service(postgres, kafka) as it:
        await accede(it)
        id = (await notify(it)).json()["id"]
        await acknowledge(it, id)
        assert await choose(it, "daily") == 200
        assert await choose(it, "daily", party="OTHER") == 403, "an address of another Party"
        assert await choose(it, "daily", address="x@y.invalid") == 403
        it.move_to(at("2027-01-06", hour=6))
        waiting = await until_status(it, id, "waiting for the digest", "2027-W01: due on")
        assert waiting["mandatory"] is False
        assert not await make_next(it.runtime, 24), "not yet the hour"
        it.move_to(at("2027-01-06", hour=8))
        made = await asyncio.gather(*(make_next(it.runtime, 7) for _ in range(5)))
        assert sum(made) <= 1, "the service itself may have been first"
        await until_status(it, id, "queued", "2027-W01: due on")
        async with mail_server(inbox) as address:
            await one_round(it, address)
        [digest] = [mail for mail in inbox.mails if "Digest" in mail["Subject"]]
        assert (digest["To"], digest["Subject"]) == (MANAGER, "Digest of Wed 6 January 2027: 1 message")
        assert "In-Reply-To" not in digest
        text = digest.get_body(("plain",))
        assert text is not None
        assert "2027-W01: due on Fri 8 January 2027" in text.get_content()
        assert any("notification acknowledged" in mail["Subject"] for mail in inbox.mails)
        it.move_to(at("2027-01-11", hour=6))
        missed = await until_status(it, id, "queued", "deadline missed")
        assert missed["mandatory"] is True
        assert await it.runtime.pool.fetchval("SELECT count(DISTINCT digest) FROM mail") == 1
        assert await choose(it, "at-once") == 200
        assert await it.runtime.pool.fetchval("SELECT count(*) FROM mail WHERE waits") == 0


async def test_what_waits_is_told_though_its_addressee_chose_otherwise_as_it_was_written(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with written(postgres, kafka) as it:
        await write(it, 2)
        await it.runtime.pool.execute("UPDATE mail SET waits = sent_at IS NULL, mandatory = false")
        chosen = ("dee@dcc.invalid", "at-once", "dee", it.runtime.clock.now())
        await it.runtime.pool.execute(QUERIES["prefer"], *chosen)
        assert await make_next(it.runtime, 0)
        assert await it.runtime.pool.fetchval("SELECT count(*) FROM mail WHERE waits") == 0


async def test_a_sender_that_lost_its_claim_ends_no_digest_that_another_one_sends(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with written(postgres, kafka) as it:
        await write(it, 2)
        pool, now = it.runtime.pool, it.runtime.clock.now()
        await pool.execute(
            "UPDATE mail SET digest = (SELECT min(seq) FROM mail WHERE sent_at IS NULL) WHERE sent_at IS NULL"
        )
        lost = await pool.fetchrow(QUERIES["claim_mail"], timedelta(0))
        kept = await pool.fetchrow(QUERIES["claim_mail"], timedelta(seconds=30))
        assert lost
        assert kept
        assert lost["seq"] == kept["seq"]
        about = ("refused", "550 no", "dee@dcc.invalid", 550)
        for row, ended in ((lost, 0), (kept, 2)):
            await pool.execute(QUERIES["mail_ended"], row["seq"], row["claim"], now, *about)
            assert await pool.fetchval("SELECT count(*) FROM mail WHERE ended_at IS NOT NULL") == ended
