"""What holds of a scope whatever is descoped or chosen."""

from hypothesis import given
from hypothesis import strategies as st

from rulebook.engine.scope.catalogue import mandatory_tests
from rulebook.engine.scope.scope import ROLES, Item, NothingToTest, additional_scope, matching, scope
from testing.present import present


def items(role: str) -> st.SearchStrategy[list[Item]]:
    tests = [
        test for test in mandatory_tests(role) if test.kind not in ("install-and-commission", "self-service-interface")
    ]
    whole = [Item(test.kind, present(test.code or test.srv)) for test in tests]
    variants = [Item(test.kind, f"{test.srv}:{test.variant}") for test in tests if test.variant]
    return st.lists(st.sampled_from([*whole, *variants]), max_size=6)


Drawn = tuple[str, list[Item], list[Item]]
"""A role, and items of its tests."""
ROLE_AND_ITEMS = st.sampled_from(ROLES).flatmap(lambda role: st.tuples(st.just(role), items(role), items(role)))


@given(ROLE_AND_ITEMS)
def test_descoping_never_widens_a_scope(drawn: Drawn) -> None:
    role, some, more = drawn
    wide, narrow = scope(role, some), scope(role, [*some, *more])
    assert set(narrow.tests) <= set(wide.tests) <= set(scope(role).tests)
    assert set(narrow.srvs) <= set(wide.srvs)


@given(ROLE_AND_ITEMS)
def test_a_scope_is_the_same_whatever_the_order_of_the_items(drawn: Drawn) -> None:
    role, some, more = drawn
    assert scope(role, [*some, *more]) == scope(role, [*more, *some, *some])


@given(ROLE_AND_ITEMS)
def test_what_is_left_out_is_exactly_what_the_items_match(drawn: Drawn) -> None:
    role, some, _ = drawn
    out = {test.id for item in some for test in matching(role, item)}
    assert {test.id for test in scope(role).tests} - {test.id for test in scope(role, some).tests} <= out
    assert not out & {test.id for test in scope(role, some).tests}


@given(ROLE_AND_ITEMS, st.sets(st.integers(min_value=0, max_value=30)))
def test_additional_sr_testing_never_takes_a_test_that_the_role_does_not_have(drawn: Drawn, numbers: set[int]) -> None:
    role, _, _ = drawn
    srvs = scope(role).srvs
    certified = {srvs[number % len(srvs)] for number in numbers}
    try:
        found = additional_scope(role, [Item("service-request", each) for each in srvs], certified)
    except NothingToTest:
        assert certified == set(srvs)
    else:
        assert set(found.tests) <= set(scope(role).tests)
        assert set(found.srvs) | certified == set(srvs)
        assert not set(found.srvs) & certified
