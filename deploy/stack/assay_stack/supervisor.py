"""The process behind a running stack: it starts everything, starts again what dies, and ends all in order."""

import asyncio
import fcntl
import signal
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen

from assay_stack import kafka, postgres, services, topics
from assay_stack.home import Home
from assay_stack.kafka import Kafka
from assay_stack.ports import answers
from assay_stack.postgres import Postgres
from assay_stack.process import POLL_SECONDS, Program, Running, end, end_stray, launch
from assay_stack.services import SERVICES, SMTP, Service
from assay_stack.state import FAILED, STOPPING, UP, Process, State
from kernel.broker import client_options
from kernel.failure import Failure, remedy_of

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
STABLE_SECONDS = 10.0
LARGEST_LOG = 20_000_000
THREADS = 64
INFRASTRUCTURE = ("postgres", "kafka", "kafka-controller", SMTP)

Changed = Callable[[str, Process], None]


class Keeper:
    """Keeps one program running until it is told to end it."""

    def __init__(self, program: Program, log: Path, changed: Changed) -> None:
        self._program = program
        self._log = log
        self._changed = changed
        self._ending = asyncio.Event()
        self._process: Popen[bytes] | None = None
        self.restarts = 0

    async def keep(self) -> None:
        """Start the program, and again whenever it has ended, after a pause that grows while it ends at once."""
        pause, last_exit = FIRST_PAUSE, None
        while not self._ending.is_set():
            since = time.monotonic()
            try:
                process = self._start(last_exit)
            except OSError as error:
                # A disk that is full, or no process to be had: it may pass, and nobody else would try again.
                say(f"{self._program.name} can't be started: {error}; it is tried again in {pause:.1f} s")
            else:
                last_exit = await asyncio.to_thread(process.wait)
                if self._ending.is_set():
                    return
                pause = FIRST_PAUSE if time.monotonic() - since > STABLE_SECONDS else pause
                say(f"{self._program.name} ended with status {last_exit}; it starts again in {pause:.1f} s")
            self.restarts += 1
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._ending.wait()
            pause = min(pause * 2, LONGEST_PAUSE)

    async def end(self) -> None:
        """End it, in order where it lets itself be told."""
        self._ending.set()
        if self._process is not None:
            await asyncio.to_thread(end, self._process, self._program)

    def _start(self, last_exit: int | None) -> Popen[bytes]:
        _shorten(self._log)
        self._process = process = launch(self._program, self._log)
        running = Running.of(process.pid) or Running(process.pid, "")
        self._changed(self._program.name, Process(running.pid, running.started, self.restarts, last_exit))
        return process


class Supervisor:
    """All keepers of one stack."""

    def __init__(self, home: Home, chosen: tuple[Service, ...]) -> None:
        self._home = home
        self._services = chosen
        self._ports = home.ports(port_names())
        roles = [service.name for service in chosen]
        self._passwords = home.passwords((postgres.SUPERUSER, *roles))
        self._postgres = Postgres(home.postgres, self._ports["postgres"], self._passwords[postgres.SUPERUSER])
        self._kafka = Kafka(home.kafka, self._ports["kafka"], self._ports["kafka-controller"])
        me = Running.here()
        self._state = State(Process(me.pid, me.started))
        self._keepers: dict[str, Keeper] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def run(self, stop: asyncio.Event) -> None:
        """Start everything, wait until told to stop, end everything."""
        self._state.write(self._home)
        starting = asyncio.create_task(self._start())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                self._phase(UP)
                await stopping
        finally:
            starting.cancel()
            stopping.cancel()
            self._phase(STOPPING)
            await self._end()

    async def _start(self) -> None:
        self._keep(self._mail_sink())
        _, addresses = await asyncio.gather(self._start_kafka(), self._start_postgres())
        # A consumer that subscribes before its topic exists would look for it again only half a minute later.
        for service in self._services:
            self._keep(services.program(service, self._home, self._ports, addresses[service.name]))

    async def _start_kafka(self) -> None:
        await asyncio.to_thread(self._kafka.prepare)
        self._keep(self._kafka.program())
        await self._until_it_answers("kafka", self._kafka.port, kafka.START_SECONDS)
        created = await topics.create(client_options(self._kafka.bootstrap))
        say(f"kafka is up, {len(created)} topics were created")

    async def _start_postgres(self) -> dict[str, str]:
        await asyncio.to_thread(self._postgres.prepare)
        self._keep(self._postgres.program())
        await self._until_it_answers("postgres", self._postgres.port, postgres.START_SECONDS)
        await postgres.await_server(self._postgres, postgres.START_SECONDS)
        say("postgres is up")
        return {
            service.name: await postgres.create_database(self._postgres, service.name, self._passwords[service.name])
            for service in self._services
        }

    def _mail_sink(self) -> Program:
        command = (sys.executable, "-m", "assay_stack.mailbox", str(self._home.mail), str(self._ports[SMTP]))
        return Program(SMTP, command, services.PYTHON, folder=self._home.folder)

    def _keep(self, program: Program) -> None:
        keeper = Keeper(program, self._home.log / f"{program.name}.log", self._changed)
        self._keepers[program.name] = keeper
        self._tasks.append(asyncio.create_task(keeper.keep()))

    async def _until_it_answers(self, name: str, port: int, seconds: float) -> None:
        """What everything else stands on must start at the first attempt: whatever is wrong won't mend itself."""
        until = time.monotonic() + seconds
        while not answers(port):
            log = self._home.log / f"{name}.log"
            if self._keepers[name].restarts:
                raise Failure(f"{name} ended before it was ready.", "The end of its log says why.", log)
            if time.monotonic() > until:
                raise Failure(f"{name} was not ready within {seconds:.0f} seconds.", "Try again; see its log.", log)
            await asyncio.sleep(POLL_SECONDS)

    async def _end(self) -> None:
        """Services first, so that they can still store and publish; then what they stood on."""
        below = {name: keeper for name, keeper in self._keepers.items() if name in INFRASTRUCTURE}
        await _end_all(keeper for name, keeper in self._keepers.items() if name not in below)
        await _end_all(below.values())
        await asyncio.gather(*self._tasks)

    def _changed(self, name: str, process: Process) -> None:
        self._state.processes[name] = process
        self._remember_state()

    def _phase(self, phase: str) -> None:
        self._state.phase = phase
        self._remember_state()

    def _remember_state(self) -> None:
        """What the disk has no room for is written with the next change: the processes are kept all the same."""
        try:
            self._state.write(self._home)
        except OSError as error:
            say(f"the state can't be written: {error}")


def port_names() -> tuple[str, ...]:
    """Everything that may listen."""
    return (*INFRASTRUCTURE, *(service.name for service in SERVICES))


def end_leftovers(home: Home, grace_seconds: float = 20.0) -> list[str]:
    """End what a supervisor that was killed has left running; the names of what was ended."""
    state = State.read(home)
    left = state.left_running() if state else {}
    for name, process in left.items():
        sign = signal.SIGINT if name == "postgres" else signal.SIGTERM
        end_stray(Running(process.pid, process.started), sign, grace_seconds)
    return list(left)


def say(text: str) -> None:
    """Tell the supervisor's own log."""
    with suppress(OSError):  # the log's disk may be full
        print(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {text}", flush=True)


def main() -> None:
    """Supervise the stack of ASSAY_HOME until SIGTERM."""
    home = Home.here()
    with (home.run / "supervisor.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit("another supervisor looks after this stack") from None
        try:
            asyncio.run(_supervise(home))
        except Failure as failure:
            _remember(home, failure)
            raise SystemExit(str(failure)) from failure
        except Exception as error:
            unexpected = f"The supervisor failed: {type(error).__name__}: {error}."
            _remember(home, Failure(unexpected, remedy_of(error), home.log / "supervisor.log"))
            raise
        State.forget(home)


async def _supervise(home: Home) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    loop.set_default_executor(ThreadPoolExecutor(THREADS))  # one waits for each process
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(sign, stop.set)
    if left := await asyncio.to_thread(end_leftovers, home):
        say(f"ended what was left running: {', '.join(left)}")
    await Supervisor(home, services.chosen()).run(stop)


def _remember(home: Home, failure: Failure) -> None:
    state = State.read(home)
    if state is not None:
        state.phase = FAILED
        state.failure = {"what": failure.what, "remedy": failure.remedy, "log": failure.log}
        state.write(home)


async def _end_all(keepers: Iterable[Keeper]) -> None:
    await asyncio.gather(*(keeper.end() for keeper in keepers))


def _shorten(log: Path) -> None:
    with suppress(FileNotFoundError):
        if log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))


if __name__ == "__main__":
    main()
