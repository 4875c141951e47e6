"""The pages of the tutorial, from the first to the last: each command is run, and prints what its page shows."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.conftest import stack_in

from assay_stack.home import CHECKOUT, Home
from rulebook.engine.folders import VARIABLE
from testing.made_up import FOLDER

pytestmark = pytest.mark.timeout(300)
PAGES = CHECKOUT / "docs" / "tutorial"
CONTENTS = PAGES / "README.md"
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([a-z-]+\.md)\)")
END = "@@ the end of command"
SECONDS = 240


@dataclass(frozen=True)
class Command:
    """A command of a page, and the lines that the page shows after it."""

    page: str
    text: str
    shown: tuple[str, ...]


def commands(page: Path) -> Iterator[Command]:
    """The commands of a page, in their order."""
    for block in CONSOLE.findall(page.read_text(encoding="utf-8")):
        for text in block.split("\n$ ") if block.startswith("$ ") else ():
            command, *shown = text.removeprefix("$ ").strip().splitlines()
            yield Command(page.name, command, tuple(shown))


def pages() -> tuple[Path, ...]:
    """The pages in the order in which they are read."""
    return (CONTENTS, *(PAGES / name for name in dict.fromkeys(LINK.findall(CONTENTS.read_text(encoding="utf-8")))))


def pattern(shown: tuple[str, ...]) -> re.Pattern[str]:
    """What the output must be like: `...` stands for anything, alone on a line for any lines; spaces don't count."""
    lines = []
    for line in shown:
        if line.strip() == "...":
            lines.append(r"(?:.*\n)*?")
        else:
            words = [re.escape(word) if word != "..." else r".*" for word in line.split()]
            lines.append(r"\s*" + r"\s*".join(words) + r"\s*?\n")
    return re.compile("".join(lines))


def script(found: tuple[Command, ...]) -> str:
    """All commands for one shell, so that a variable of one page is there on the next."""
    assay = f'function ./assay {{ "{sys.executable}" -P -m assay_cli "$@"; }}'
    python = f'function .venv/bin/python {{ "{sys.executable}" "$@"; }}'
    runs = (f"{{ {each.text}\n}} 2>&1; echo; echo '{END}'" for each in found)
    return "\n".join((assay, python, *runs))


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The stack of a reader, who has just started it: its days are the pages'."""
    with stack_in(Home(tmp_path_factory.mktemp("stack"))) as up:
        yield up.home


@pytest.mark.real
def test_every_command_of_the_tutorial_prints_what_its_page_shows(home: Home, tmp_path: Path) -> None:
    found = tuple(command for page in pages() for command in commands(page))
    assert len(pages()) == 5
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
    (tmp_path / "docs").symlink_to(CHECKOUT / "docs")
    done = subprocess.run(
        ("bash", "-c", script(found)),
        cwd=tmp_path,
        env={**inherited, "ASSAY_HOME": str(home.folder), VARIABLE: str(FOLDER)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    outputs = done.stdout.split(f"{END}\n")[:-1]
    assert len(outputs) == len(found), done.stdout[-2_000:] + done.stderr
    wrong = [
        f"{each.page}: $ {each.text}\nshows\n" + "\n".join(each.shown) + f"\nbut it printed\n{printed}"
        for each, printed in zip(found, outputs, strict=True)
        if not pattern(each.shown).fullmatch(f"{printed.strip()}\n" if printed.strip() else "")
    ]
    assert not wrong, "\n\n".join(wrong)


def test_what_a_page_shows_is_compared_line_by_line() -> None:
    shown = pattern(("...", "id: ...", "uept ... notified", "..."))
    assert shown.fullmatch("a line\nid: 4\nuept   1   notified\nand more\n")
    assert shown.fullmatch("id: 4\nuept notified\n")
    assert not shown.fullmatch("a line\nuept notified\n")
    assert not shown.fullmatch("id: 4\nadditional-sr-uept notified\n")
    assert not pattern(()).fullmatch("something\n")
