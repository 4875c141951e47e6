"""Which tests run on real servers: a plugin of pytest.

What asks for a server is marked `real`, so that `./assay check` leaves it out; what starts one and is not marked fails.
Files whose tests may take longest come first, so that no worker waits for another at the end.
"""

import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

import pytest

FIXTURES: Final = frozenset({"servers", "stack"})
"""Behind these real servers start."""
PROGRAMS: Final = frozenset({"java", "initdb", "postgres"})
"""Whoever starts one of these starts a server."""


class Guard:
    """Ends a test that starts a server and is not marked as real."""

    def __init__(self) -> None:
        self.running: pytest.Item | None = None

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Hear of everything that this process does, as `sys.addaudithook` tells it."""
        if event != "subprocess.Popen" or self.running is None or self.running.get_closest_marker("real"):
            return
        if PROGRAMS.intersection(Path(str(each)).name for each in arguments[1]):
            pytest.fail(f"{self.running.nodeid} starts real servers unseen: let it be marked as real.")


GUARD: Final = Guard()
sys.addaudithook(GUARD)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs on real servers, and put the files of the longest tests first."""
    for item in items:
        if FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.real)
    longest: dict[Path, float] = {}
    for item in items:
        longest[item.path] = max(longest.get(item.path, 0), _limit(item))
    items.sort(key=lambda item: longest[item.path], reverse=True)


def _limit(item: pytest.Item) -> float:
    """How many seconds a test says that it may take, 0 where it says nothing."""
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker else 0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Guard a test; one that runs tests itself is guarded again after them."""
    before, GUARD.running = GUARD.running, item
    try:
        return (yield)
    finally:
        GUARD.running = before
