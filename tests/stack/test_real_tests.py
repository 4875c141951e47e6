"""Tests on real servers are known before they run."""

import pytest

from assay_lab.real_tests import SERVERS, STACK

PLUGIN = """
import pytest

pytest_plugins = ["assay_lab.real_tests"]

@pytest.fixture(scope="session")
def servers():
    print("a server starts")

@pytest.fixture(scope="session")
def stack():
    print("a stack starts")

@pytest.fixture
def kafka(servers): pass
"""
QUIET = ("-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:xdist", "-o", "markers=real")


def test_what_asks_for_servers_or_says_so_is_real_and_the_rest_is_not(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(PLUGIN)
    pytester.makepyfile(
        """
        import pytest
        def test_pure(): pass
        def test_on_servers(kafka): pass
        def test_on_a_stack(stack): pass
        @pytest.mark.real
        def test_of_processes(): pass
        """
    )
    items, _ = pytester.inline_genitems(*QUIET)
    assert [item.name for item in items if item.get_closest_marker("real") is None] == ["test_pure"]


@pytest.mark.parametrize("name", [SERVERS, STACK])
def test_a_server_that_a_test_asks_for_unseen_is_not_started(pytester: pytest.Pytester, name: str) -> None:
    pytester.makeconftest(PLUGIN)
    pytester.makepyfile(f"def test_unseen(request): request.getfixturevalue({name!r})")
    result = pytester.runpytest_inprocess(*QUIET)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*test_unseen starts real servers unseen: let it name the fixture*"])
    result.stdout.no_fnmatch_line("* starts")
