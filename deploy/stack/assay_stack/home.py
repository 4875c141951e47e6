"""Where a stack keeps what is its own: one folder, ASSAY_HOME, by default `.assay` in the checkout."""

import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay_stack.ports import free_port, is_free
from kernel.failure import Failure

CHECKOUT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Home:
    """The folder of one stack; another folder is another stack, which can run beside it."""

    folder: Path

    @classmethod
    def here(cls) -> "Home":
        """The folder that ASSAY_HOME names, else the checkout's own."""
        return cls(Path(os.environ.get("ASSAY_HOME") or CHECKOUT / ".assay").expanduser().absolute())

    def make(self) -> None:
        """Make the folder and those inside. Others may pass through it, since PostgreSQL may run as another user."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for each in (self.files, self.mail, self.telemetry, self.log, self.run, self.keys, self.work):
                each.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise Failure(
                f"The stack's folder {self.folder} can't be made: {error.strerror}.",
                "Make room there, or set ASSAY_HOME to a folder that you may write.",
            ) from error

    @property
    def files(self) -> Path:
        """The object store of the services."""
        return self.folder / "files"

    @property
    def mail(self) -> Path:
        """What the SMTP sink caught, a file per mail."""
        return self.folder / "mail"

    @property
    def telemetry(self) -> Path:
        """Spans, as JSON lines."""
        return self.folder / "telemetry"

    @property
    def log(self) -> Path:
        """What each process printed."""
        return self.folder / "log"

    @property
    def run(self) -> Path:
        """Which processes run."""
        return self.folder / "run"

    @property
    def work(self) -> Path:
        """What each service runs in: nothing that lies there is needed again."""
        return self.folder / "work"

    @property
    def keys(self) -> Path:
        """Secrets: for this user only."""
        return self.folder / "keys"

    @property
    def signing(self) -> Path:
        """The certificates' signing key and its chain."""
        return self.keys / "signing"

    @property
    def restoring(self) -> Path:
        """What a restore makes before it takes its place; while it is there, the restore has not come to its end."""
        return self.folder / "restoring"

    @property
    def kafka_keys(self) -> Path:
        """Who is who to a Kafka that lets nobody else in: for this user only, a folder for each client."""
        return self.folder / "kafka-keys"

    @property
    def postgres(self) -> Path:
        """The PostgreSQL server's folder."""
        return self.folder / "postgres"

    @property
    def kafka(self) -> Path:
        """The broker's folder."""
        return self.folder / "kafka"

    def ports(self, names: Iterable[str]) -> dict[str, int]:
        """The port of each name: chosen when first asked for, and kept."""
        file = self.folder / "ports.json"
        kept: dict[str, int] = read_json(file, {})
        chosen = dict(kept)
        for name in names:
            if name not in chosen:
                chosen[name] = free_port(besides=chosen.values())
        if chosen != kept:
            write_json(file, chosen)
        return {name: chosen[name] for name in names}

    def passwords(self, names: Iterable[str]) -> dict[str, str]:
        """The database password of each role: made when first asked for, and kept."""
        file = self.keys / "passwords.json"
        kept: dict[str, str] = read_json(file, {})
        chosen = kept | {name: secrets.token_urlsafe(24) for name in names if name not in kept}
        if chosen != kept:
            write_json(file, chosen, mode=0o600)
        return {name: chosen[name] for name in names}


def require_free(home: Home, ports: Mapping[str, int]) -> None:
    """Fail when another program listens on one of the stack's ports."""
    taken = [f"{port} ({name})" for name, port in ports.items() if not is_free(port)]
    if taken:
        raise Failure(
            f"Another program listens on a port of this stack: {', '.join(taken)}.",
            f"Stop that program, or delete {home.folder / 'ports.json'} to have other ports chosen; no data is lost.",
        )


def read_json(file: Path, default: Any) -> Any:
    """What a JSON file holds, or the default where there is none."""
    try:
        return json.loads(file.read_text())
    except FileNotFoundError:
        return default
    except ValueError as error:
        raise Failure(f"{file} can't be read: it is not JSON.", "Delete it, and start again.") from error


def write_json(file: Path, value: Any, mode: int = 0o644) -> None:
    """Replace a JSON file as a whole."""
    write_whole(file, json.dumps(value, indent=2).encode() + b"\n", mode)


def write_whole(file: Path, data: bytes, mode: int) -> None:
    """Replace a file as a whole: whoever reads it sees the former or the new one, and never more rights than it has."""
    new = file.with_name(f".{file.name}.{os.getpid()}")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as output:
        output.write(data)
    new.replace(file)
