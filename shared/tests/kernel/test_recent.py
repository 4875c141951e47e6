"""What is kept is bounded: what was not used for longest goes first."""

from kernel.recent import Recent


def test_what_was_not_used_for_longest_is_forgotten() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put_all([("one", 1), ("two", 2)])
    assert recent.get("one") == 1
    recent.put("three", 3)
    assert [recent.get(key) for key in ("one", "two", "three")] == [1, None, 3]


def test_a_value_that_is_put_again_takes_the_place_of_the_former() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put_all([("one", 1), ("two", 2), ("one", 3), ("four", 4)])
    assert [recent.get(key) for key in ("one", "two", "four")] == [3, None, 4]


def test_what_is_to_be_forgotten_is_forgotten() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("one", 1)
    recent.forget("one")
    recent.forget("two")
    assert recent.get("one") is None


def test_nothing_is_kept_where_there_is_room_for_nothing() -> None:
    recent: Recent[str, int] = Recent(0)
    recent.put("one", 1)
    assert recent.get("one") is None
