"""The names under which events are stored."""

from dataclasses import dataclass

import pytest

from kernel.stored import by_stored_name, stored


@stored("opened")
@dataclass(frozen=True)
class Opened:
    """An event."""


@stored("closed")
@dataclass(frozen=True)
class Closed:
    """Another one."""


@stored("opened")
@dataclass(frozen=True)
class OpenedAgain:
    """One that takes the name of another."""


class Nameless(Opened):
    """One that has the name of what it descends from, and none of its own."""


def test_the_classes_of_a_union_are_found_by_their_names() -> None:
    assert by_stored_name(Opened | Closed) == {"opened": Opened, "closed": Closed}


def test_one_class_is_a_union_of_one() -> None:
    assert by_stored_name(Opened) == {"opened": Opened}


@pytest.mark.parametrize("events", [Opened | OpenedAgain, Opened | Nameless])
def test_every_event_needs_a_name_of_its_own(events: type) -> None:
    with pytest.raises(TypeError, match="needs a stored name of its own"):
        by_stored_name(events)
