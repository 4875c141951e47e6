"""One small service on a real Kafka and PostgreSQL: what the chassis promises every service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import uuid4

import httpx
import pytest
from structlog.testing import capture_logs

from chassis.messaging.inbox import Inbox
from chassis.process.database import Connection
from chassis.web.app import LimitBody
from chassis.web.identity import TokenVerifier
from contracts.disputes import ReferralRightLapsed
from testing import ledger
from testing.ledger_facts import NOTIFIED, held, record
from testing.probe import AUDIENCE, ISSUER, Kafka, Postgres, Probe, running


@pytest.fixture(scope="module")
async def it(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Probe]:
    async with running(ledger.build, postgres, kafka) as probe:
        yield probe


@pytest.fixture
async def engagement(it: Probe) -> str:
    id = str(uuid4())
    await it.deliver(NOTIFIED, id)
    return id


async def entries(it: Probe, engagement: str) -> list[str]:
    rows = await it.runtime.pool.fetch("SELECT entry FROM entry WHERE id = $1 ORDER BY version", engagement)
    return [row["entry"] for row in rows]


async def test_a_fact_of_another_service_leads_to_events_and_a_public_fact(it: Probe, engagement: str) -> None:
    await it.deliver(held("word"), engagement)
    assert await entries(it, engagement) == ["word"]
    assert (await it.published(ReferralRightLapsed, engagement)).because == "word"


async def test_public_facts_of_an_engagement_arrive_in_order(it: Probe, engagement: str) -> None:
    words = [f"word{chr(97 + n)}" for n in range(20)]
    for word in words:
        await it.deliver(held(word), engagement)
    published = await it.all_published(ReferralRightLapsed, engagement, 20)
    assert [fact.because for fact in published] == words


async def test_a_message_that_comes_twice_acts_once(it: Probe, engagement: str) -> None:
    inbox = Inbox(it.runtime, ledger.HANDLERS)
    twice = record(held("once"), engagement, 2)
    await inbox.handle([twice, twice])
    await inbox.handle([twice])
    assert await entries(it, engagement) == ["once"]


async def test_poison_parks_its_own_engagement_in_order_and_lets_all_others_flow(it: Probe, engagement: str) -> None:
    other = str(uuid4())
    inbox = Inbox(it.runtime, ledger.HANDLERS)
    await inbox.handle(
        [
            record(NOTIFIED, other, 1),
            record(held("poison"), engagement, 2),
            record(held("later"), engagement, 3),
            record(held("flows"), other, 2),
        ]
    )
    await inbox.handle([record(held("muchlater"), engagement, 4)])
    assert await entries(it, other) == ["flows"]
    assert await entries(it, engagement) == []
    parked = [row for row in await it.parking.listed() if row["subject"] == engagement]
    assert [row["sequence"] for row in parked] == [2, 3, 4]
    assert "this can't be handled" in parked[0]["reason"]


async def test_a_message_that_the_database_refuses_parks_alone(it: Probe, engagement: str) -> None:
    other = str(uuid4())
    inbox = Inbox(it.runtime, ledger.HANDLERS)
    nul = replace(
        record(held("x"), engagement, 2), value=held("x").model_dump_json().replace("x", "ab\\u0000").encode()
    )
    await inbox.handle([record(NOTIFIED, other, 1), nul, record(held("flows"), other, 2)])
    assert await entries(it, other) == ["flows"]
    assert [row["sequence"] for row in await it.parking.listed() if row["subject"] == engagement] == [2]


async def test_a_gap_is_parked_and_reported_never_skipped(it: Probe, engagement: str) -> None:
    await Inbox(it.runtime, ledger.HANDLERS).handle([record(held("early"), engagement, 7)])
    (parked,) = [row for row in await it.parking.listed() if row["subject"] == engagement]
    missing, command = "assay.notification about " + engagement, f"--subject {engagement} --from 2 --reason ..."
    assert parked["reason"] == (
        f"gap: 2 to 6 of {missing} did not come before it; "
        f"get what is missing with `assay republish notification {command}`"
    )
    assert await entries(it, engagement) == []


async def test_two_consumers_with_the_same_batch_act_once(it: Probe, engagement: str) -> None:
    batch = [record(held(f"word{chr(97 + n)}"), engagement, n + 2) for n in range(10)]
    first, second = Inbox(it.runtime, ledger.HANDLERS), Inbox(it.runtime, ledger.HANDLERS)
    await asyncio.gather(first.handle(batch), second.handle(batch), return_exceptions=True)
    await first.handle(batch)
    assert len(await entries(it, engagement)) == 10


async def test_a_command_is_answered_with_its_version_and_position(it: Probe, engagement: str) -> None:
    async with it.client("participant", "ACME") as client:
        reply = await client.post(f"/engagements/{engagement}/entries", json={"entry": "word"})
    assert reply.status_code == 201
    assert reply.json() == {"id": engagement, "version": 2, "entries": 1}
    assert reply.headers["etag"] == '"2"'
    assert reply.headers["assay-position"] == "disputes=1"


async def test_the_same_idempotency_key_is_answered_as_the_first_time(it: Probe, engagement: str) -> None:
    path = f"/engagements/{engagement}/entries"
    async with it.client("participant", "ACME", **{"idempotency-key": f"k-{engagement}"}) as client:
        first, second = await asyncio.gather(*(client.post(path, json={"entry": "word"}) for _ in range(2)))
        assert first.json() == second.json()
        other = await client.post(path, json={"entry": "other"})
    assert other.status_code == 422
    assert other.json()["type"] == "urn:assay:problem:idempotency-key-reused"
    assert await entries(it, engagement) == ["word"]


async def test_a_command_without_a_key_acts_once_when_its_commit_was_not_heard_of(
    it: Probe, engagement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    transaction, lost = it.runtime.transaction, asyncio.Event()

    @asynccontextmanager
    async def unheard() -> AsyncIterator[Connection]:
        async with transaction() as connection:
            yield connection
        if not lost.is_set():
            lost.set()
            raise ConnectionResetError("the answer to COMMIT did not come")

    monkeypatch.setattr(it.runtime, "transaction", unheard)
    async with it.client("dcc") as client:
        reply = await client.post(f"/engagements/{engagement}/entries", json={"entry": "word"})
    assert (reply.status_code, reply.json()["entries"]) == (201, 1)
    assert await entries(it, engagement) == ["word"]


async def test_an_upload_is_part_of_what_an_idempotency_key_stands_for(it: Probe, engagement: str) -> None:
    path, key = f"/engagements/{engagement}/files", {"idempotency-key": f"f-{engagement}"}
    async with it.client("participant", "ACME", **key) as client:
        first = await client.post(path, data={"word": "word"}, files={"file": ("a.csv", b"one")})
        again = await client.post(path, data={"word": "word"}, files={"file": ("a.csv", b"one")})
        other = await client.post(path, data={"word": "word"}, files={"file": ("a.csv", b"two")})
    assert first.status_code == 201, first.text
    assert (again.status_code, again.json()) == (201, first.json())
    assert other.status_code == 422


async def test_concurrent_commands_on_one_engagement_all_count(it: Probe, engagement: str) -> None:
    async with it.client("participant", "ACME") as client:
        replies = await asyncio.gather(
            *(client.post(f"/engagements/{engagement}/entries", json={"entry": "word"}) for _ in range(4))
        )
    assert {reply.json()["version"] for reply in replies} == {2, 3, 4, 5}


async def test_a_burst_of_commands_on_one_engagement_is_accepted_one_after_the_other(
    it: Probe, engagement: str
) -> None:
    async with it.client("participant", "ACME") as client:
        path = f"/engagements/{engagement}/entries"
        replies = await asyncio.gather(*(client.post(path, json={"entry": "word"}) for _ in range(60)))
    assert {reply.status_code for reply in replies} == {201}
    assert sorted(reply.json()["version"] for reply in replies) == list(range(2, 62))


async def test_more_than_can_be_published_at_once_is_refused_with_the_limit(it: Probe, engagement: str) -> None:
    async with it.client("participant", "ACME") as client:
        reply = await client.post(f"/engagements/{engagement}/entries", json={"entry": "w" * 1_000_000})
    assert (reply.status_code, reply.json()["type"]) == (422, "urn:assay:problem:too-much-at-once")
    assert reply.json()["facts"] == {"limit": 900_000}
    assert await entries(it, engagement) == []


async def test_an_issuer_whose_keys_are_away_makes_callers_wait(it: Probe, engagement: str) -> None:
    verifier, it.app.state.verifier = it.app.state.verifier, TokenVerifier(ISSUER, AUDIENCE, "/nowhere/jwks.json")
    try:
        async with it.client("dcc") as client:
            reply = await client.get(f"/engagements/{engagement}/entries")
    finally:
        it.app.state.verifier = verifier
    assert (reply.status_code, reply.json()["type"]) == (503, "urn:assay:problem:issuer-away")


async def test_a_stale_if_match_is_refused_with_the_current_version(it: Probe, engagement: str) -> None:
    for tag in ('"7"', 'W/"1"', '"99999999999999"', '"2", "7"', '"another"'):
        async with it.client("participant", "ACME", **{"if-match": tag}) as client:
            reply = await client.post(f"/engagements/{engagement}/entries", json={"entry": "word"})
        assert reply.status_code == 412, tag
        assert reply.json()["current"] == 1
    assert await entries(it, engagement) == []


async def test_an_if_match_with_the_current_version_among_others_is_met(it: Probe, engagement: str) -> None:
    async with it.client("participant", "ACME", **{"if-match": '"7", "1"'}) as client:
        reply = await client.post(f"/engagements/{engagement}/entries", json={"entry": "word"})
    assert reply.status_code == 201


async def test_a_command_waits_for_what_its_caller_has_seen_elsewhere(it: Probe) -> None:
    id = str(uuid4())
    async with it.client("participant", "ACME", **{"assay-after": "notification=1"}) as client:
        waiting = asyncio.create_task(client.post(f"/engagements/{id}/entries", json={"entry": "word"}))
        await it.deliver(NOTIFIED, id)
        assert (await waiting).status_code == 201


@pytest.mark.parametrize("party", ["OTHER", None])
async def test_another_partys_token_is_refused(it: Probe, engagement: str, party: str | None) -> None:
    async with it.client("participant", party) as client:
        reply = await client.post(f"/engagements/{engagement}/entries", json={"entry": "word"})
    assert (reply.status_code, reply.json()["type"]) == (403, "urn:assay:problem:foreign-party")
    assert await entries(it, engagement) == []


async def test_a_role_that_the_procedure_does_not_know_is_told_which_it_knows(it: Probe, engagement: str) -> None:
    token = it.issuer.token("auditor", roles=["auditor", "operations"])
    headers = {"authorization": f"Bearer {token}", "assay-acting-as": "auditor"}
    async with it.client("panel") as panel, it.client(**headers) as auditor:
        for client, type, said in (
            (panel, "role-unknown", "Act in one of the roles that it knows: participant, dcc."),
            (auditor, "wrong-role", "Act in one of these roles: participant, dcc."),
        ):
            reply = await client.post(f"/engagements/{engagement}/entries", json={"entry": "word"})
            assert (reply.status_code, reply.json()["type"]) == (403, f"urn:assay:problem:{type}")
            assert reply.json()["remedy"] == said


async def test_who_holds_several_roles_must_choose_one_that_they_hold(it: Probe, engagement: str) -> None:
    path, token = f"/engagements/{engagement}/entries", it.issuer.token("dcc", "ACME", roles=["participant", "dcc"])
    async with it.client(authorization=f"Bearer {token}") as client:
        unsaid = await client.post(path, json={"entry": "word"})
        assert (unsaid.status_code, unsaid.json()["type"]) == (422, "urn:assay:problem:acting-as-missing")
        assert unsaid.json()["facts"] == {"held": "participant, dcc for ACME", "example": "participant/ACME"}
        foreign = await client.post(path, json={"entry": "word"}, headers={"assay-acting-as": "panel"})
        assert (foreign.status_code, foreign.json()["type"]) == (403, "urn:assay:problem:acting-as-not-held")


async def test_the_role_acted_in_stands_in_the_event_and_in_the_log_and_is_another_caller(
    it: Probe, engagement: str
) -> None:
    path, key = f"/engagements/{engagement}/entries", {"idempotency-key": f"r-{engagement}"}
    token = it.issuer.token("dcc", "ACME", name="mo", roles=["participant", "dcc"])
    with capture_logs() as logged:
        async with it.client(authorization=f"Bearer {token}", **key) as client:
            for chosen in ("participant/ACME", "dcc", "participant/ACME"):
                await client.post(path, json={"entry": "word"}, headers={"assay-acting-as": chosen})
    assert await entries(it, engagement) == ["word", "word"]
    assert [line["role"] for line in logged if line["event"] == "command accepted"] == ["participant", "dcc"]
    query = "SELECT metadata->>'role' AS role FROM event WHERE stream = $1 ORDER BY version OFFSET 1"
    rows = await it.runtime.pool.fetch(query, f"ledger-{engagement}")
    assert [row["role"] for row in rows] == ["participant", "dcc"]


async def test_a_refusal_says_what_was_wrong_what_would_be_right_and_the_clause(it: Probe, engagement: str) -> None:
    async with it.client("participant", "ACME") as client:
        reply = await client.post(f"/engagements/{engagement}/entries", json={"entry": "4.2"})
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json() == {
        "type": "urn:assay:problem:unknown-word",
        "title": "Unknown word",
        "status": 422,
        "detail": "The entry 4.2 is not a word.",
        "remedy": "Send a word.",
        "clause": "CTSD 1.1.1",
        "facts": {"entry": "4.2"},
    }


@pytest.mark.parametrize(
    ("headers", "body", "status", "type"),
    [
        ({}, b"{", 422, "malformed-request"),
        ({}, b'{"entry": "word", "more": 1}', 422, "malformed-request"),
        ({"if-match": "seven"}, b'{"entry": "word"}', 422, "header-malformed"),
        ({"assay-after": "nonsense"}, b'{"entry": "word"}', 422, "header-malformed"),
        ({}, b'{"entry": "poison"}', 500, "internal-error"),
        ({}, b'{"entry": "\\ud800"}', 422, "malformed-request"),
        ({}, b"[]", 422, "malformed-request"),
        ({}, b'{"entry": "\xff"}', 400, "bad-request"),
        ({"content-type": "text/plain"}, b'{"entry": "word"}', 415, "unsupported-media-type"),
    ],
)
async def test_bad_requests_get_a_problem_document(
    it: Probe, engagement: str, headers: dict[str, str], body: bytes, status: int, type: str
) -> None:
    async with it.client("dcc", **{"content-type": "application/json", **headers}) as client:
        reply = await client.post(f"/engagements/{engagement}/entries", content=body)
    assert (reply.status_code, reply.json()["type"]) == (status, f"urn:assay:problem:{type}")
    assert "this can't be handled" not in reply.text
    assert reply.json()["remedy"]


async def test_broken_json_is_told_with_the_character_where_it_breaks(it: Probe, engagement: str) -> None:
    async with it.client("dcc", **{"content-type": "application/json"}) as client:
        reply = await client.post(f"/engagements/{engagement}/entries", content=b'{"entry": word}')
    assert reply.json()["errors"] == [{"pointer": "/body", "message": "No JSON: Expecting value (at character 10)"}]


async def test_a_method_or_path_that_there_is_not_is_refused_with_those_there_are(it: Probe, engagement: str) -> None:
    async with it.client("dcc") as client:
        method = await client.delete(f"/engagements/{engagement}/entries")
        path = await client.get("/nowhere")
    assert (method.status_code, method.headers["allow"]) == (405, "GET, POST")
    assert method.json()["remedy"] == "Use one of: GET, POST."
    assert (path.status_code, path.json()["detail"]) == (404, "Not Found: GET /nowhere.")
    assert path.json()["remedy"]


async def test_tokens_that_are_missing_expired_unsigned_or_of_another_issuer_are_refused(it: Probe) -> None:
    unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4Iiwicm9sZXMiOlsiZGNjIl19."
    other = type(it.issuer)()
    bad = {
        "": "No bearer token was sent.",
        "Bearer nonsense": "The token can't be accepted: Invalid JSON Web Signature.",
        f"Bearer {unsigned}": "Algorithm of 'none' is not allowed; signed with one of ES256,",
        f"Bearer {it.issuer.token('dcc', exp=1)}": "The token has expired.",
        f"Bearer {it.issuer.token('dcc', iss='https://elsewhere.invalid')}": "'iss'; it must be https://",
        f"Bearer {it.issuer.token('dcc', aud='other')}": "'aud'; it must be assay",
        f"Bearer {it.issuer.token('king')}": "The token must carry at least one known role in `roles`: auditor, dcc",
        f"Bearer {other.token('dcc')}": "no key of the issuer made its signature",
    }
    async with it.client() as client:
        for header, said in bad.items():
            reply = await client.get("/engagements/x/entries", headers={"authorization": header})
            assert (reply.status_code, said in reply.json()["detail"]) == (401, True), reply.text
            challenge = 'Bearer error="invalid_token"' if header else "Bearer"
            assert reply.headers["www-authenticate"] == challenge


async def test_events_can_not_be_rewritten(it: Probe, engagement: str) -> None:
    for statement in ("DELETE FROM event", "UPDATE event SET data = '{}'", "TRUNCATE event"):
        with pytest.raises(Exception, match="never changed or removed"):
            await it.runtime.pool.execute(statement)


async def test_the_service_is_ready_and_counts(it: Probe) -> None:
    async with it.client() as client:
        assert (await client.get("/health/ready")).json() == {"status": "ready", "pending_dependencies": []}
        assert "assay_inbox_handled_total" in (await client.get("/metrics")).text


@pytest.mark.parametrize("turns", range(4))
async def test_a_task_that_is_cancelled_as_it_wakes_is_cancelled(it: Probe, turns: int) -> None:
    waiting = asyncio.create_task(it.runtime.woken(20))
    await asyncio.sleep(0)
    it.runtime.wake()
    for _ in range(turns):
        await asyncio.sleep(0)
    was_done = waiting.done()
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled() != was_done


async def test_head_answers_as_get_without_a_body(it: Probe, engagement: str) -> None:
    path = f"/engagements/{engagement}/entries"
    async with it.client("dcc") as client:
        head, get = await client.head(path), await client.get(path)
        assert (head.status_code, head.headers["content-type"], head.content) == (200, get.headers["content-type"], b"")
        assert (await client.head("/nowhere")).status_code == 404


async def test_a_request_that_does_not_come_to_its_end_is_refused(it: Probe, engagement: str) -> None:
    async def begun() -> AsyncIterator[bytes]:
        yield b'{"entry":'
        await asyncio.Event().wait()

    impatient = httpx.ASGITransport(app=LimitBody(it.app, seconds=0.05))
    token = {"authorization": f"Bearer {it.issuer.token('dcc')}"}
    async with httpx.AsyncClient(transport=impatient, base_url="http://service", headers=token) as client:
        reply = await client.post(f"/engagements/{engagement}/entries", content=begun())
    assert (reply.status_code, reply.headers["content-type"]) == (408, "application/problem+json")
    assert await entries(it, engagement) == []
