"""A whole stack of its own for the journeys and the faults, as `./assay up` starts it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator

import httpx
import pytest

from assay.demo import world
from assay.desk import Desk
from assay.failure import tail
from assay.home import Home
from assay.services import SERVICES, address
from assay.story import World

START_SECONDS = 240
LINES_TOLD = 12

OpenDesk = Callable[..., Desk]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A stack that is up, in a folder of its own; it ends with the tests."""
    home = Home(tmp_path_factory.mktemp("stack"))
    _assay(home, "up")
    try:
        yield home
    finally:
        _assay(home, "down")


@pytest.fixture(scope="session")
def there(home: Home) -> World:
    """The stack as a story sees it."""
    return world(home, json.loads(_assay(home, "up"))["addresses"])


@pytest.fixture
def desk(there: World) -> Iterator[OpenDesk]:
    """Opens a desk for a role (none: for anybody) and a Party."""
    opened: list[Desk] = []

    def open_desk(role: str | None, party: str | None = None) -> Desk:
        opened.append(Desk(there.gateway, there.token(role, party) if role else None))
        return opened[-1]

    yield open_desk
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
    environment = {**os.environ, "ASSAY_HOME": str(home.folder)}
    arguments = [sys.executable, "-m", "assay", command, "--json"]
    done = subprocess.run(
        arguments, env=environment, capture_output=True, text=True, timeout=START_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
