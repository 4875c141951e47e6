"""Which tests run on real servers, and which of them run one after the other when there are several workers.

A plugin of pytest. What asks for a server is marked `real`, so that `./assay check` leaves it out, and belongs to one
of two lanes, each the work of one worker: whole stacks and other processes in one, the servers that tests share in the
other. Everything else goes to whichever worker is free.
"""

from typing import Final

import pytest

SERVERS: Final = "servers"
STACK: Final = "stack"
"""The fixtures behind which real servers start, and the lanes of the tests that need them."""
RUNNING = pytest.StashKey[pytest.Item]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs on real servers, or says itself that it is real, and give it a lane."""
    for item in items:
        if {SERVERS, STACK}.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.real)
        if item.get_closest_marker("real"):
            item.add_marker(pytest.mark.xdist_group(_lane(item)))


def _lane(item: pytest.Item) -> str:
    """A stack can have no other beside it on two cores; most of the other tests wait more than they work."""
    names = getattr(item, "fixturenames", ())
    return SERVERS if SERVERS in names and STACK not in names else STACK


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
