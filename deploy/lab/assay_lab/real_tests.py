"""Which tests run on real servers: a plugin of pytest.

What asks for a server is marked `real`, so that `./assay check` leaves it out.
"""

from typing import Final

import pytest

SERVERS: Final = "servers"
STACK: Final = "stack"
"""The fixtures behind which real servers start."""
RUNNING = pytest.StashKey[pytest.Item]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs on real servers."""
    for item in items:
        if {SERVERS, STACK}.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.real)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remember which test is running."""
    item.session.stash[RUNNING] = item


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest) -> None:
    """A server that a test asks for only while it runs was not seen when the tests were marked."""
    running = request.session.stash[RUNNING]
    if fixturedef.argname in (SERVERS, STACK) and not running.get_closest_marker("real"):
        pytest.fail(f"{running.nodeid} starts real servers unseen: let it name the fixture, or mark it as real.")
