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


def test_what_is_kept_weighs_no_more_than_there_is_room_for() -> None:
    recent: Recent[str, int] = Recent(10, lambda value: value)
    recent.put_all([("one", 4), ("two", 4), ("three", 4)])
    assert [recent.get(key) for key in ("one", "two", "three")] == [None, 4, 4]
    recent.put("three", 8)
    assert [recent.get(key) for key in ("two", "three")] == [None, 8]
    recent.forget("three")
    recent.put_all([("four", 5), ("five", 5)])
    assert [recent.get(key) for key in ("four", "five")] == [5, 5]


def test_what_is_too_heavy_by_itself_is_not_kept() -> None:
    recent: Recent[str, int] = Recent(10, lambda value: value)
    recent.put("one", 11)
    recent.put("two", 10)
    assert [recent.get(key) for key in ("one", "two")] == [None, 10]
