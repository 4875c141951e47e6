"""Whatever the API does, the command line does: the commands are made from a gateway's own document."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.stack.conftest import Answer, CommandLine

from assay_cli import api_call
from assay_cli.api_call import LONGEST_PAUSE_SECONDS, send
from assay_cli.api_commands import GROUPS, OTHERWISE_CALLED
from assay_cli.api_document import operations
from assay_cli.api_options import ApiRequest, WrongUsage, parser_of, request_of
from assay_cli.client import PATIENCE_SECONDS
from assay_cli.target import Target
from chassis.web.app import application
from gateway.settings import Settings
from gateway.wiring import build
from kernel.failure import Failure

ENGAGEMENT = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
NOTICE = (
    *("--procedure", "uept", "--subject", "role=ES", "--start-date", "2027-03-01"),
    *("--test-manager.name", "Mo Manager", "--test-manager.email", "mo@supplier.invalid"),
    *("--confirmations", "code-administrator-notified"),
    *("--descoping", '{"kind": "response-code", "item": "E11", "reason": "b", "rationale": "It can\'t be made."}'),
)
NOTICE_BODY = {
    "procedure": "uept",
    "subject": {"role": "ES"},
    "start_date": "2027-03-01",
    "test_manager": {"name": "Mo Manager", "email": "mo@supplier.invalid"},
    "confirmations": ["code-administrator-notified"],
    "descoping": [{"kind": "response-code", "item": "E11", "reason": "b", "rationale": "It can't be made."}],
}


def whole_document() -> dict[str, Any]:
    """The gateway's document, as it serves it."""
    service = build(Settings.model_construct(services={}, patience_seconds=1.0))
    return application("Assay gateway", service.router, None, None, service.describe).openapi()


DOCUMENT = whole_document()
KNOWN = {f"{each.service}.{each.name}": each for each in operations(DOCUMENT)}


def asked(name: str, *arguments: str) -> ApiRequest:
    """What a command line asks for."""
    operation = KNOWN[name]
    return request_of(operation, parser_of(operation, name).parse_args(arguments))


def test_every_operation_of_the_document_is_a_command_of_its_own() -> None:
    listed = sum(len(item) for item in DOCUMENT["paths"].values())
    assert len(KNOWN) == listed > 60
    for operation in KNOWN.values():
        assert parser_of(operation, operation.name).format_help()
    grouped = {service for services, _ in GROUPS.values() for service in services}
    assert {operation.service for operation in KNOWN.values()} == grouped


def test_what_people_call_an_operation_is_one_that_there_is() -> None:
    for group, names in OTHERWISE_CALLED.items():
        of_group = {each.name for each in KNOWN.values() if each.service in GROUPS[group][0]}
        assert set(names.values()) <= of_group
        assert not set(names) & of_group


def test_within_a_group_no_two_operations_are_called_alike() -> None:
    for services, _ in GROUPS.values():
        names = [each.name for each in KNOWN.values() if each.service in services]
        assert len(set(names)) == len(names)


def test_options_make_the_body_that_the_document_describes() -> None:
    request = asked("notification.give-notice", *NOTICE)
    assert (request.method, request.path, request.json) == ("POST", "/engagements", NOTICE_BODY)


def test_a_body_may_come_from_a_file_and_options_come_on_top(tmp_path: Path) -> None:
    file = tmp_path / "notice.json"
    file.write_text(json.dumps({**NOTICE_BODY, "procedure": "other"}))
    assert asked("notification.give-notice", "--body", str(file), "--procedure", "uept").json == NOTICE_BODY


def test_numbers_truths_and_choices_are_typed() -> None:
    determined = asked("disputes.determine-matter", ENGAGEMENT, "a/b", "--no-upheld", "--reasons", "So it is.")
    assert determined.json == {"upheld": False, "reasons": "So it is."}
    assert determined.path == f"/engagements/{ENGAGEMENT}/referrals/a%2Fb/determination"
    issue = asked("execution-tracker.raise-issue", ENGAGEMENT, "--test", "T1", "--severity", "2", "--title", "It fails")
    assert issue.json["severity"] == 2
    with pytest.raises(WrongUsage, match="invalid int value: 'two'"):
        asked("execution-tracker.raise-issue", ENGAGEMENT, "--severity", "two")
    with pytest.raises(WrongUsage, match="invalid choice: 'perhaps'"):
        asked("artefact-review.review-artefacts", ENGAGEMENT, "--outcome", "perhaps")


def test_files_are_named_by_the_kind_of_artefact() -> None:
    request = asked("artefact-review.submit-artefacts", ENGAGEMENT, "--part", "test-plan=/plans/plan.xlsx")
    assert request.files == [("test_plan", Path("/plans/plan.xlsx"))]
    imported = asked("execution-tracker.import-results", ENGAGEMENT, "--file", "r.csv", "--run", "1")
    assert (imported.files, imported.form) == ([("file", Path("r.csv"))], {"run": ["1"]})


def test_query_parameters_and_headers_are_options() -> None:
    request = asked("gateway.work-queue", "--due-before", "2027-03-01", "--limit", "5", "--acting-as", "dcc")
    assert request.query == [("due_before", "2027-03-01"), ("limit", "5")]
    assert request.headers == {"Assay-Acting-As": "dcc"}


STARTS_A_PROCESS = pytest.mark.real


@dataclass
class FakeGateway:
    """A gateway that answers what it is told to, and keeps what it was asked."""

    answers: list[tuple[int, dict[str, str], bytes] | None] = field(default_factory=list)
    """What is answered next; None: the connection breaks after the command was done."""
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        body = handler.rfile.read(int(handler.headers.get("content-length", 0)))
        if handler.path == "/openapi.json":
            status, content = 200, json.dumps(DOCUMENT).encode()
            headers: dict[str, str] = {}
        else:
            headers_seen = {name.lower(): value for name, value in handler.headers.items()}
            self.seen.append((handler.command, handler.path, headers_seen, body))
            given = self.answers.pop(0)
            if given is None:
                handler.connection.close()
                return
            status, headers, content = given
        handler.send_response(status)
        for name, value in {"content-type": "application/json", **headers}.items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)


@contextmanager
def serving(gateway: FakeGateway) -> Iterator[FakeGateway]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is logged."""

        def do_GET(self) -> None:
            gateway.answer(self)

        do_POST = do_GET

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        gateway.port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield gateway
        server.shutdown()


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with serving(FakeGateway()) as it:
        yield it


async def run(command_line: CommandLine, gateway: FakeGateway, *arguments: str) -> Answer:
    address = f"http://127.0.0.1:{gateway.port}"
    return await command_line(*arguments, ASSAY_GATEWAY=address, ASSAY_TOKEN="token")


def ok(**document: Any) -> tuple[int, dict[str, str], bytes]:
    return 200, {}, json.dumps(document).encode()


@STARTS_A_PROCESS
async def test_a_command_whose_answer_was_lost_is_sent_again_under_the_same_key(
    command_line: CommandLine, gateway: FakeGateway
) -> None:
    gateway.answers = [None, (503, {"retry-after": "0"}, b"{}"), ok(id=ENGAGEMENT, version=1)]
    answer = await run(command_line, gateway, "engagement", "notify", *NOTICE, "--json")
    assert (answer.code, json.loads(answer.out)) == (0, {"id": ENGAGEMENT, "version": 1}), answer.err
    keys = {headers["idempotency-key"] for _, _, headers, _ in gateway.seen}
    assert (len(gateway.seen), len(keys)) == (3, 1)
    assert f"--idempotency-key {keys.pop()}" in answer.err
    assert [json.loads(body) for _, _, _, body in gateway.seen] == [NOTICE_BODY] * 3


@pytest.mark.parametrize("after", [{}, {"retry-after": "0"}, {"retry-after": "Fri, 27 Nov 2026 04:00:00 GMT"}])
def test_a_gateway_that_is_away_is_asked_again_for_a_minute_with_pauses(
    gateway: FakeGateway, after: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = [0.0]
    clock = SimpleNamespace(monotonic=lambda: sum(pauses), sleep=pauses.append)
    monkeypatch.setattr(api_call, "time", clock)
    gateway.answers = [(503, after, b"{}")] * 1_000
    with pytest.raises(Failure):
        send(Target(f"http://127.0.0.1:{gateway.port}", "token"), ApiRequest("GET", "/clock", [], {}), None)
    assert PATIENCE_SECONDS - LONGEST_PAUSE_SECONDS <= sum(pauses) <= PATIENCE_SECONDS
    assert min(pauses[1:]) > 0


@STARTS_A_PROCESS
async def test_a_key_that_is_given_is_sent(command_line: CommandLine, gateway: FakeGateway) -> None:
    gateway.answers = [ok(id="x", version=2)]
    await run(
        command_line, gateway, "dispute", "appeal", ENGAGEMENT, "r", "--grounds", "-", "--idempotency-key", "mine"
    )
    ((method, path, headers, _),) = gateway.seen
    assert (method, path, headers["idempotency-key"]) == (
        "POST",
        f"/engagements/{ENGAGEMENT}/referrals/r/appeal",
        "mine",
    )


@STARTS_A_PROCESS
async def test_a_refusal_says_what_was_wrong_what_is_right_and_the_clause(
    command_line: CommandLine, gateway: FakeGateway
) -> None:
    problem = {"detail": "It is final.", "remedy": "Leave it.", "clause": "CTSD 5.2.7"}
    gateway.answers = [(409, {"content-type": "application/problem+json"}, json.dumps(problem).encode())]
    refused = await run(command_line, gateway, "dispute", "refer", ENGAGEMENT, "--right", "r", "--json")
    assert refused.code == 1
    assert json.loads(refused.out)["failure"]["what"] == "It is final. (CTSD 5.2.7)"
    assert "Leave it." in refused.err


@STARTS_A_PROCESS
async def test_the_queue_is_a_table_and_says_how_to_go_on(command_line: CommandLine, gateway: FakeGateway) -> None:
    item = {"due": None, "state": "open", "kind": "referral", "key": "r", "subject": "S", "engagement": ENGAGEMENT}
    gateway.answers = [ok(items=[{**item, "action": "Determine it"}], next="abc", counts=[], as_of="2027-03-01")]
    answer = await run(command_line, gateway, "queue", "--limit", "1")
    assert ("Determine it" in answer.out, "--cursor abc" in answer.err) == (True, True)


@STARTS_A_PROCESS
async def test_a_file_is_written_where_it_is_wanted(
    command_line: CommandLine, gateway: FakeGateway, tmp_path: Path
) -> None:
    gateway.answers = [(200, {}, b'{"format": "assay-engagement-record"}')]
    file = tmp_path / "record.json"
    answer = await run(command_line, gateway, "export", ENGAGEMENT, "--output", str(file))
    assert (answer.code, answer.out, json.loads(file.read_text())["format"]) == (0, "", "assay-engagement-record")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("dispute", "re"), 1, "'re' is no command of `assay dispute`."),
        (("engagement", "read"), 1, "'read' is more than one command of `assay engagement`."),
        (("dispute", "determine", ENGAGEMENT), 2, "the following arguments are required: RIGHT"),
        (("dispute", "determine", ENGAGEMENT, "r", "--vote", "yes"), 2, "unrecognized arguments: --vote yes"),
        (("engagement", "notify", "--subject", "ES"), 2, "give NAME=VALUE"),
        (("engagement", "notify", "--body", "/no/such/file"), 1, "/no/such/file"),
        (("export", ENGAGEMENT, "--output", "record.json", "--until", "version=1"), 2, "leave out --until and --field"),
        (("export", ENGAGEMENT, "--output", "record.json", "--field", "version"), 2, "leave out --until and --field"),
    ],
)
@STARTS_A_PROCESS
async def test_a_command_line_that_is_wrong_says_what_is_right(
    command_line: CommandLine, gateway: FakeGateway, arguments: tuple[str, ...], code: int, said: str
) -> None:
    answer = await run(command_line, gateway, *arguments)
    assert (answer.code, said in answer.err.replace("\n", " ")) == (code, True), answer.err
    assert gateway.seen == []


@STARTS_A_PROCESS
async def test_every_group_lists_its_commands_and_every_command_its_options(
    command_line: CommandLine, gateway: FakeGateway
) -> None:
    listed = await run(command_line, gateway, "dispute", "--help")
    assert ("determine-matter" in listed.out, "answer" in listed.out) == (True, True)
    shown = await run(command_line, gateway, "dispute", "determine", "--help")
    assert ("--upheld, --no-upheld" in shown.out, "--idempotency-key" in shown.out) == (True, True)
