"""What an audit projects again is what the service keeps, whatever people chose and were sent meanwhile."""

import asyncpg

from chassis.audit.finding import Finding
from chassis.audit.read_models import verify
from notification.audit import READ_MODELS
from testing.probe import Kafka, Postgres, Probe

from .given import at
from .serving import Inbox, accede, acknowledge, mail_server, notify, readiness, service
from .test_mail_delivery import choose, one_round, until_status
from .test_webhooks import added, receiving


async def findings(it: Probe) -> list[Finding]:
    """What differs."""
    connection = await asyncpg.connect(it.runtime.settings.database_url)
    try:
        return [said async for said in verify(connection, READ_MODELS, {}) if isinstance(said, Finding)]
    finally:
        await connection.close()


async def test_nothing_differs_of_an_engagement_with_a_digest_a_webhook_and_mail_that_was_sent(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with receiving() as (_, url), service(postgres, kafka, webhook_private=True) as it:
        await accede(it)
        await added(it, url)
        id = (await notify(it)).json()["id"]
        await acknowledge(it, id)
        assert await choose(it, "daily") == 200
        it.move_to(at("2027-01-06"))
        await until_status(it, id, "queued", "2027-W01: due on")
        await it.deliver(readiness("2027-W01", "2027-01-06"), id)
        async with mail_server(Inbox()) as address:
            await one_round(it, address)
        assert await it.runtime.pool.fetchval("SELECT count(*) FROM webhook_event") > 5
        assert await findings(it) == []
        await it.runtime.pool.execute("UPDATE mail SET body = 'other' WHERE seq = (SELECT min(seq) FROM mail)")
        await it.runtime.pool.execute("UPDATE webhook_event SET type = 'x' WHERE version = 1")
        assert {each.place.partition(" ")[0] for each in await findings(it)} == {"mail", "webhook_event"}
