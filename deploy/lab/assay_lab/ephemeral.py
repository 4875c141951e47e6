"""Kafka and PostgreSQL for one test session, in a process that ends with whoever holds its standard input.

Each line on standard input names what is wanted: `postgres`, `kafka` or `database NAME`. Each is answered by one
line of JSON. When the input ends, however it ends, everything is stopped and the folder removed: a test session that
was killed leaves nothing behind.
"""

import asyncio
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from assay_stack import kafka, postgres
from assay_stack.kafka import Kafka
from assay_stack.ports import LOOPBACK, free_port
from assay_stack.postgres import Postgres
from assay_stack.process import Program, await_port, end, launch
from kernel.broker import client_options
from kernel.failure import Failure

KAFKA_IMAGE = "apache/kafka:4.3.1"
POSTGRES_IMAGE = "postgres:18"
ENGINE_SOCKET = Path("/var/run/docker.sock")


class Backend(Protocol):
    """Where the servers come from; each is stopped when the stack closes."""

    def start_postgres(self, stack: ExitStack) -> Postgres:
        """A server that accepts its superuser."""
        ...

    def start_kafka(self, stack: ExitStack) -> str:
        """The address of a broker without topics."""
        ...


class Embedded:
    """The same servers as the local stack's, in a temporary folder and on free ports.

    What they hold is thrown away with the folder: they are ended at once, and not in order, which can take a minute.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def start_postgres(self, stack: ExitStack) -> Postgres:
        server = Postgres(self._folder / "postgres", free_port(), secrets.token_hex(16))
        server.prepare()
        program = replace(server.program(), end=signal.SIGQUIT)  # what `pg_ctl stop -m immediate` sends
        self._start(program, server.port, postgres.START_SECONDS, stack)
        return server

    def start_kafka(self, stack: ExitStack) -> str:
        port = free_port()
        broker = Kafka(self._folder / "kafka", port, free_port(besides=[port]))
        broker.prepare()
        program = replace(broker.program(), end=signal.SIGKILL)
        self._start(program, port, kafka.START_SECONDS, stack)
        return broker.bootstrap

    def _start(self, program: Program, port: int, seconds: float, stack: ExitStack) -> None:
        log = self._folder / f"{program.name}.log"
        process = launch(program, log)
        stack.callback(end, process, program)
        await_port(process, program, port, log, seconds)


class Containers:
    """The official images, on a machine whose Docker engine answers."""

    def start_postgres(self, stack: ExitStack) -> Postgres:
        server = Postgres(Path(), free_port(), secrets.token_hex(16))
        login = {"POSTGRES_USER": postgres.SUPERUSER, "POSTGRES_PASSWORD": server.password}
        self._start(POSTGRES_IMAGE, {5432: server.port}, login, stack)
        return server

    def start_kafka(self, stack: ExitStack) -> str:
        port = free_port()
        broker = Kafka(Path("/tmp"), port, free_port(besides=[port]))
        settings = broker.settings() | {"listeners": f"PLAINTEXT://:{port},CONTROLLER://:{broker.controller_port}"}
        settings["advertised.listeners"] = f"PLAINTEXT://{broker.bootstrap}"
        environment = {f"KAFKA_{name.upper().replace('.', '_')}": value for name, value in settings.items()}
        self._start(KAFKA_IMAGE, {port: port}, environment, stack)
        asyncio.run(kafka.await_broker(client_options(broker.bootstrap), kafka.START_SECONDS))
        return broker.bootstrap

    def _start(self, image: str, ports: Mapping[int, int], environment: Mapping[str, str], stack: ExitStack) -> None:
        from testcontainers.core.container import DockerContainer

        container = DockerContainer(image)
        for inside, outside in ports.items():
            container.with_bind_ports(inside, f"{LOOPBACK}:{outside}")
        for name, value in environment.items():
            container.with_env(name, value)
        stack.callback(container.stop)
        container.start()


class Automatic:
    """Containers where an engine of this machine has the image or can fetch it, else the embedded servers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def start_postgres(self, stack: ExitStack) -> Postgres:
        return self._for(POSTGRES_IMAGE).start_postgres(stack)

    def start_kafka(self, stack: ExitStack) -> str:
        return self._for(KAFKA_IMAGE).start_kafka(stack)

    def _for(self, image: str) -> Backend:
        return Containers() if engine_has(image) else Embedded(self._folder)


def engine_has(image: str) -> bool:
    """Whether a Docker engine of this machine answers and has, or can fetch, an image."""
    if not ENGINE_SOCKET.exists():
        return False
    try:
        from testcontainers.core.docker_client import DockerClient

        images = DockerClient(timeout=60).client.images
        if not images.list(name=image):
            images.pull(image)
    except Exception:  # whatever the absence of an engine or of a registry looks like
        return False
    return True


def backend(choice: str, folder: Path) -> Backend:
    """The backend of a choice: auto, containers or embedded."""
    match choice:
        case "containers":
            return Containers()
        case "embedded":
            return Embedded(folder)
        case "auto":
            return Automatic(folder)
        case _:
            raise Failure(
                f"ASSAY_TEST_BACKEND is {choice!r}.", "Set it to auto, containers or embedded, or leave it out."
            )


class Session:
    """What was started so far."""

    def __init__(self, choice: str, folder: Path, stack: ExitStack) -> None:
        self._choice = choice
        self._folder = folder
        self._stack = stack
        self._postgres: Postgres | None = None
        self._kafka: str | None = None

    def answer(self, line: str) -> dict[str, str]:
        """What a line asks for, started where needed."""
        match line.split():
            case ["postgres"]:
                return {"dsn": self._server().dsn}
            case ["database", name]:
                created = postgres.create_database(self._server(), name, secrets.token_hex(16))
                return {"dsn": asyncio.run(created)}
            case ["kafka"]:
                return {"bootstrap": self._broker()}
            case _:
                raise Failure(f"Nobody here knows {line!r}.", "Ask for postgres, kafka or database NAME.")

    def _server(self) -> Postgres:
        if self._postgres is None:
            server = backend(self._choice, self._folder).start_postgres(self._stack)
            asyncio.run(postgres.await_server(server, postgres.START_SECONDS))
            self._postgres = server
        return self._postgres

    def _broker(self) -> str:
        if self._kafka is None:
            self._kafka = backend(self._choice, self._folder).start_kafka(self._stack)
        return self._kafka


def main() -> None:
    """Answer what is asked on standard input until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who asks decides when this ends
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    folder = Path(tempfile.mkdtemp(prefix="assay-test-"))
    folder.chmod(0o711)  # an unprivileged server has to reach what is its own inside
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        session = Session(os.environ.get("ASSAY_TEST_BACKEND") or "auto", folder, stack)
        for line in sys.stdin:
            print(json.dumps(_answer(session, line)), flush=True)


def _answer(session: Session, line: str) -> dict[str, str]:
    try:
        return session.answer(line)
    except Exception as error:
        return {"failure": str(error) or type(error).__name__}


if __name__ == "__main__":
    main()
