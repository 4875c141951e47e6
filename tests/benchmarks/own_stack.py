"""A stack of a benchmark's own, as `./assay` starts it, in a folder that is removed at the end."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assay_stack.home import Home

COMMAND_SECONDS = 300


@contextmanager
def own_home() -> Iterator[Home]:
    """The folder of a stack that is not up yet; whatever runs there at the end is ended."""
    with tempfile.TemporaryDirectory(prefix="assay-benchmark-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL may run as another user
        home = Home(Path(folder) / "home")
        try:
            yield home
        finally:
            assay(home, "down")


def assay(home: Home, command: str, *further: str) -> dict[str, Any]:
    """What an `./assay` command answers."""
    arguments = (sys.executable, "-m", "assay_cli", command, *further, "--json")
    environment = {**os.environ, "ASSAY_HOME": str(home.folder)}
    done = subprocess.run(
        arguments, env=environment, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command} failed: {done.stdout}{done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
