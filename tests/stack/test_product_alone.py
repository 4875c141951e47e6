"""The product's commands on a machine that has neither the checkout nor the local stack."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from assay_lab import generated
from assay_stack.home import CHECKOUT

SHARED = ("kernel", "rulebook", "contracts", "chassis")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages as their distributions carry them."""
    folder = tmp_path_factory.mktemp("installed")
    shutil.copytree(CHECKOUT / "deploy" / "cli" / "assay_cli", folder / "assay_cli")
    shutil.copytree(CHECKOUT / "docs" / "clauses", folder / "assay_cli" / "clauses_data")
    for package in SHARED:
        shutil.copytree(CHECKOUT / "shared" / package, folder / package)
    return folder


def run(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command with these packages and those of the registry alone: -S leaves the checkout's paths out."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
    path = os.pathsep.join((str(installed), sysconfig.get_path("purelib")))
    command = (sys.executable, "-S", "-P", "-m", "assay_cli", *arguments)
    environment = {**inherited, "PYTHONPATH": path}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=installed)


def asked(installed: Path, *arguments: str) -> Any:
    """What a command prints with --json."""
    done = run(installed, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.real
def test_rulebook_questions_are_answered_from_what_is_installed(installed: Path) -> None:
    assert asked(installed, "plan", "--role", "IS", "--start", "2027-05-04")["steps"]
    assert asked(installed, "scope", "--role", "IS")["total"] == 245
    assert asked(installed, "why", "start-too-early")["clause"] == "CTSD 5.6.1.1"
    clause = asked(installed, "why", "CTSD 5.6.1.4")
    assert any("::test_" in note for note in clause["notes"]), "the tests that prove it"
    assert asked(installed, "rulebook", "editions")
    assert asked(installed, "rulebook", "clauses")["figures"]
    assert asked(installed, "rulebook", "check")["sound"] is True


def test_the_commands_of_the_stack_and_the_lab_are_not_there(installed: Path) -> None:
    offered = run(installed, "--help").stdout
    for command in ("plan", "scope", "why", "rulebook", "lag", "parked", "trace", "audit"):
        assert f"│ {command} " in offered
    for command in ("up", "down", "token", "demo", "soak", "test"):
        assert f"│ {command} " not in offered
    assert run(installed, "up").returncode == 2


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        (("lag",), "ASSAY_GATEWAY"),
        (("parked", "list"), "ASSAY_TOKEN"),
        (("audit", "verify"), "--database SERVICE="),
        (("trace", "0" * 32), "--telemetry"),
    ],
)
def test_a_command_says_what_to_name_where_there_is_no_stack(
    installed: Path, command: tuple[str, ...], wanted: str
) -> None:
    done = run(installed, *command)
    assert done.returncode == 1
    assert "No local stack is installed here" in done.stderr
    assert wanted in done.stderr


def test_the_catalogue_of_refusals_is_that_of_the_sources() -> None:
    stale = [str(path) for path, text in generated.files().items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "write them anew with ./assay rulebook pages"
