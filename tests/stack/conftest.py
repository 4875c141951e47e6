"""What the tests of the stack share."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from assay_stack.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty stack's folder."""
    home = Home(tmp_path / "home")
    home.make()
    return home


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str


class CommandLine:
    """The command line where no stack is up."""

    async def __call__(self, *arguments: str, **environment: str) -> Answer:
        """Run a command; of the variables that are ours it has only those given here."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "assay_cli", *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**inherited, "ASSAY_HOME": "/nowhere", **environment},
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return Answer(process.returncode, out.decode(), err.decode())


@pytest.fixture(scope="session")
def command_line() -> CommandLine:
    """The command line where no stack is up."""
    return CommandLine()
