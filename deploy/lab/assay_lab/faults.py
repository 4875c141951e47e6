"""Faults that a running stack is given: what is killed, restarted or frozen, in the order that a seed decides."""

import asyncio
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from threading import Event
from typing import Any

import asyncpg

from assay_stack import services
from assay_stack.home import Home
from assay_stack.ports import free_port
from assay_stack.postgres import database_url
from assay_stack.process import Program, Running, end, launch
from assay_stack.services import SERVICES, Service
from assay_stack.state import State
from assay_stack.supervisor import port_names

PAUSE_SECONDS = (1.0, 4.0)
ZOMBIE_SECONDS = (16.0, 20.0)
"""Longer than PostgreSQL keeps the session of a leader that stands still (15 s), and Kafka a silent member (10 s)."""
SLOW_SECONDS = (2.0, 6.0)
FROZEN_SERVICES = 2
TOGETHER_SECONDS = 2.0
AWAY_SECONDS = 25.0
ASK_SECONDS = 10.0
POLL_SECONDS = 0.2


class Kind(StrEnum):
    """What is done."""

    KILL = "kill"
    """A service dies at once."""
    RESTART = "restart"
    """The broker or the database ends, in order or at once, and is started again."""
    FREEZE = "freeze"
    """A process stands still and goes on later; a service's successor has taken over by then."""


@dataclass(frozen=True)
class Fault:
    """One fault, and how long to wait before it."""

    kind: Kind
    target: str
    signal: signal.Signals
    pause: float = 0.0
    seconds: float = 0.0
    """how long it stays frozen"""


@dataclass(frozen=True)
class Injected:
    """A fault as it was injected: so many seconds after the beginning."""

    at: float
    kind: str
    target: str
    signal: str


def chosen(seed: int) -> Iterator[Fault]:
    """The endless sequence of faults of a seed. Each round has every kind, and kills every service once."""
    chance = random.Random(seed)
    while True:
        faults = _round(chance)
        chance.shuffle(faults)
        for fault in faults:
            yield replace(fault, pause=chance.uniform(*PAUSE_SECONDS))


def _round(chance: random.Random) -> list[Fault]:
    names = [service.name for service in SERVICES]
    frozen = chance.sample(names, FROZEN_SERVICES)
    return [
        *(Fault(Kind.KILL, name, signal.SIGKILL) for name in names),
        Fault(Kind.RESTART, "kafka", signal.SIGTERM),
        Fault(Kind.RESTART, "kafka", signal.SIGKILL),
        Fault(Kind.RESTART, "postgres", signal.SIGQUIT),  # what `pg_ctl stop -m immediate` sends
        *(Fault(Kind.FREEZE, name, signal.SIGSTOP, seconds=chance.uniform(*ZOMBIE_SECONDS)) for name in frozen),
        Fault(Kind.FREEZE, "kafka", signal.SIGSTOP, seconds=chance.uniform(*SLOW_SECONDS)),
    ]


class Injector:
    """Injects faults into a stack until it is told to stop; then nothing is frozen and no successor is left."""

    def __init__(
        self,
        home: Home,
        stop: Event,
        tell: Callable[[str], None] = lambda _text: None,
        still: Callable[[], AbstractContextManager[Any]] = nullcontext,
    ) -> None:
        """`still` keeps rehearsal time from being moved: the gateway does not know a successor to move its clock."""
        self._home = home
        self._stop = stop
        self._tell = tell
        self._still = still
        self._began = time.monotonic()
        self.injected: list[Injected] = []

    def run(self, faults: Iterator[Fault]) -> None:
        """One fault after the other."""
        for fault in faults:
            if self._stop.wait(fault.pause):
                return
            self.inject(fault)

    def inject(self, fault: Fault) -> bool:
        """Inject one fault; whether its target was running."""
        running = _running(self._home, fault.target)
        if running is None:
            return False
        at = round(time.monotonic() - self._began, 1)
        self.injected.append(Injected(at, fault.kind, fault.target, fault.signal.name))
        self._tell(f"{at:6.1f} s  {fault.kind} {fault.target} ({fault.signal.name})")
        if fault.kind is not Kind.FREEZE:
            return _send(running, fault.signal)
        service = next((each for each in SERVICES if each.name == fault.target), None)
        if service is None:
            with _frozen(running):
                self._stop.wait(fault.seconds)
        else:
            with self._still():
                self._replace(service, running, fault.seconds)
        return True

    def count(self, kind: Kind) -> int:
        """How many faults of a kind were injected."""
        return sum(each.kind == kind for each in self.injected)

    def described(self) -> list[dict[str, Any]]:
        """What was injected, for a document."""
        return [asdict(each) for each in self.injected]

    def _replace(self, service: Service, running: Running, seconds: float) -> None:
        """Freeze a service, let a second process take over by itself, thaw the first beside it, and end the second."""
        with _frozen(running):
            frozen_at = time.monotonic()
            leader = self._epoch(service)  # waits for a database that is away
            with _successor(self._home, service) as successor:
                until = time.monotonic() + AWAY_SECONDS
                while self._epoch(service) == leader and successor.poll() is None and time.monotonic() < until:
                    if self._stop.wait(POLL_SECONDS):
                        break
                self._stop.wait(max(0.0, frozen_at + seconds - time.monotonic()))
                _send(running, signal.SIGCONT)
                self._stop.wait(TOGETHER_SECONDS)

    def _epoch(self, service: Service) -> int | None:
        """How many leaders the service's relay has had; none where the database stays away."""
        until = time.monotonic() + AWAY_SECONDS
        while (found := ask(database_url(self._home, service.name), "SELECT epoch FROM relay")) is None:
            if time.monotonic() > until or self._stop.wait(POLL_SECONDS):
                return None
        return int(found)


@contextmanager
def _successor(home: Home, service: Service) -> Iterator[subprocess.Popen[bytes]]:
    """A second process of a service, beside the one that the supervisor keeps."""
    program = _program(home, service)
    process = launch(program, home.log / f"{program.name}.log")
    try:
        yield process
    finally:
        end(process, program)


def _program(home: Home, service: Service) -> Program:
    ports = home.ports(port_names())
    address = database_url(home, service.name)
    program = services.program(service, home, ports, address)
    own = {"ASSAY_HTTP_PORT": str(free_port(besides=ports.values())), "ASSAY_INSTANCE": "successor"}
    return replace(program, name=f"{service.name}-successor", environment={**program.environment, **own})


def ask(url: str, query: str, *arguments: object) -> Any:
    """One value of a database; None while it does not answer."""

    async def fetch() -> Any:
        connection = await asyncpg.connect(url, timeout=ASK_SECONDS)
        try:
            return await connection.fetchval(query, *arguments, timeout=ASK_SECONDS)
        finally:
            await connection.close(timeout=ASK_SECONDS)

    try:
        return asyncio.run(fetch())
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return None


def _running(home: Home, name: str) -> Running | None:
    state = State.read(home)
    process = state.processes.get(name) if state else None
    return Running(process.pid, process.started) if process and process.alive else None


def _send(running: Running, sign: signal.Signals) -> bool:
    try:
        os.kill(running.pid, sign)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def _frozen(running: Running) -> Iterator[None]:
    _send(running, signal.SIGSTOP)
    try:
        yield
    finally:
        if running.alive:
            _send(running, signal.SIGCONT)
