"""A whole stack of its own for the journeys and the faults, as `./assay up` starts it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest

from assay_lab.api_client import ApiClient
from assay_lab.demo import local_target
from assay_lab.scenario import Target
from assay_stack.home import Home
from assay_stack.services import SERVICES, address
from kernel.failure import tail
from rulebook.engine.folders import VARIABLE
from testing.made_up import FOLDER

START_SECONDS = 240
LINES_TOLD = 12

OpenClient = Callable[..., ApiClient]


@dataclass(frozen=True)
class Stack:
    """A stack that is up: its folder, and the address of each of its parts."""

    home: Home
    addresses: dict[str, str]


@contextmanager
def stack_in(home: Home) -> Iterator[Stack]:
    """A stack that is up in a folder. It reads the made-up document as well."""
    addresses = json.loads(_assay(home, "up"))["addresses"]
    try:
        yield Stack(home, addresses)
    finally:
        _assay(home, "down")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack in a folder of its own; it ends with the tests, which move its clock on, one after the other."""
    with stack_in(Home(tmp_path_factory.mktemp("stack"))) as up:
        yield up


@pytest.fixture(scope="session")
def home(stack: Stack) -> Home:
    """The folder of the stack that is up."""
    return stack.home


@pytest.fixture(scope="session")
def there(stack: Stack) -> Target:
    """The stack as a scenario sees it."""
    return local_target(stack.home, stack.addresses)


@pytest.fixture
def open_client(there: Target) -> Iterator[OpenClient]:
    """Opens a client for a role (none: for anybody) and a Party."""
    opened: list[ApiClient] = []

    def opened_client(role: str | None, party: str | None = None) -> ApiClient:
        opened.append(ApiClient(there.gateway, there.token(role, party) if role else None))
        return opened[-1]

    yield opened_client
    for each in opened:
        each.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With a failure, tell how each service of the stack stands: what it waits for, and the end of its log."""
    report = yield
    home = getattr(item, "funcargs", {}).get("home")
    if report.failed and isinstance(home, Home):
        report.sections += [(f"the stack: {service.name}", _told(home, service.name)) for service in SERVICES]
    return report


def _told(home: Home, service: str) -> str:
    try:
        said = httpx.get(f"{address(home.ports([service]), service)}/health/ready", timeout=5).text
    except httpx.HTTPError as error:
        said = repr(error)
    return f"{said}\n{tail(home.log / f'{service}.log', LINES_TOLD)}"


def _assay(home: Home, command: str) -> str:
    environment = {**os.environ, "ASSAY_HOME": str(home.folder), VARIABLE: str(FOLDER)}
    arguments = [sys.executable, "-m", "assay_cli", command, "--json"]
    done = subprocess.run(
        arguments, env=environment, capture_output=True, text=True, timeout=START_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
