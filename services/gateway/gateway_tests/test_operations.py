"""The endpoints of operations: what is parked anywhere, its release, and how far every service is behind."""

from datetime import timedelta
from typing import Any, get_args
from uuid import uuid4

import httpx
import orjson
import pytest

from chassis.messaging.cloudevents import Envelope
from contracts.code_administrator import PartyAcceded
from gateway.edge.api_documents import api_documents
from gateway.operations.services import ServiceName

CONTENT = '{"signifier": "?"}'
WHAT = "ValidationError: it has no name"
PARK = """
    INSERT INTO parked (source, subject, id, type, topic, headers, value, reason, parked_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING seq
"""
WHY = {"reason": "was sent by mistake"}


async def refused_accession(door: Any) -> tuple[str, int]:
    """An accession that notification has parked: its Party, and the number under which it is parked."""
    party, now = f"P{uuid4().hex[:8]}", door.notification.clock.now()
    event = Envelope(uuid4().hex, "dcc.code-administrator", PartyAcceded.TYPE, party, now)
    headers = orjson.dumps({name: value.decode() for name, value in event.headers()}).decode()
    row = (event.source, party, event.id, event.type, PartyAcceded.TOPIC, headers, CONTENT.encode(), WHAT, now)
    return party, await door.notification.runtime.pool.fetchval(PARK, *row)


async def listed(operations: httpx.AsyncClient) -> Any:
    return (await operations.get("/operations/notification/parked")).json()


async def test_operations_see_what_a_service_parked_and_why(door: Any) -> None:
    async with door.client("operations") as operations:
        party, number = await refused_accession(door)
        shown = (await operations.get(f"/operations/notification/parked/{number}")).json()
    assert (shown["subject"], shown["value"], shown["decisions"]) == (party, CONTENT, [])
    assert shown["reason"] == WHAT


async def test_a_retry_that_fails_is_kept_and_an_edit_releases_the_message(door: Any) -> None:
    async with door.client("operations") as operations:
        party, number = await refused_accession(door)
        one = f"/operations/notification/parked/{number}"
        retried = (await operations.post(f"{one}/retry", json=WHY)).json()
        assert (retried["released"], retried["remaining"]) == (0, number)
        assert [each["decision"] for each in (await operations.get(one)).json()["decisions"]] == ["retried"]
        fact = PartyAcceded(signifier=party, name=party, acceded_on=door.notification.clock.now().date(), reference="A")
        edited = await operations.post(f"{one}/edit", json={**WHY, "value": fact.model_dump_json()})
        assert (edited.json()["released"], edited.json()["remaining"]) == (1, None)
        assert (await operations.get(one)).status_code == 404
    assert await door.notify(party)


async def test_a_skip_leaves_a_message_out(door: Any) -> None:
    async with door.client("operations") as operations:
        party, number = await refused_accession(door)
        skipped = await operations.post(f"/operations/notification/parked/{number}/skip", json=WHY)
        assert (skipped.status_code, skipped.json()["released"]) == (200, 0)
        assert party not in {row["subject"] for row in await listed(operations)}


async def test_a_release_without_a_reason_is_refused(door: Any) -> None:
    async with door.client("operations") as operations:
        _, number = await refused_accession(door)
        for service in ("notification", "gateway"):
            answer = await operations.post(f"/operations/{service}/parked/{number}/skip", json={})
            assert answer.status_code == 422


async def test_all_that_is_parked_is_listed_together_and_who_is_away_is_named(door: Any) -> None:
    async with door.client("operations") as operations:
        party, number = await refused_accession(door)
        everything = (await operations.get("/operations/parked")).json()
        assert ("notification", party, number) in {
            (each["service"], each["subject"], each["seq"]) for each in everything["items"]
        }
        assert everything["away"] == []
        await door.server.stop()
        everything = (await operations.get("/operations/parked")).json()
        away = await operations.get("/operations/notification/parked/1")
        await door.server.start()
    assert everything == {"items": [], "away": ["notification"]}
    assert (away.status_code, away.json()["type"].rpartition(":")[2]) == (503, "service-away")


async def test_the_lag_of_every_service_is_told_and_one_that_is_away_is_named(door: Any) -> None:
    async with door.client("operations") as operations:
        await refused_accession(door)
        lag = (await operations.get("/operations/lag")).json()
        own, notification = lag["services"]
        assert (own["service"], own["pending_dependencies"], own["parked_messages"]) == ("gateway", [], 0)
        assert notification["parked_messages"] >= 1
        assert {type(notification[name]) for name in ("outbox_pending", "consumer_lag", "parked_subjects")} == {int}
        await door.server.stop()
        lag = (await operations.get("/operations/lag")).json()
        await door.server.start()
    assert lag["away"] == ["notification"]
    assert lag["services"][1]["outbox_pending"] is None


async def test_the_gateway_has_parked_messages_of_its_own(door: Any) -> None:
    async with door.client("operations") as operations:
        assert (await operations.get("/operations/gateway/parked")).json() == []
        for act, body in (("retry", WHY), ("skip", WHY), ("edit", {**WHY, "value": "{}"})):
            answer = await operations.post(f"/operations/gateway/parked/1/{act}", json=body)
            assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (404, "not-parked")
        assert (await operations.get("/operations/gateway/parked/1")).status_code == 404
        assert (await operations.get("/operations/nobody/parked")).status_code == 422


@pytest.mark.parametrize(
    "path", ["/lag", "/parked", "/notification/parked", "/gateway/parked", "/timelines", "/gateway/timeline"]
)
async def test_nobody_but_operations_is_shown_any_of_it(door: Any, path: str) -> None:
    async with door.client("dcc") as dcc, door.client() as nobody:
        assert (await dcc.get(f"/operations{path}")).status_code == 403
        assert (await nobody.get(f"/operations{path}")).status_code == 401


def test_every_service_can_be_asked() -> None:
    assert set(get_args(ServiceName)) == {"gateway", *api_documents()}


async def test_operations_act_in_that_role_also_where_they_hold_others(door: Any) -> None:
    token = door.gateway.issuer.token("dcc", roles=["operations", "dcc"])
    async with door.client(authorization=f"Bearer {token}", **{"assay-acting-as": "operations"}) as operations:
        assert (await operations.get("/operations/notification/parked")).status_code == 200
        wanted = door.gateway.clock.now() + timedelta(minutes=1)
        moved = await operations.put("/clock", json={"now": wanted.isoformat()})
        assert moved.status_code == 200, moved.text
