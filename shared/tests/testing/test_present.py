"""What tests take for given fails where it is not so."""

import pytest

from testing.present import present


def test_a_value_that_is_there_is_given_back_and_one_that_is_absent_fails_the_test_that_needs_it() -> None:
    assert present(0) == 0
    with pytest.raises(AssertionError, match="There is no such value here"):
        present(None)
