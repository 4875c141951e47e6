"""The commands of operations at a gateway that is named, as an operator has it: an address and a token."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
import uvicorn

from assay_lab.fixtures import TestKafka, TestPostgres
from assay_stack.ports import LOOPBACK, free_port
from chassis.messaging.inbox import Inbox
from contracts.disputes import ReferralRightLapsed
from gateway.settings import Settings
from gateway.wiring import build
from testing import ledger
from testing.ledger_facts import NOTIFIED, held, record
from testing.probe import Probe, running

Assay = Callable[..., Awaitable[Any]]
"""The command line: code, out and err of a command."""
ENGAGEMENT = str(uuid4())
PARK = """
    INSERT INTO parked (source, subject, id, type, topic, headers, value, reason, parked_at)
    VALUES ('dcc.code-administrator', $1, $1, 'nothing.v1', 'nothing', '{}', '{}', 'it has no name', $2) RETURNING seq
"""


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """The address of an application that answers on a port of its own."""
    with socket.socket() as listening:
        listening.bind((LOOPBACK, 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", access_log=False))
        serving = asyncio.create_task(server.serve([listening]))
        try:
            yield f"http://{LOOPBACK}:{listening.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            await serving


@dataclass(frozen=True)
class Gateway:
    """A real gateway whose services are all away."""

    address: str
    probe: Probe
    command_line: Assay

    async def __call__(self, *arguments: str, role: str = "operations") -> Any:
        """Ask it with a token for a role."""
        token = self.probe.issuer.token(role)
        return await self.command_line(*arguments, ASSAY_GATEWAY=self.address, ASSAY_TOKEN=token)

    async def park(self) -> tuple[str, str]:
        """Let it have a parked message: its subject and number."""
        subject = uuid4().hex
        number = await self.probe.runtime.pool.fetchval(PARK, subject, datetime.now(UTC))
        return subject, str(number)


@pytest.fixture(scope="module")
async def gateway(postgres: TestPostgres, kafka: TestKafka, command_line: Assay) -> AsyncIterator[Gateway]:
    services = {"notification": f"http://{LOOPBACK}:{free_port()}"}
    async with running(build, postgres, kafka, Settings, services=services) as probe, serving(probe.app) as address:
        yield Gateway(address, probe, command_line)


async def test_the_lag_is_that_which_the_gateway_tells(gateway: Gateway) -> None:
    answer = await gateway("lag", "--json")
    assert answer.code == 0, answer.err
    lag = json.loads(answer.out)
    assert [each["service"] for each in lag["services"]] == ["gateway", "notification"]
    assert lag["away"] == ["notification"]
    assert lag["services"][0]["outbox_pending"] == 0
    (away,) = (line for line in (await gateway("lag")).out.splitlines() if line.startswith("notification"))
    assert "it does not answer" in away


async def test_what_is_parked_is_listed_shown_and_released_through_the_gateway(gateway: Gateway) -> None:
    subject, number = await gateway.park()
    everywhere = await gateway("parked", "list", "--json")
    assert "notification does not answer" in everywhere.err
    of_one = await gateway("parked", "list", "--service", "gateway", "--json")
    for answer in (everywhere, of_one):
        assert ("gateway", subject) in {(each["service"], each["subject"]) for each in json.loads(answer.out)}
    shown = await gateway("parked", "show", "gateway", number)
    assert json.loads(shown.out)["reason"] == "it has no name"
    retried = await gateway("parked", "retry", "gateway", number, "--reason", "once more")
    assert (retried.code, json.loads(retried.out)["remaining"]) == (1, int(number))
    skipped = await gateway("parked", "skip", "gateway", number, "--reason", "sent by mistake")
    assert (skipped.code, json.loads(skipped.out)["remaining"]) == (0, None)
    gone = await gateway("parked", "show", "gateway", number)
    assert gone.code == 1


async def test_an_edit_carries_the_other_content(gateway: Gateway, tmp_path: Path) -> None:
    (tmp_path / "right.json").write_text('{"right": true}')
    _, number = await gateway.park()
    arguments = ("parked", "edit", "gateway", number, "--file", str(tmp_path / "right.json"), "--reason", "typo")
    edited = await gateway(*arguments)
    assert (edited.code, json.loads(edited.out)["remaining"]) == (1, int(number)), "nobody knows its type"
    (decision,) = json.loads((await gateway("parked", "show", "gateway", number)).out)["decisions"]
    assert (decision["decision"], decision["reason"]) == ("edited", "typo")
    await gateway("parked", "skip", "gateway", number, "--reason", "the end")


@pytest.fixture
async def republished(postgres: TestPostgres, kafka: TestKafka, command_line: Assay) -> AsyncIterator[Gateway]:
    """A real gateway before one service; the probe is the service's."""
    async with running(ledger.build, postgres, kafka) as service, serving(service.app) as behind:
        keys, services = service.runtime.settings.oidc_jwks, {"disputes": behind}
        gateway = running(build, postgres, kafka, Settings, services=services, oidc_jwks=keys)
        async with gateway as probe, serving(probe.app) as address:
            yield Gateway(address, service, command_line)


async def test_what_a_service_published_is_published_again(republished: Gateway) -> None:
    service, id = republished.probe, str(uuid4())
    await service.deliver(NOTIFIED, id)
    for word in ("first", "second", "third"):
        await service.deliver(held(word), id)
    await service.published(ReferralRightLapsed, id, 3)
    reason = ("--reason", "Kafka was lost")
    answer = await republished("republish", "disputes", "--subject", id, "--from", "2", *reason, "--json")
    assert (answer.code, json.loads(answer.out)) == (0, {"messages": 2, "subjects": 1}), answer.err
    again = await service.all_published(ReferralRightLapsed, id, 5)
    assert [each.because for each in again[3:]] == ["second", "third"]
    answer = await republished("republish", "disputes", *reason)
    assert "3 messages about 1 subjects are published again" in answer.out
    await service.published(ReferralRightLapsed, id, 8)


async def test_a_republication_of_what_never_was_is_refused_with_what_is_right(republished: Gateway) -> None:
    id, reason = str(uuid4()), ("--reason", "Kafka was lost")
    await republished.probe.deliver(NOTIFIED, id)
    await republished.probe.deliver(held("first"), id)
    for arguments, code, said in (
        (("nobody", *reason), 1, "'execution-tracker'"),
        (("gateway", *reason), 1, "The service gateway has never published anything."),
        (("disputes", "--subject", "nobody", *reason), 1, "Name source and subject of what is missing"),
        (("disputes", "--subject", id, "--from", "2", *reason), 1, "Choose a sequence from 1 to 1."),
        (("disputes", "--from", "2", *reason), 1, "Name the subject as well"),
        (("disputes", "--subject", id), 2, "--reason"),
        (("disputes", "--subject", id, "--from", "0", *reason), 2, "--from"),
    ):
        answer = await republished("republish", *arguments)
        assert (answer.code, answer.out) == (code, ""), answer
        assert said in answer.err
    assert await republished.probe.runtime.pool.fetchval("SELECT count(*) FROM republication") == 0


async def test_a_release_over_a_gap_says_what_is_missing_for_ever(republished: Gateway) -> None:
    id = str(uuid4())
    handler = Inbox(republished.probe.runtime, ledger.HANDLERS)
    await handler.handle([record(NOTIFIED, id, 1), record(held("late"), id, 4)])
    ((number, missing),) = [(each["seq"], each["reason"]) for each in await republished.probe.parking.listed()]
    command = f"assay republish notification --subject {id} --from 2"
    assert command in missing
    refused = await republished("parked", "retry", "disputes", str(number), "--reason", "go on")
    assert (refused.code, command in refused.err) == (1, True)
    released = await republished("parked", "retry", "disputes", str(number), "--over-gap", "--reason", "withdrawn")
    assert (released.code, json.loads(released.out)["released"]) == (0, 1)
    assert f"Missing for ever: 2 to 3 of assay.notification about {id}." in " ".join(released.err.split())


@pytest.fixture
async def behind(postgres: TestPostgres, kafka: TestKafka, command_line: Assay) -> AsyncIterator[Gateway]:
    """A gateway before one service whose database was lost: it is empty, and two facts about ENGAGEMENT are published.

    The gateway has handled them; the probe is the service's.
    """
    shared: Any = {"topic_prefix": f"t{uuid4().hex[:8]}."}
    async with running(ledger.build, postgres, kafka, **shared) as lost:
        await lost.deliver(NOTIFIED, ENGAGEMENT)
        for word in ("first", "second"):
            await lost.deliver(held(word), ENGAGEMENT)
        await lost.published(ReferralRightLapsed, ENGAGEMENT, 2)
    behind = running(ledger.build, postgres, kafka, awaited=False, **shared)
    async with behind as service, serving(service.app) as address:
        given = {**shared, "services": {"disputes": address}, "oidc_jwks": service.runtime.settings.oidc_jwks}
        async with running(build, postgres, kafka, Settings, **given) as probe, serving(probe.app) as address:
            await probe.runtime.wait_until_seen(ENGAGEMENT, {"disputes": 2})
            yield Gateway(address, service, command_line)


async def test_a_new_timeline_is_begun_by_command_and_what_it_revokes_is_shown(behind: Gateway) -> None:
    reason = ("--reason", "the disk was lost")
    own, service = json.loads((await behind("timeline", "--json")).out)["services"]
    assert (own["service"], own["standing"]["behind"]) == ("gateway", "")
    assert (service["standing"]["timeline"], len(service["standing"]["lost"])) == (1, 2)
    table = " ".join((await behind("timeline")).out.split())
    assert "disputes 1 2 0 behind: 2 published facts are not in the database" in table
    shown = await behind("timeline", "show", "disputes")
    assert [line.split()[:3] for line in shown.out.splitlines() if line.startswith(ENGAGEMENT)] == [
        [ENGAGEMENT, "1", "1"],
        [ENGAGEMENT, "1", "2"],
    ]
    twice = [behind("timeline", "begin", "disputes", *reason, "--json") for _ in range(2)]
    begun, refused = sorted(await asyncio.gather(*twice), key=lambda answer: int(answer.code))
    assert (begun.code, json.loads(begun.out)["timeline"], json.loads(begun.out)["lost_in_all"]) == (0, 2, 2)
    assert (refused.code, "imeline" in refused.err) == (1, True), refused
    assert await behind.probe.runtime.pool.fetchval("SELECT count(*) FROM timeline") == 1
    await behind.probe.published(ReferralRightLapsed, ENGAGEMENT, 4)
    async with asyncio.timeout(20):
        while not (revoked := json.loads((await behind("timeline", "show", "gateway", "--json")).out)["revoked"]):
            await behind.probe.runtime.woken(0.1)
    assert [(each["subject"], each["first"], each["last"]) for each in revoked] == [(ENGAGEMENT, 1, 2)]
    again = await behind("timeline", "begin", "disputes", *reason)
    assert (again.code, "only after a database was brought back" in again.err) == (1, True)


async def test_a_timeline_that_nobody_needs_or_may_begin_is_refused_with_what_is_right(gateway: Gateway) -> None:
    reason = ("--reason", "the disk was lost")
    for arguments, code, said in (
        (("begin", "gateway", *reason), 1, "A new timeline is begun only after a database was brought back"),
        (("begin", "nobody", *reason), 1, "'execution-tracker'"),
        (("show", "nobody/.."), 1, ""),
        (("begin", "gateway"), 2, "--reason"),
        (("begin", "gateway", "--reason", "x"), 1, "3"),
        (("begin", "notification", *reason), 1, "notification"),
    ):
        answer = await gateway("timeline", *arguments)
        assert (answer.code, answer.out) == (code, ""), answer
        assert said in answer.err
    answer = await gateway("timeline", "begin", "gateway", *reason, role="dcc")
    assert (answer.code, "operations" in answer.err) == (1, True)
    assert "it does not answer" in (await gateway("timeline")).out
    assert await gateway.probe.runtime.pool.fetchval("SELECT count(*) FROM timeline") == 0


async def test_without_kafka_nobody_knows_where_a_service_stands(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = gateway.probe.runtime.settings.model_copy(update={"kafka": f"{LOOPBACK}:{free_port()}"})
    monkeypatch.setattr(gateway.probe.runtime, "settings", nowhere)
    answer = await gateway("timeline", "begin", "gateway", "--reason", "the disk was lost")
    assert (answer.code, "Kafka does not answer" in answer.err) == (1, True), answer


async def test_a_role_that_may_not_ask_is_told_which_may(gateway: Gateway) -> None:
    answer = await gateway("lag", role="dcc")
    assert answer.code == 1
    assert "operations" in answer.err


async def test_a_service_that_does_not_exist_is_refused_with_those_that_do(gateway: Gateway) -> None:
    answer = await gateway("parked", "list", "--service", "nobody/..")
    assert answer.code == 1
    answer = await gateway("parked", "list", "--service", "nobody")
    assert answer.code == 1
    assert "'execution-tracker'" in answer.err


async def test_a_token_that_is_none_is_refused_with_where_to_give_one(gateway: Gateway, command_line: Assay) -> None:
    answer = await command_line("lag", ASSAY_GATEWAY=gateway.address, ASSAY_TOKEN="abc")
    assert answer.code == 1
    assert "does not accept the token" in answer.err
    assert "ASSAY_TOKEN" in answer.err


async def test_the_token_may_lie_in_a_file(gateway: Gateway, tmp_path: Path, command_line: Assay) -> None:
    file = tmp_path / "token"
    file.write_text(f"{gateway.probe.issuer.token('operations')}\n")
    answer = await command_line("--gateway", f"{gateway.address}/", "--token-file", str(file), "lag", "--json")
    assert answer.code == 0, answer.err
    file.write_text("two words")
    answer = await command_line("--gateway", gateway.address, "--token-file", str(file), "lag")
    assert f"{file} holds no bearer token" in answer.err


@pytest.mark.real
async def test_no_token_no_gateway_and_no_address_are_each_said_with_a_remedy(command_line: Assay) -> None:
    for arguments, what, remedy in (
        ({"ASSAY_GATEWAY": "http://127.0.0.1:1"}, "No token was given", "ASSAY_TOKEN"),
        ({"ASSAY_TOKEN": "abc"}, "no gateway to send it to", "ASSAY_GATEWAY"),
        ({"ASSAY_GATEWAY": "127.0.0.1:1", "ASSAY_TOKEN": "abc"}, "is not a gateway's address", "https://"),
        ({}, "the local stack is not up", "./assay up"),
    ):
        for command in (("lag",), ("parked", "list")):
            answer = await command_line(*command, **arguments)
            assert (answer.code, answer.out) == (1, "")
            assert what in answer.err
            assert remedy in answer.err


async def test_a_gateway_that_does_not_answer_is_named(command_line: Assay) -> None:
    address = f"http://{LOOPBACK}:{free_port()}"
    answer = await command_line("lag", "--json", ASSAY_GATEWAY=address, ASSAY_TOKEN="abc")
    failure = json.loads(answer.out)["failure"]
    assert (answer.code, f"The gateway {address} does not answer" in failure["what"]) == (1, True)
    assert "ASSAY_GATEWAY" in failure["remedy"]


class Stranger(BaseHTTPRequestHandler):
    """Something else that listens there."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>It works!</html>")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


async def test_a_server_that_is_no_gateway_is_found_out(command_line: Assay) -> None:
    with HTTPServer((LOOPBACK, 0), Stranger) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        answer = await command_line("lag", ASSAY_GATEWAY=f"http://{LOOPBACK}:{server.server_port}", ASSAY_TOKEN="abc")
        server.shutdown()
    assert answer.code == 1
    assert "not as a gateway of Assay does" in answer.err


async def test_a_trace_is_read_from_the_folder_that_is_named(tmp_path: Path, command_line: Assay) -> None:
    at_a_gateway = {"ASSAY_GATEWAY": "https://assay.invalid", "ASSAY_TOKEN": "abc"}
    answer = await command_line("trace", ENGAGEMENT, **at_a_gateway)
    assert "--telemetry" in answer.err
    assert ENGAGEMENT.replace("-", "") in answer.err, "the id under which a collector has it"
    answer = await command_line("trace", ENGAGEMENT, "--telemetry", str(tmp_path), **at_a_gateway)
    assert f"is in {tmp_path}" in answer.err
    trace = {"trace_id": f"0x{ENGAGEMENT.replace('-', '')}", "span_id": "0x1"}
    span = {
        "name": "notified",
        "context": trace,
        "parent_id": "0x2",
        "start_time": "2027-01-04T09:00:00Z",
        "end_time": "2027-01-04T09:00:00Z",
        "attributes": {"event.type": "engagement-notified"},
        "links": [],
        "resource": {"attributes": {"service.name": "assay.notification"}},
    }
    (tmp_path / "notification.jsonl").write_text(f"{json.dumps(span)}\n")
    answer = await command_line("trace", ENGAGEMENT, "--json", "--telemetry", str(tmp_path), **at_a_gateway)
    (milestone,) = json.loads(answer.out)["milestones"]
    assert (milestone["service"], milestone["event"]) == ("assay.notification", "engagement-notified")
