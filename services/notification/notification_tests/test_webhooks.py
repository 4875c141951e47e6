"""Webhooks of a running service, called at a real HTTP server on loopback, which the deployment allows here."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from chassis.process.failpoints import EXIT_CODE, VARIABLE
from notification.settings import Settings
from notification.webhooks.addressing import address_next
from notification.webhooks.caller import call_next
from notification.webhooks.tables import QUERIES
from testing.probe import Kafka, Postgres, Probe

from .serving import accede, acknowledge, notify, service
from .test_mail_replicas import replica, written

As = tuple[str, str | None]
MANAGER: As = ("participant", "SUPP")
DUE = "UPDATE webhook_delivery SET next_try = '-infinity' WHERE attempts = $1 AND delivered_at IS NULL"


class Receiver:
    """Takes what it is sent, and answers as it is told."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.hosts: list[str] = []
        self.elsewhere = 0

    async def hook(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.got.append((headers, await request.read()))
        status = self.answers.pop(0) if self.answers else 204
        return web.Response(status=status, headers={"location": "/elsewhere"} if status == 302 else {})

    async def inside(self, _request: web.Request) -> web.Response:
        self.elsewhere += 1
        return web.Response()

    def types(self, secret: str) -> list[str]:
        """What came, verified with a secret by the standard's library."""
        return [Webhook(secret).verify(body, headers)["type"] for headers, body in self.got]


@asynccontextmanager
async def receiving() -> AsyncIterator[tuple[Receiver, str]]:
    receiver, app = Receiver(), web.Application()
    app.router.add_post("/hook", receiver.hook)
    app.router.add_route("*", "/elsewhere", receiver.inside)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield receiver, f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        await runner.cleanup()


async def until(it: Probe, condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await it.runtime.woken(0.05)


async def due_after(it: Probe, attempts: int) -> None:
    """Let what was tried so often be tried again now, once that is recorded."""
    async with asyncio.timeout(20):
        while (await it.runtime.pool.execute(DUE, attempts)) == "UPDATE 0":
            await it.runtime.woken(0.05)
    it.runtime.wake()


async def ask(
    it: Probe, method: str, path: str, as_: tuple[str, str | None] = ("participant", "SUPP"), **sent: Any
) -> Any:
    headers = sent.pop("headers", {})
    async with it.client(*as_, **headers) as client:
        return await client.request(method, path, **sent)


async def added(it: Probe, url: str, as_: As = MANAGER, **body: Any) -> Any:
    answer = await ask(it, "POST", "/webhooks", as_, json={"url": url, **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_receiver_is_told_what_its_party_may_see_signed_and_once(postgres: Postgres, kafka: Kafka) -> None:
    async with (
        receiving() as (mine, my_url),
        receiving() as (theirs, their_url),
        receiving() as (dccs, dcc_url),
        service(postgres, kafka, webhook_private=True) as it,
    ):
        await accede(it)
        hook = await added(it, my_url)
        other = await added(it, their_url, ("participant", "OTHER"))
        dcc = await added(it, dcc_url, ("dcc", None), events=["notification.notification-acknowledged"])
        assert hook["secret"].startswith("whsec_")
        id = (await notify(it)).json()["id"]
        await acknowledge(it, id)
        told = "notification.notification-acknowledged"
        await until(it, lambda: told in mine.types(hook["secret"]) and len(dccs.got) == 1)
        assert dccs.types(dcc["secret"]) == [told]
        assert theirs.got == []
        with pytest.raises(WebhookVerificationError):
            mine.types(other["secret"])
        ids = [headers["webhook-id"] for headers, _ in mine.got]
        assert len(ids) == len(set(ids))
        assert all(f'"engagement":"{id}"' in body.decode() for _, body in mine.got)
        [shown] = (await ask(it, "GET", "/webhooks")).json()
        assert (shown["id"], shown["url"]) == (hook["id"], my_url)
        assert "secret" not in str(shown), "it is shown once"
        async with asyncio.timeout(20):
            log = (await ask(it, "GET", f"/webhooks/{hook['id']}/deliveries")).json()
            while {each["status"] for each in log} != {"delivered"}:
                await it.runtime.woken(0.1)
                log = (await ask(it, "GET", f"/webhooks/{hook['id']}/deliveries")).json()
        assert {attempt["status"] for each in log for attempt in each["attempts"]} == {204}
        for path in (f"/webhooks/{hook['id']}/deliveries",):
            assert (await ask(it, "GET", path, ("participant", "OTHER"))).status_code == 404
        assert (await ask(it, "DELETE", f"/webhooks/{hook['id']}", ("dcc", None))).status_code == 404
        assert (await ask(it, "DELETE", f"/webhooks/{hook['id']}")).status_code == 204
        assert (await ask(it, "GET", "/webhooks")).json() == []


async def test_what_is_not_taken_is_sent_again_under_its_id_and_can_be_replayed(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with receiving() as (receiver, url), service(postgres, kafka, webhook_private=True) as it:
        receiver.answers = [500, 302]
        await accede(it)
        hook = await added(it, url, events=["notification.engagement-notified"])
        await notify(it)
        await until(it, lambda: len(receiver.got) == 1)
        for attempts in (1, 2):
            await due_after(it, attempts)
            await until(it, lambda: len(receiver.got) == attempts + 1)  # noqa: B023 - it is awaited here
        assert receiver.elsewhere == 0, "no redirect is followed"
        path = f"/webhooks/{hook['id']}"
        async with asyncio.timeout(20):
            while (log := (await ask(it, "GET", f"{path}/deliveries")).json())[0]["status"] != "delivered":
                await it.runtime.woken(0.1)
        assert [attempt["status"] for attempt in log[0]["attempts"]] == [500, 302, 204]
        rotated = (await ask(it, "POST", f"{path}/secret", headers={"idempotency-key": "r1"})).json()["secret"]
        again = (await ask(it, "POST", f"{path}/secret", headers={"idempotency-key": "r1"})).json()["secret"]
        assert rotated == again != hook["secret"]
        one = await ask(it, "POST", f"{path}/replay", json={"delivery": log[0]["id"]})
        assert one.json() == {"deliveries": 1}
        await until(it, lambda: len(receiver.got) == 4)
        for secret in (hook["secret"], rotated):
            Webhook(secret).verify(receiver.got[3][1], receiver.got[3][0])
        since = await ask(it, "POST", f"{path}/replay", json={"since": "2026-01-01T00:00:00Z"})
        assert since.json() == {"deliveries": 1}
        await until(it, lambda: len(receiver.got) == 5)
        assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
        assert len({body for _, body in receiver.got}) == 1
        assert (await ask(it, "POST", f"{path}/replay", json={})).status_code == 422


async def test_a_receiver_that_is_gone_or_fails_for_long_is_disabled_and_says_so(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with (
        receiving() as (gone, gone_url),
        receiving() as (failing, failing_url),
        service(postgres, kafka, webhook_private=True, webhook_disable_days=0.0) as it,
    ):
        gone.answers, failing.answers = [410], [500]
        await accede(it)
        for url in (gone_url, failing_url):
            await added(it, url, events=["notification.engagement-notified"])
        await notify(it)
        async with asyncio.timeout(20):
            shown = (await ask(it, "GET", "/webhooks")).json()
            while not all(each["disabled_at"] for each in shown):
                await it.runtime.woken(0.1)
                shown = (await ask(it, "GET", "/webhooks")).json()
        assert "gone (410)" in shown[0]["disabled_why"]
        assert "Nothing was taken for 0 days" in shown[1]["disabled_why"]
        await due_after(it, 1)
        await it.runtime.woken(0.3)
        assert (len(gone.got), len(failing.got)) == (1, 1), "it is called no more"
        await ask(it, "POST", f"/webhooks/{shown[1]['id']}/enabling")
        await until(it, lambda: len(failing.got) == 2)


async def test_two_callers_at_once_call_once(postgres: Postgres, kafka: Kafka) -> None:
    async with receiving() as (receiver, url), service(postgres, kafka, webhook_private=True) as it:
        await accede(it)
        await added(it, url, events=["notification.engagement-notified"])
        settings = it.runtime.settings
        assert isinstance(settings, Settings)
        for party in ("SUPP", "SUPP", "SUPP"):
            assert (await notify(it, party, subject={"role": "ES"})).status_code in (201, 409)
        await asyncio.gather(*(address_next(it.runtime) for _ in range(5)))
        await asyncio.gather(*(call_next(it.runtime, settings) for _ in range(10)))
        await until(it, lambda: len(receiver.got) >= 1)
        assert await it.runtime.pool.fetchrow(QUERIES["new_webhook_events"], 1) is None
        ids = [headers["webhook-id"] for headers, _ in receiver.got]
        assert len(ids) == len(set(ids))


async def test_a_caller_that_dies_between_the_answer_and_its_record_sends_the_same_id_again(
    postgres: Postgres, kafka: Kafka
) -> None:
    dies = f"import os; os.environ[{VARIABLE!r}] = 'webhook.answered'\n"
    async with receiving() as (receiver, url), written(postgres, kafka, webhook_private=True) as it:
        await added(it, url, events=["notification.engagement-notified"])
        assert (await notify(it, subject={"role": "IS"})).status_code == 201
        async with replica(it, "", dies) as (_, first):
            async with asyncio.timeout(60):
                assert await first.wait() == EXIT_CODE
        await due_after(it, 0)
        async with replica(it, ""):
            open_ones = "SELECT count(*) FROM webhook_delivery WHERE delivered_at IS NULL"
            async with asyncio.timeout(60):
                while await it.runtime.pool.fetchval(open_ones):
                    await it.runtime.woken(0.1)
    ids = [headers["webhook-id"] for headers, _ in receiver.got]
    assert len(ids) > len(set(ids)), "it was told twice, and can tell so"


@pytest.mark.parametrize(
    ("body", "type"),
    [
        ({"url": "https://169.254.169.254/latest/meta-data/iam"}, "address-refused"),
        ({"url": "http://127.0.0.1:5432/"}, "address-refused"),
        ({"url": "https://localhost/"}, "address-refused"),
        ({"url": "https://a.example/\nhost: b"}, "invalid-request"),
        ({"url": "https://a.example/", "events": ["notification.deadline-mist"]}, "event-unknown"),
    ],
)
async def test_a_bad_webhook_is_refused_and_leaves_nothing(here: Probe, body: dict[str, Any], type: str) -> None:
    answer = await ask(here, "POST", "/webhooks", json=body)
    assert answer.status_code == 422
    assert answer.json()["type"] == f"urn:assay:problem:{type}" or type == "invalid-request"
    assert answer.json()["remedy"]
    assert await here.runtime.pool.fetchval("SELECT count(*) FROM webhook") == 0


async def test_a_webhook_of_an_organisation_needs_one(here: Probe) -> None:
    answer = await ask(here, "POST", "/webhooks", ("participant", None), json={"url": "https://a.example/"})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:assay:problem:webhook-of-nobody")


@pytest.fixture(scope="module")
async def here(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Probe]:
    async with service(postgres, kafka) as it:
        yield it
