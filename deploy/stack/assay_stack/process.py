"""Processes that outlive the one that asks: told apart by id and start time, since ids are used again."""

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from assay_stack.ports import answers
from kernel.failure import Failure

POLL_SECONDS = 0.05


class Identity(TypedDict, total=False):
    """The arguments of `subprocess` that change the user."""

    user: str
    group: int
    extra_groups: Sequence[str]


@dataclass(frozen=True)
class Account:
    """As whom a program runs: a user (none: as oneself), made so by a command in front of it where one is given."""

    user: str | None = None
    prefix: tuple[str, ...] = ()

    def identity(self) -> "Identity":
        """What `subprocess` is to change before it starts the program."""
        if self.user is None or self.prefix:
            return Identity()
        return Identity(user=self.user, group=pwd.getpwnam(self.user).pw_gid, extra_groups=())


@dataclass(frozen=True)
class Program:
    """What is started, and which signal asks it to end in order."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    account: Account = Account()
    end: signal.Signals = signal.SIGTERM
    grace_seconds: float = 20.0
    folder: Path = Path("/")


@dataclass(frozen=True)
class Running:
    """One process that was started: another with the same id has another start time."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> "Running | None":
        """The process that has this id now."""
        started = _start_time(pid)
        return cls(pid, started) if started else None

    @classmethod
    def here(cls) -> "Running":
        """This process."""
        return cls.of(os.getpid()) or cls(os.getpid(), "")

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return _start_time(self.pid) == self.started


def launch(program: Program, log: Path) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, so that the terminal's signals don't reach it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            (*program.account.prefix, *program.command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **program.environment},
            cwd=program.folder,
            **program.account.identity(),
            start_new_session=True,
        )


def await_port(process: subprocess.Popen[bytes], program: Program, port: int, log: Path, seconds: float) -> None:
    """Wait until the program accepts connections on its port; fail when it ends or takes too long."""
    until = time.monotonic() + seconds
    while not answers(port):
        if process.poll() is not None:
            raise Failure(
                f"{program.name} ended with status {process.returncode} before it was ready.",
                "The end of its log says why.",
                log,
            )
        if time.monotonic() > until:
            end(process, program)
            raise Failure(
                f"{program.name} was not ready within {seconds:.0f} seconds.",
                "Try again on a machine that is less busy; the end of its log may say more.",
                log,
            )
        time.sleep(POLL_SECONDS)


def end(process: subprocess.Popen[bytes], program: Program) -> None:
    """End a child in order, and by force when it takes too long."""
    if process.poll() is not None:
        return
    with suppress(ProcessLookupError):
        process.send_signal(program.end)
    try:
        process.wait(program.grace_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_stray(running: Running, sign: signal.Signals, grace_seconds: float) -> None:
    """End a process that is no child of ours."""
    with suppress(ProcessLookupError):
        if running.alive:
            os.kill(running.pid, sign)
        if not gone(running, grace_seconds):
            os.kill(running.pid, signal.SIGKILL)
            gone(running, grace_seconds)


def gone(running: Running, seconds: float) -> bool:
    """Wait for a process to end; whether it did."""
    until = time.monotonic() + seconds
    while running.alive:
        if time.monotonic() > until:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _start_time(pid: int) -> str:
    if Path("/proc/self/stat").exists():
        return _start_time_of_proc(pid)
    asked = subprocess.run(("ps", "-o", "stat=,lstart=", "-p", str(pid)), capture_output=True, text=True, check=False)
    state, _, started = asked.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else started.strip()


def _start_time_of_proc(pid: int) -> str:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = text.rpartition(")")[2].split()  # the name before it may hold spaces and brackets
    return "" if fields[0] in "ZX" else fields[19]
