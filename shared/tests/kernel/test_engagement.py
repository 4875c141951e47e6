"""What an engagement is called by."""

from kernel.engagement import key_of


def test_the_parts_of_a_key_stand_between_slashes() -> None:
    assert key_of(("SUPP", "ES")) == "SUPP/ES"


def test_no_two_keys_are_alike_whatever_their_parts_hold() -> None:
    parts = [("A/B", "C"), ("A", "B/C"), ("A%2FB", "C"), ("A", "B", "C"), ("A%252FB", "C")]
    assert len({key_of(each) for each in parts}) == len(parts)
