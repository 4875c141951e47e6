"""Starting and ending a stack from outside: what `up`, `down`, `reset` and `status` do."""

import asyncio
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assay_stack import jars, services
from assay_stack.home import Home, require_free
from assay_stack.keys import make_keys
from assay_stack.ports import answers
from assay_stack.postgres import START_SECONDS, SUPERUSER, Postgres, await_server
from assay_stack.process import Running, await_port, end, gone, launch
from assay_stack.services import GATEWAY, SMTP, Service
from assay_stack.state import FAILED, UP, Process, State
from assay_stack.supervisor import INFRASTRUCTURE, end_leftovers, port_names
from kernel.failure import MAKE_ROOM, Failure

UP_SECONDS = 180.0
DOWN_SECONDS = 90.0
POLL_SECONDS = 0.1
TOO_MANY_RESTARTS = 3
POSTGRES = "postgres"
KEPT_BY_RESET = ("ports.json", "run")
ROOM_BYTES = 400_000_000
"""What a stack needs to start and to tell a story or two."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Status:
    """One program as it stands now."""

    name: str
    state: str
    """ready, starting, restarting or down"""
    pid: int | None
    restarts: int
    address: str


def up(home: Home, tell: Tell) -> dict[str, str]:
    """Start the stack unless it runs already, wait until every service is ready; the addresses."""
    chosen = services.chosen()
    services.require_services(chosen)
    home.make()
    with alone(home):
        require_restored(home)
        if not is_up(home):
            start(home, chosen, tell)
        with ended_on_failure(home, tell):
            await_services(home, chosen, tell)
    return addresses(home, chosen)


def start(home: Home, chosen: tuple[Service, ...], tell: Tell) -> None:
    """Start the supervisor of a stack that does not run; who calls is alone with it."""
    _prepare(home, chosen, tell)
    _start_supervisor(home)


@contextmanager
def ended_on_failure(home: Home, tell: Tell) -> Iterator[None]:
    """Leave nothing running where what follows does not come to its end."""
    try:
        yield
    except BaseException:
        tell("Ending what was started.")
        _end(home)
        raise


def require_restored(home: Home) -> None:
    """Fail where a restore began and has not come to its end."""
    if home.restoring.exists():
        raise Failure(
            f"A restore of the stack in {home.folder} began and did not come to its end.",
            "Give the same `assay restore` again: it goes on. (`assay reset` removes everything.)",
        )


def require_stopped(home: Home) -> None:
    """Fail where any program of the stack runs."""
    state = State.read(home)
    if state is not None and (state.supervisor.alive or state.left_running()):
        raise Failure(f"The stack in {home.folder} runs.", "End it with `assay down` first.")


def down(home: Home, tell: Tell) -> list[str]:
    """End everything in order; the names of what had to be ended after a supervisor was killed."""
    home.make()
    with alone(home):
        if is_up(home):
            tell("Ending the services, then Kafka and PostgreSQL.")
        return _end(home)


def reset(home: Home, tell: Tell) -> None:
    """End the stack and remove all it has stored; its ports stay."""
    down(home, tell)
    for each in home.folder.iterdir():
        if each.name not in KEPT_BY_RESET:
            _remove(each)


def status(home: Home) -> list[Status]:
    """Every program of the stack."""
    chosen = services.chosen()
    ports = home.ports(port_names()) if home.run.exists() else {}
    state = State.read(home)
    names = ("postgres", "kafka", SMTP, *(service.name for service in chosen))
    return [_status(name, ports, state) for name in names]


def left_alone(home: Home) -> tuple[str, ...]:
    """What still runs although its supervisor is gone: nobody starts it again when it ends."""
    state = State.read(home)
    return tuple(state.left_running()) if state is not None and not state.supervisor.alive else ()


def is_up(home: Home) -> bool:
    """Whether a supervisor looks after this stack."""
    state = State.read(home)
    return state is not None and state.supervisor.alive


def addresses(home: Home, chosen: tuple[Service, ...]) -> dict[str, str]:
    """Where to look."""
    ports = home.ports(port_names())
    gateway = services.address(ports, GATEWAY.name) if GATEWAY in chosen else None
    pages = {"gateway": gateway, "api": f"{gateway}/docs"} if gateway else {}
    return {
        **pages,
        **{service.name: services.address(ports, service.name) for service in chosen if service != GATEWAY},
        "kafka": f"127.0.0.1:{ports['kafka']}",
        "postgres": f"127.0.0.1:{ports['postgres']}",
        "mail": str(home.mail),
        "logs": str(home.log),
        "traces": str(home.telemetry),
    }


def _prepare(home: Home, chosen: tuple[Service, ...], tell: Tell) -> None:
    if left := end_leftovers(home):
        tell(f"Ended what a supervisor that died had left running: {', '.join(left)}.")
    State.forget(home)
    require_room(home)
    listening = {*INFRASTRUCTURE, *(service.name for service in chosen)}
    require_free(home, {name: port for name, port in home.ports(port_names()).items() if name in listening})
    make_keys(home)
    tell("Looking for the parts of Kafka; what is missing is fetched once.")
    jars.jars()


def require_room(home: Home, besides: int = 0) -> None:
    """Say so before the disk is full: a broker or a database that finds no room ends in the middle of something."""
    free, needs = shutil.disk_usage(home.folder).free, ROOM_BYTES + besides
    if free < needs:
        needed = f"a stack needs {needs / 1e6:.0f} MB"
        raise Failure(f"The disk of {home.folder} has {free / 1e6:.0f} MB left; {needed}.", MAKE_ROOM)


def _start_supervisor(home: Home) -> None:
    log = home.log / "supervisor.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            (sys.executable, "-m", "assay_stack.supervisor"),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=home.folder,
            env={**os.environ, **services.PYTHON, "ASSAY_HOME": str(home.folder)},
            start_new_session=True,
        )
    until = time.monotonic() + UP_SECONDS
    while (state := State.read(home)) is None or state.supervisor.pid != process.pid:
        if process.poll() is not None or time.monotonic() > until:
            raise Failure("The supervisor ended as soon as it was started.", "The end of its log says why.", log)
        time.sleep(POLL_SECONDS)


def await_services(
    home: Home, chosen: tuple[Service, ...], tell: Tell, there: Callable[[int], bool] | None = None, word: str = "ready"
) -> None:
    """Wait until each service is ready at its port, or whatever else is asked of it."""
    there = there or _is_ready
    waiting = {service.name for service in chosen}
    ports = home.ports(port_names())
    until = time.monotonic() + UP_SECONDS
    started = False
    while waiting or not started:
        state = _working_state(home)
        if state.phase == UP and not started:
            started = True
            tell("Kafka and PostgreSQL are up; waiting for the services.")
        for name in sorted(waiting):
            _require_no_crash(home, state, name)
            if started and _stands(ports) and there(ports[name]):
                waiting.discard(name)
                tell(f"{name} is {word}.")
        if time.monotonic() > until:
            slow = min(waiting, default="supervisor")
            raise Failure(
                f"Not ready within {UP_SECONDS:.0f} seconds: {', '.join(sorted(waiting))}.",
                f"See the logs in {home.log}.",
                home.log / f"{slow}.log",
            )
        time.sleep(POLL_SECONDS)


def _stands(ports: dict[str, int]) -> bool:
    """Whether what the services stand on answers."""
    return all(answers(ports[name]) for name in ("postgres", "kafka"))


def _working_state(home: Home) -> State:
    state = State.read(home)
    if state is not None and state.phase == FAILED and state.failure:
        failure = Failure(state.failure["what"], state.failure["remedy"])
        failure.log = state.failure["log"]
        raise failure
    if state is None or not state.supervisor.alive:
        log = home.log / "supervisor.log"
        raise Failure("The supervisor has ended.", "The end of its log says why; start again with up.", log)
    return state


def _require_no_crash(home: Home, state: State, name: str) -> None:
    process = state.processes.get(name)
    if process is not None and process.restarts >= TOO_MANY_RESTARTS:
        raise Failure(
            f"{name} ended {process.restarts} times before it was ready, last with status {process.last_exit}.",
            "The end of its log says why.",
            home.log / f"{name}.log",
        )


def _is_ready(port: int) -> bool:
    try:
        with _OPENER.open(f"http://127.0.0.1:{port}/health/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # the loopback is behind no proxy


def _end(home: Home) -> list[str]:
    state = State.read(home)
    if state is not None and state.supervisor.alive:
        supervisor = Running(state.supervisor.pid, state.supervisor.started)
        os.kill(supervisor.pid, signal.SIGTERM)
        if not gone(supervisor, DOWN_SECONDS):
            os.kill(supervisor.pid, signal.SIGKILL)
            gone(supervisor, DOWN_SECONDS)
    left = end_leftovers(home)
    State.forget(home)
    return left


def _status(name: str, ports: dict[str, int], state: State | None) -> Status:
    process = state.processes.get(name) if state else None
    address = f"127.0.0.1:{ports[name]}" if name in ports else ""
    if process is None or not process.alive:
        restarting = state is not None and state.supervisor.alive and process is not None
        return Status(name, "restarting" if restarting else "down", None, process.restarts if process else 0, address)
    ready = answers(ports[name]) if name in INFRASTRUCTURE else _is_ready(ports[name])
    return Status(name, "ready" if ready else "starting", process.pid, process.restarts, address)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


@contextmanager
def alone(home: Home, wait: bool = True) -> Iterator[None]:
    """One command at a time starts, ends, backs up or restores this stack; another waits, or is refused."""
    with (home.run / "command.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure(
                "Another command starts, ends, backs up or restores this stack.",
                "Wait until it has ended, and look at `assay status` before you go on.",
            ) from None
        yield


@contextmanager
def serving(home: Home) -> Iterator[Postgres]:
    """The PostgreSQL of a stack that does not run, alone.

    It is written down as a running stack's is, so that the next command ends it where this one is killed.
    """
    port, password = home.ports([POSTGRES])[POSTGRES], home.passwords([SUPERUSER])[SUPERUSER]
    server, log = Postgres(home.postgres, port, password), home.log / f"{POSTGRES}.log"
    server.prepare()
    program = server.program()
    process = launch(program, log)
    try:
        me, started = Running.here(), Running.of(process.pid)
        if started:
            kept = {POSTGRES: Process(started.pid, started.started)}
            State(Process(me.pid, me.started), processes=kept).write(home)
        await_port(process, program, server.port, log, START_SECONDS)
        asyncio.run(await_server(server, START_SECONDS))
        yield server
    finally:
        end(process, program)
        State.forget(home)
