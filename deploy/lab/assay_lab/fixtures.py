"""Real Kafka and PostgreSQL for tests, as two pytest fixtures that start nothing until they are asked.

ASSAY_TEST_BACKEND chooses where the servers come from: `containers` (testcontainers), `embedded` (the local stack's
own, in a temporary folder) or `auto`, which takes containers where a Docker engine answers.
"""

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from typing import IO, Any

import pytest

STOP_SECONDS = 60


class TestServers:
    """The process that keeps the servers of this test session; they stop when it, or this session, ends."""

    __test__ = False

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            (sys.executable, "-m", "assay_lab.ephemeral"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def ask(self, line: str) -> dict[str, Any]:
        """What the process answers to a line."""
        requests, answers = self._pipes()
        requests.write(f"{line}\n")
        requests.flush()
        answer: dict[str, Any] = json.loads(answers.readline() or '{"failure": "the test servers have ended"}')
        if "failure" in answer:
            raise RuntimeError(f"The servers for the tests could not be started. {answer['failure']}")
        return answer

    def close(self) -> None:
        """Stop everything."""
        requests, answers = self._pipes()
        requests.close()
        self._process.wait(STOP_SECONDS)
        answers.close()

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        assert self._process.stdin
        assert self._process.stdout
        return self._process.stdin, self._process.stdout


class TestPostgres:
    """A PostgreSQL server; `dsn` is its superuser's address."""

    __test__ = False

    def __init__(self, servers: TestServers) -> None:
        self._servers = servers
        self.dsn: str = servers.ask("postgres")["dsn"]

    def database(self, name: str | None = None) -> str:
        """Create a database with a role of its own and return the role's address; a new name when none is given."""
        dsn: str = self._servers.ask(f"database {name or 'test_' + secrets.token_hex(8)}")["dsn"]
        return dsn


class TestKafka:
    """A Kafka broker; `bootstrap` is its address. It creates no topic by itself."""

    __test__ = False

    def __init__(self, servers: TestServers) -> None:
        self.bootstrap: str = servers.ask("kafka")["bootstrap"]


@pytest.fixture(scope="session")
def servers() -> Iterator[TestServers]:
    """The keeper of this session's servers."""
    servers = TestServers()
    yield servers
    servers.close()


@pytest.fixture(scope="session")
def postgres(servers: TestServers) -> TestPostgres:
    """A real PostgreSQL, one per test session; take a fresh database from it per test."""
    return TestPostgres(servers)


@pytest.fixture(scope="session")
def kafka(servers: TestServers) -> TestKafka:
    """A real Kafka, one per test session; use topics of your own."""
    return TestKafka(servers)
