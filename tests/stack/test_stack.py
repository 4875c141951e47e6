"""A whole stack, through its command line: real Kafka and PostgreSQL, and a small fake in a service's place."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from assay_stack.home import Home
from assay_stack.process import Running, gone
from assay_stack.stack import up
from assay_stack.state import State
from kernel.failure import Failure

pytestmark = pytest.mark.real

SECONDS = 30.0

FAKE = """
import json, os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(dict(os.environ)).encode())

    def log_message(self, *args):
        print("asked", flush=True)

if os.environ.get("FAKE_FAILS"):
    sys.exit("the fake service can't find its left shoe")
HTTPServer(("127.0.0.1", int(os.environ["ASSAY_HTTP_PORT"])), Handler).serve_forever()
"""


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its one JSON document."""
        return json.loads(self.out)


class Assay:
    """The command line on a stack of its own, whose only service is a small fake."""

    def __init__(self, home: Home, packages: Path) -> None:
        self.home = home
        self.environment: Mapping[str, str] = {
            **os.environ,
            "ASSAY_HOME": str(home.folder),
            "ASSAY_ONLY": "disputes",
            "PYTHONPATH": str(packages),
        }

    def __call__(self, *arguments: str, **environment: str) -> Answer:
        done = subprocess.run(
            (sys.executable, "-P", "-m", "assay_cli", *arguments),
            capture_output=True,
            text=True,
            check=False,
            env={**self.environment, **environment},
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def processes(self) -> dict[str, dict[str, Any]]:
        """What `status` says of each process."""
        return {each["name"]: each for each in self("status", "--json").json["processes"]}


@pytest.fixture(scope="module")
def assay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assay]:
    """A stack that is up, and is ended at the end."""
    folder = tmp_path_factory.mktemp("stack")
    for each in (folder.parent, folder):
        each.chmod(0o711)  # an unprivileged PostgreSQL passes through it
    (folder / "disputes").mkdir()
    (folder / "disputes" / "__init__.py").touch()
    (folder / "disputes" / "main.py").write_text(FAKE)
    assay = Assay(Home(folder / "home"), folder)
    answer = assay("up", "--json")
    assert answer.code == 0, answer.err
    yield assay
    assay("down")


def state(home: Home) -> State:
    found = State.read(home)
    assert found is not None
    return found


def until(condition: Callable[[], bool]) -> None:
    """Wait, bounded, for something that another process does."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"


def environment_of_the_service(assay: Assay) -> Any:
    with urllib.request.urlopen(assay("up", "--json").json["addresses"]["disputes"]) as answer:
        return json.load(answer)


def test_up_answers_where_everything_is_and_a_second_up_changes_nothing(assay: Assay) -> None:
    before = state(assay.home).processes
    answer = assay("up", "--json")
    assert {"disputes", "kafka", "postgres", "mail", "logs"} <= set(answer.json["addresses"])
    assert state(assay.home).processes == before


def test_a_service_is_told_what_it_needs_and_may_enter_its_database(assay: Assay) -> None:
    told = environment_of_the_service(assay)
    assert told["ASSAY_OIDC_AUDIENCE"] == "assay"
    assert told["ASSAY_REHEARSAL"] == "true"
    assert Path(told["ASSAY_OIDC_JWKS"]).exists()
    assert told["ASSAY_DATABASE_URL"].startswith("postgresql://disputes:")


async def test_what_is_stored_is_there_after_down_and_up(assay: Assay) -> None:
    address = environment_of_the_service(assay)["ASSAY_DATABASE_URL"]
    connection = await asyncpg.connect(address)
    await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    await connection.close()
    running = state(assay.home).processes
    assert assay("down", "--json").json == {"down": True, "ended_by_force": []}
    assert not any(process.alive for process in running.values())
    assert {each["state"] for each in assay.processes().values()} == {"down"}
    assert assay("up", "--json").code == 0
    connection = await asyncpg.connect(address)
    assert await connection.fetchval("SELECT answer FROM kept") == 42
    await connection.close()


def test_a_service_that_was_killed_is_started_again(assay: Assay) -> None:
    before = assay.processes()["disputes"]
    os.kill(before["pid"], signal.SIGKILL)
    until(lambda: state(assay.home).processes["disputes"].restarts == before["restarts"] + 1)
    until(lambda: assay.processes()["disputes"]["state"] == "ready")


def test_a_broker_that_was_killed_is_started_again(assay: Assay) -> None:
    before = assay.processes()["kafka"]
    os.kill(before["pid"], signal.SIGKILL)
    until(lambda: state(assay.home).processes["kafka"].restarts == before["restarts"] + 1)
    until(lambda: assay.processes()["kafka"]["state"] == "ready")


def test_a_second_stack_runs_beside_the_first_and_ends_alone(assay: Assay) -> None:
    second = Assay(Home(assay.home.folder.with_name("second")), assay.home.folder.parent)
    try:
        assert second("up", "--json", ASSAY_ONLY="").code == 0
        assert set(second.home.ports(["kafka", "postgres"]).values()).isdisjoint(assay.home.ports(["kafka"]).values())
    finally:
        second("down")
    assert {each["state"] for each in assay.processes().values()} == {"ready"}


def test_logs_are_shown_by_service(assay: Assay) -> None:
    assay.processes()
    assert "asked" in assay("logs", "disputes", "--json").json["disputes"]
    unknown = assay("logs", "nobody", "--json")
    assert unknown.code == 1
    assert "disputes" in unknown.json["failure"]["remedy"]


def test_what_a_killed_supervisor_left_running_is_ended_by_down(assay: Assay) -> None:
    left = state(assay.home)
    os.kill(left.supervisor.pid, signal.SIGKILL)
    assert gone(Running(left.supervisor.pid, left.supervisor.started), SECONDS)
    assert left.processes["kafka"].alive
    assert set(assay("status", "--json").json["left_alone"]) == {"disputes", "smtp", "kafka", "postgres"}
    assert "nobody looks after" in assay("status").err
    answer = assay("down", "--json")
    assert set(answer.json["ended_by_force"]) == {"disputes", "smtp", "kafka", "postgres"}
    assert not any(process.alive for process in left.processes.values())


def test_a_service_that_ends_at_once_makes_up_fail_with_the_end_of_its_log(assay: Assay) -> None:
    answer = assay("up", "--json", FAKE_FAILS="yes")
    assert answer.code == 1
    assert "disputes ended 3 times" in answer.json["failure"]["what"]
    assert "left shoe" in "\n".join(answer.json["failure"]["log"])
    assert State.read(assay.home) is None


def test_up_refuses_a_taken_port_and_starts_nothing(assay: Assay) -> None:
    port = assay.home.ports(["kafka"])["kafka"]
    with socket.create_server(("127.0.0.1", port)):
        answer = assay("up", "--json")
    assert answer.code == 1
    assert f"{port} (kafka)" in answer.json["failure"]["what"]
    assert State.read(assay.home) is None


def test_reset_removes_what_was_stored_and_keeps_the_ports(assay: Assay) -> None:
    ports = (assay.home.folder / "ports.json").read_text()
    assert assay("reset", "--json").json["reset"]
    assert not assay.home.postgres.exists()
    assert not assay.home.kafka.exists()
    assert (assay.home.folder / "ports.json").read_text() == ports


def test_a_service_that_does_not_exist_is_refused_by_name(assay: Assay) -> None:
    answer = assay("up", "--json", ASSAY_ONLY="teleport")
    assert answer.code == 1
    assert "teleport" in answer.json["failure"]["what"]


def test_a_token_is_one_word_on_stdout(assay: Assay) -> None:
    answer = assay("token", "--role", "dcc")
    assert answer.code == 0
    assert answer.out.count(".") == 2
    assert len(answer.out.split()) == 1


def test_a_disk_that_is_nearly_full_is_told_before_anything_starts(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(home.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage._replace(free=60_000_000))
    with pytest.raises(
        Failure, match=r"has 60 MB left; a stack needs 400 MB\. Make room on the disk, or set ASSAY_HOME"
    ):
        up(home, lambda _text: None)
    assert State.read(home) is None


def test_what_nobody_expected_is_told_with_where_it_happened(assay: Assay) -> None:
    file = assay.home.run / "state.json"
    file.write_text('{"supervisor": 1}')
    try:
        answer = assay("status", "--json")
    finally:
        file.unlink()
    failure = answer.json["failure"]
    assert answer.code == 1
    assert failure["what"].startswith("Something unexpected went wrong: ")
    assert "state.py" in "\n".join(failure["log"])


def test_a_failure_without_json_is_a_sentence_on_stderr(assay: Assay) -> None:
    answer = assay("token", "--role", "emperor")
    assert (answer.code, answer.out) == (1, "")
    assert "There is no role 'emperor'. Use one of: participant, dcc" in answer.err
