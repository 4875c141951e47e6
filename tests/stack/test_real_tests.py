"""Tests on real servers are known before they run."""

import pytest

from assay_lab.real_tests import FIXTURES, PROGRAMS

PLUGIN = """
import pytest

pytest_plugins = ["assay_lab.real_tests"]

@pytest.fixture(scope="session")
def servers(): pass

@pytest.fixture(scope="session")
def stack(): pass

@pytest.fixture
def kafka(servers): pass
"""
QUIET = ("-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:xdist", "-o", "markers=real")
STARTING = """
import subprocess

import pytest

@pytest.fixture
def server():
    subprocess.run([{program!r}, "--version"])

def test_unseen(server): pass

@pytest.mark.real
def test_seen(server): pass
"""


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
    assert {"servers", "stack"} == FIXTURES


def test_files_whose_tests_may_take_longest_come_first_and_each_keeps_its_order(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(PLUGIN)
    long = """
        import pytest
        def test_before(): pass
        @pytest.mark.timeout({seconds})
        def test_long(): pass
    """
    pytester.makepyfile(
        test_a="def test_quick(): pass", test_b=long.format(seconds=300), test_c=long.format(seconds=600)
    )
    collected = pytester.runpytest_inprocess(*QUIET, "--collect-only", "-q").outlines
    assert [line for line in collected if "::" in line] == [
        *("test_c.py::test_before", "test_c.py::test_long", "test_b.py::test_before", "test_b.py::test_long"),
        "test_a.py::test_quick",
    ]


@pytest.mark.parametrize("program", sorted(PROGRAMS))
def test_a_server_that_a_test_starts_unseen_is_not_started(pytester: pytest.Pytester, program: str) -> None:
    started = pytester.path / "started"
    at = pytester.path / program
    at.write_text(f"#!/bin/sh\necho started >> {started}\n")
    at.chmod(0o755)
    pytester.makeconftest(PLUGIN)
    pytester.makepyfile(STARTING.format(program=str(at)))
    result = pytester.runpytest_inprocess(*QUIET)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*test_unseen starts real servers unseen: let it be marked as real*"])
    assert started.read_text() == "started\n", "by the test that is marked"
