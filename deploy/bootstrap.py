"""Makes the checkout's environment, `.venv`, from pinned and hashed requirements; at once when it is as it should be.

Runs before anything is installed: the standard library only.
"""

import csv
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

NEEDS = {"runtime": ("runtime",), "test": ("runtime", "test")}
ROOM_BYTES = 1_500_000_000
ENDING_LINES = 15


class Unable(Exception):
    """`args` say what happened, and what to do."""


def main(root: Path, needs: str) -> None:
    """Complete the environment."""
    venv = root / ".venv"
    if is_complete(root, venv, needs):
        return
    (root / ".assay").mkdir(exist_ok=True)
    with (root / ".assay" / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_complete(root, venv, needs):
            complete(root, venv, needs)


def is_complete(root: Path, venv: Path, needs: str) -> bool:
    """Whether the environment has what these requirements ask for."""
    stamp = stamp_file(venv, needs)
    return (venv / "bin" / "python").exists() and stamp.exists() and stamp.read_text() == digest(root, venv, needs)


def stamp_file(venv: Path, needs: str) -> Path:
    """Where a completed environment says what it was completed for."""
    return venv / f"assay-{needs}.stamp"


def digest(root: Path, venv: Path, needs: str) -> str:
    """What the environment depends on: the requirements, its Python, and where the checkout lies."""
    text = hashlib.sha256(str(root).encode())
    for file in (venv / "pyvenv.cfg", *requirements(root, ("uv", *NEEDS[needs]))):
        text.update(file.read_bytes() if file.exists() else b"")
    text.update("\n".join(paths(root)).encode())
    return text.hexdigest()


def requirements(root: Path, names: tuple[str, ...]) -> list[Path]:
    """The pinned requirements of these names."""
    return [root / "requirements" / f"{name}.txt" for name in names]


def paths(root: Path) -> list[str]:
    """The folders that hold the checkout's own packages."""
    services = sorted(folder for folder in (root / "services").glob("*") if folder.is_dir())
    ours = (root / "shared", *(root / "deploy" / name for name in ("cli", "stack", "lab")), *services)
    return [str(folder) for folder in ours]


def complete(root: Path, venv: Path, needs: str) -> None:
    """Make what is missing. The stamp is written last: what was interrupted is done again."""
    say("Setting up the environment; this takes a minute, once.")
    require_room(root, venv)
    if not works(venv):
        shutil.rmtree(venv, ignore_errors=True)
        step("Python could not make an environment", sys.executable, "-m", "venv", str(venv))
    python = str(venv / "bin" / "python")
    if not quiet(python, "-c", "import pip"):
        step("pip could not be added to the environment", python, "-m", "ensurepip")
    files = [part for file in requirements(root, NEEDS[needs]) for part in ("-r", str(file))]
    uv = requirements(root, ("uv",))[0]
    step("the installer could not be installed", python, "-m", "pip", *PIP, "--require-hashes", "-r", str(uv))
    install(venv, python, files)
    (packages(python) / "assay-checkout.pth").write_text("\n".join(paths(root)) + "\n")
    stamp_file(venv, needs).write_text(digest(root, venv, needs))


PIP = ("install", "--quiet", "--disable-pip-version-check", "--no-input")


def install(venv: Path, python: str, files: list[str]) -> None:
    """Install with uv, which takes seconds; where it can't, with pip, which knows this machine's network better."""
    command = ("pip", "install", "--quiet", "--compile-bytecode", "--require-hashes", "--python", python, *files)
    uv, environment = str(venv / "bin" / "uv"), uv_environment()
    if quiet(uv, *command, environment=environment):
        again = (*command, "--reinstall")  # an installer that was interrupted leaves what looks installed
        if is_whole(packages(python)) or quiet(uv, *again, environment=environment):
            return
    say("That did not work with uv; trying it with pip, which takes some minutes.")
    step("what Assay is built on could not be installed", python, "-m", "pip", *PIP, "--require-hashes", *files)


def packages(python: str) -> Path:
    """Where an environment keeps its packages."""
    asked = (python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    return Path(subprocess.check_output(asked, text=True).strip())


def is_whole(site: Path) -> bool:
    """Whether every file is there that an installed package says it consists of."""
    records = [folder / "RECORD" for folder in site.glob("*.dist-info")]
    return all(record.exists() and all((site / name).exists() for name in files_of(record)) for record in records)


def files_of(record: Path) -> list[str]:
    """The files that a package's record names, without compiled modules."""
    with record.open(newline="") as lines:
        return [row[0] for row in csv.reader(lines) if row and not row[0].endswith(".pyc")]


def uv_environment() -> dict[str, str]:
    """What this machine tells pip about its network, told to uv."""
    told = {"UV_DEFAULT_INDEX": "PIP_INDEX_URL", "UV_FIND_LINKS": "PIP_FIND_LINKS", "SSL_CERT_FILE": "PIP_CERT"}
    ours = {name: os.environ[pip] for name, pip in told.items() if pip in os.environ and name not in os.environ}
    return {**os.environ, "UV_LINK_MODE": "copy", "UV_SYSTEM_CERTS": "1", **ours}


def works(venv: Path) -> bool:
    """Whether the environment has a Python that starts and is new enough."""
    python = venv / "bin" / "python"
    test = f"import sys; sys.exit(sys.version_info < (3, 11) or sys.prefix != {str(venv)!r})"
    return python.exists() and quiet(str(python), "-c", test)


def require_room(root: Path, venv: Path) -> None:
    """Say so before the disk is full."""
    free = shutil.disk_usage(root).free
    if not works(venv) and free < ROOM_BYTES:
        raise Unable(
            f"The disk of {root} has {free / 1e9:.1f} GB left; the environment and a stack need"
            f" {ROOM_BYTES / 1e9:.1f} GB.",
            "Make room and try again.",
        )


def quiet(*command: str, environment: dict[str, str] | None = None) -> bool:
    """Run something whose failure is an answer."""
    try:
        return subprocess.run(command, capture_output=True, check=False, env=environment).returncode == 0
    except OSError:
        return False


def step(what_failed: str, *command: str) -> None:
    """Run something that must succeed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        say("\n".join(done.stdout.splitlines()[-ENDING_LINES:]))
        raise Unable(f"Set-up stopped: {what_failed}.", remedy(done.stdout))


def remedy(output: str) -> str:
    """What to do about a failed step, by what it printed."""
    if "No space left" in output:
        return "The disk is full: make room and try again."
    if "DO NOT MATCH THE HASHES" in output or "hash mismatch" in output.lower():
        return "A package is not the file that was pinned: it was refused. Check which registry this machine is set to."
    if "Permission denied" in output:
        return "A folder may not be written: run it as the user who owns the checkout."
    return "Check that this machine reaches its Python package registry (proxy and certificate settings) and try again."


def say(text: str) -> None:
    """Tell how it goes."""
    print(text, file=sys.stderr, flush=True)


def fail(what: str, remedy: str) -> NoReturn:
    """Say what happened and what to do; where the command was asked for JSON, as its one document too."""
    if "--json" in sys.argv:
        print(json.dumps({"failure": {"what": what, "remedy": remedy, "log": []}}, indent=2))
    sys.exit(f"{what} {remedy}".strip())


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2])
    except Unable as unable:
        fail(*unable.args)
    except KeyboardInterrupt:
        fail("Set-up was interrupted.", "The next start goes on with it.")
    except OSError as error:
        fail(f"Set-up stopped: {error}.", "Make room or mend the rights of the checkout's folder, and try again.")
