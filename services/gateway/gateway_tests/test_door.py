"""Who goes through the door, and what is passed on: a real gateway before a real notification service."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from chassis import timing
from gateway.read_side.read_models import acknowledge, seen_of
from kernel.principal import Principal

ACKNOWLEDGEMENT = {"contact": {"name": "Dee", "email": "dee@dcc.invalid"}, "initiation_meeting_on": "2026-12-08"}
INTENTION = {
    "procedure": "uept",
    "subject": {"role": "ES"},
    "start_date": "2027-03-01",
    "test_manager": {"name": "Mo", "email": "mo@supplier.invalid"},
    "confirmations": ["code-administrator-notified"],
}


def kind(answer: httpx.Response) -> tuple[int, str]:
    """The status and the last part of the problem's type."""
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


async def listed(client: httpx.AsyncClient) -> int:
    """How many engagements somebody finds."""
    page = (await client.get("/engagements", params={"limit": 200})).json()
    assert page["next"] is None
    return len(page["items"])


async def test_a_command_goes_through_to_the_service_that_owns_it(door: Any) -> None:
    engagement = await door.notify()
    async with door.client("dcc") as dcc:
        answer = await dcc.post(f"/engagements/{engagement}/acknowledgement", json=ACKNOWLEDGEMENT)
    assert (answer.status_code, answer.json()["id"]) == (200, engagement)
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["assay-position"].startswith("notification=")


async def test_who_goes_straight_on_reads_what_was_written(door: Any) -> None:
    async with door.client("participant", party="SUPP") as participant, door.client("dcc") as dcc:
        for _ in range(5):
            engagement = await door.notify()
            assert (await participant.get(f"/engagements/{engagement}")).json()["phase"] == "notified"
            listed = (await participant.get("/engagements", params={"limit": 1})).json()
            assert listed["items"][0]["id"] == engagement
            await dcc.post(f"/engagements/{engagement}/acknowledgement", json=ACKNOWLEDGEMENT)
            assert (await dcc.get(f"/engagements/{engagement}")).json()["phase"] == "preparation"


async def test_a_refusal_comes_back_as_the_owner_said_it(door: Any) -> None:
    async with door.client("participant", party="SUPP") as participant:
        answer = await participant.post("/engagements", json={"procedure": "uept"})
        assert kind(answer) == (422, "malformed-request")
        assert answer.headers["content-type"] == "application/problem+json"


async def test_without_a_token_nobody_goes_through(door: Any) -> None:
    async with door.client() as nobody:
        answer = await nobody.post("/engagements", json={})
        assert kind(answer) == (401, "not-authenticated")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert (await nobody.get("/engagements")).status_code == 401


async def test_an_expired_or_unsigned_token_is_refused(door: Any) -> None:
    expired = door.gateway.issuer.token("participant", "SUPP", exp=1)
    head, body, _ = door.gateway.issuer.token("participant", "SUPP").split(".")
    for token in (expired, f"{head}.{body}.", "eyJhbGciOiJub25lIn0.e30."):
        async with door.client(authorization=f"Bearer {token}") as someone:
            assert kind(await someone.post("/engagements", json={})) == (401, "not-authenticated")
            assert kind(await someone.get("/engagements")) == (401, "not-authenticated")


async def test_a_wrong_role_is_refused_at_the_door(door: Any) -> None:
    async with door.client("dcc") as dcc:
        refused = await dcc.post("/engagements", json={})
        assert kind(refused) == (403, "wrong-role")
        assert "participant" in refused.json()["remedy"]


@pytest.mark.parametrize("path", ["", "/timeline", "/timetable", "/calendar.ics"])
async def test_another_party_sees_nothing_of_an_engagement(door: Any, path: str) -> None:
    engagement = await door.notify()
    async with door.client("participant", party="SUPP") as own:
        assert (await own.get(f"/engagements/{engagement}{path}")).status_code == 200
    async with door.client("participant", party="OTHER") as other:
        assert kind(await other.get(f"/engagements/{engagement}{path}")) == (403, "foreign-party")


async def test_another_partys_commands_are_refused_at_the_door(door: Any) -> None:
    engagement = await door.notify()
    async with door.client("participant", party="OTHER") as other:
        answer = await other.post(f"/engagements/{engagement}/readiness-reports", json={})
        assert kind(answer) == (403, "foreign-party")


async def test_another_party_is_refused_at_the_door_as_soon_as_an_engagement_is_started(door: Any) -> None:
    """The notice need not have come here: everybody but who started it waits for that."""
    async with door.client("participant", party="OTHER") as other:
        for _ in range(3):
            answer = await other.post(f"/engagements/{await door.notify()}/readiness-reports", json={})
            assert kind(answer) == (403, "foreign-party")


async def test_who_started_an_engagement_need_not_wait_for_its_notice(door: Any, monkeypatch: Any) -> None:
    async def never(*_: Any) -> None:
        raise AssertionError("nobody waits")

    async with door.client("participant", party="SUPP") as participant:
        engagement = await door.notify()
        monkeypatch.setattr("chassis.eventstore.runtime.Runtime.wait_until_seen", never)
        answer = await participant.get(f"/engagements/{engagement}/timetable")
        assert answer.status_code == 200


async def test_the_role_acted_in_is_passed_on(door: Any) -> None:
    token = door.gateway.issuer.token("dcc", "SUPP", roles=["participant", "dcc"])
    engagement = await door.notify()
    async with door.client(authorization=f"Bearer {token}") as someone:
        path = f"/engagements/{engagement}/acknowledgement"
        as_participant = {"assay-acting-as": "participant/SUPP"}
        assert kind(await someone.post(path, json=ACKNOWLEDGEMENT, headers=as_participant)) == (403, "wrong-role")
        assert kind(await someone.post(path, json=ACKNOWLEDGEMENT)) == (422, "acting-as-missing")
        done = await someone.post(path, json=ACKNOWLEDGEMENT, headers={"assay-acting-as": "dcc"})
        assert done.status_code == 200


async def test_lists_hold_a_participants_own_engagements_alone(door: Any) -> None:
    await door.notify("SUPP")
    theirs = await door.notify("OTHER")
    async with door.client("participant", party="OTHER") as other:
        page = (await other.get("/engagements", params={"limit": 200})).json()
        assert {each["organisation"] for row in page["items"] for each in row["participants"]} == {"OTHER"}
        assert theirs in {row["id"] for row in page["items"]}
        of_another = (await other.get("/engagements", params={"organisation": "SUPP"})).json()
        assert of_another == {"items": [], "next": None}


async def test_dcc_filters_and_pages(door: Any) -> None:
    await door.notify()
    latest = await door.notify()
    async with door.client("dcc") as dcc:
        await dcc.get(f"/engagements/{latest}")  # answers when the read side knows of it
        found = (await dcc.get("/engagements", params={"role": "ES", "status": "open", "limit": 1})).json()
        assert len(found["items"]) == 1
        second = (await dcc.get("/engagements", params={"limit": 1, "cursor": found["next"]})).json()
        assert second["items"] != found["items"]
        assert (await dcc.get("/engagements", params={"phase": "certified"})).json() == {"items": [], "next": None}


async def test_an_unknown_engagement_is_not_found(door: Any) -> None:
    async with door.client("participant", party="SUPP") as participant:
        for path in ("", "/timeline", "/timetable"):
            answer = await participant.get(f"/engagements/{uuid4()}{path}")
            assert kind(answer) == (404, "engagement-unknown")


async def test_what_no_service_offers_is_not_found(door: Any) -> None:
    async with door.client("dcc") as dcc:
        assert (await dcc.get("/nothing")).status_code == 404
        assert (await dcc.delete("/engagements")).status_code == 405


async def test_a_key_that_was_used_before_answers_as_before(door: Any) -> None:
    key = {"idempotency-key": str(uuid4())}
    async with door.client("participant", party="SUPP") as participant:
        first = await participant.post("/engagements", json=INTENTION, headers=key)
        again = await participant.post("/engagements", json=INTENTION, headers=key)
        assert (first.status_code, again.json()) == (201, first.json())
        other = await participant.post("/engagements", json={**INTENTION, "subject": {"role": "IS"}}, headers=key)
        assert kind(other) == (422, "idempotency-key-reused")


async def test_a_stale_if_match_is_refused(door: Any) -> None:
    engagement = await door.notify()
    async with door.client("dcc", **{"if-match": '"99"'}) as dcc:
        answer = await dcc.post(f"/engagements/{engagement}/acknowledgement", json=ACKNOWLEDGEMENT)
        assert kind(answer) == (412, "stale-version")


async def test_a_service_that_comes_back_is_waited_for(door: Any, wire: Any) -> None:
    engagement = await door.notify()
    await door.server.stop()
    async with door.client("dcc") as dcc:
        command = dcc.post(f"/engagements/{engagement}/acknowledgement", json=ACKNOWLEDGEMENT)
        waiting = asyncio.gather(command, dcc.get(f"/engagements/{engagement}/timetable"))
        await wire.in_vain.wait()
        await door.server.start()
        assert [answer.status_code for answer in await waiting] == [200, 200]


async def test_a_service_that_stays_away_is_said_to_be_away(door: Any) -> None:
    async with door.client("participant", party="SUPP") as participant:
        answer = await participant.get("/eligibility")
        assert kind(answer) == (503, "service-away")
        assert answer.headers["retry-after"] == "2"


async def test_a_command_that_was_cut_off_is_repeated_and_carried_out_once(door: Any, wire: Any) -> None:
    """The service commits, and its connection breaks before it has answered."""
    async with door.client("participant", party="SUPP") as participant:
        before = await listed(participant)
        wire.armed = True
        engagement = await door.notify()
        assert wire.cuts == 1
        await participant.get(f"/engagements/{engagement}")
        assert await listed(participant) == before + 1


async def test_every_step_of_the_procedure_is_shown_as_it_stands(door: Any) -> None:
    engagement = await door.notify()
    async with door.client("dcc") as dcc:
        await dcc.post(f"/engagements/{engagement}/acknowledgement", json=ACKNOWLEDGEMENT)
        timeline = (await dcc.get(f"/engagements/{engagement}/timeline")).json()
    steps = {step["key"]: step for step in timeline["steps"]}
    done = steps["5.6.1.2"]
    assert (done["from"], done["to"], done["state"], done["in_time"]) == ("dcc", "participant", "done", True)
    assert steps["5.6.1.9"]["due"] == "2027-02-22"
    assert steps["5.6.1.7"]["state"] == "not-applicable"
    assert len([key for key in steps if key.startswith("5.6.1.4/")]) == 8
    assert {"5.10.1.1", "5.10.1.4", "5.17.1.3"} <= set(steps)
    assert {fact["type"] for fact in timeline["facts"]} > {"notification.engagement-notified"}


async def test_timeline_and_timetable_have_the_same_word_for_where_a_step_stands(door: Any) -> None:
    engagement = await door.notify()
    async with door.client("dcc") as dcc:
        await dcc.post(f"/engagements/{engagement}/acknowledgement", json=ACKNOWLEDGEMENT)
        timeline = (await dcc.get(f"/engagements/{engagement}/timeline")).json()
        timetable = (await dcc.get(f"/engagements/{engagement}/timetable")).json()
    shown = {step["key"]: step["state"] for step in timeline["steps"]}
    kept = {step["key"]: step["state"] for step in timetable["steps"]}
    assert {key: shown[key] for key in kept} == kept
    assert {"done", "open", "pending"} <= set(kept.values())
    assert {state for key, state in shown.items() if key not in kept} == {"not-applicable"}


async def test_the_summary_says_what_is_due_next_and_where_to_read_more(door: Any) -> None:
    engagement = await door.notify()
    async with door.client("participant", party="SUPP") as participant:
        summary = (await participant.get(f"/engagements/{engagement}")).json()
    assert summary["next_steps"][0]["key"] == "5.6.1.2"
    assert (summary["scope"], summary["certificates"], summary["results"]) == (None, [], {})
    assert {link["rel"] for link in summary["links"]} > {"timeline", "timetable", "scope", "exit-criteria"}


SOMEBODY = Principal(name="somebody", role="dcc")


async def acknowledged(pool: Any, engagement: UUID) -> dict[str, int]:
    """What is kept of what services acknowledged about an engagement."""
    rows = await pool.fetch("SELECT service, position FROM acknowledged WHERE engagement = $1", engagement)
    return {row["service"]: row["position"] for row in rows}


async def test_what_a_service_acknowledged_is_kept_and_never_falls_back(door: Any) -> None:
    pool, engagement = door.gateway.runtime.pool, UUID(await door.notify())
    kept = await acknowledged(pool, engagement)
    assert (set(kept), kept["notification"] > 1) == ({"notification"}, True)
    other = uuid4()
    for position in (7, 5):
        await acknowledge(door.gateway.runtime, SOMEBODY, other, {"notification": position, "disputes": 1})
    assert await acknowledged(pool, other) == {"notification": 7, "disputes": 1}
    assert await seen_of(pool, other) == {"notification": 7, "disputes": 1}


async def test_nobody_reads_past_what_was_acknowledged_before_the_gateway_began(
    door: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing about this engagement has arrived here yet, and a 404 would be a lie."""
    monkeypatch.setattr(timing, "FACTS_AWAITED_SECONDS", 0.1)
    engagement = uuid4()
    async with door.client("dcc") as dcc:
        assert kind(await dcc.get(f"/engagements/{engagement}")) == (404, "engagement-unknown")
        me = Principal(name="someone", role="dcc")
        await acknowledge(door.gateway.runtime, me, engagement, {"notification": 1})
        for path in (f"/engagements/{engagement}", f"/engagements/{engagement}/timeline", "/engagements"):
            assert kind(await dcc.get(path)) == (503, "not-yet")
    await door.gateway.runtime.pool.execute("DELETE FROM latest_command WHERE engagement = $1", engagement)


async def test_a_command_whose_position_can_not_be_kept_is_to_be_sent_again_and_is_carried_out_once(door: Any) -> None:
    pool = door.gateway.runtime.pool
    await pool.execute("""
        CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE SQLSTATE '53100' USING MESSAGE = 'the disk is full'; END $$;
        CREATE TRIGGER full_disk BEFORE INSERT ON acknowledged EXECUTE FUNCTION full_disk();
    """)
    async with door.client("participant", party="SUPP") as participant:
        before = await listed(participant)
        refused = await participant.post("/engagements", json=INTENTION)
        assert kind(refused) == (503, "service-away")
        assert "The gateway's database" in refused.json()["detail"]
        await pool.execute("DROP FUNCTION full_disk CASCADE")
        key = refused.headers["idempotency-key"]
        assert f"Idempotency-Key: {key};" in refused.json()["remedy"]
        again = await participant.post("/engagements", json=INTENTION, headers={"idempotency-key": key})
        assert again.status_code == 201
        await participant.get(f"/engagements/{again.json()['id']}")
        assert await listed(participant) == before + 1
