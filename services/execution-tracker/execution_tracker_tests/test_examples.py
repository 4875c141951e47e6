"""The example results that come with the product can be recorded for every role, and tell the story they promise."""

import importlib.util
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from execution_tracker.aggregates import EXECUTION
from execution_tracker.domain.decisions import Command
from execution_tracker.domain.events import Event, ExecutionBegun, ScopedTest, ScopeSet
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.history import last_fault
from execution_tracker.domain.results import RecordResults, Result
from execution_tracker.imports import Row, read_results
from rulebook.engine.profile import profile
from rulebook.engine.scope.scope import ROLES, Item, Test, scope
from rulebook.engine.scope.scope import tests_of as scope_of
from testing.execution_events import BY, CONNECTED, NOW, START, engagement, fixed, raised
from testing.probe import Spec, deciding

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "uept-export-supplier"
Told = Spec[Command, Execution, Event]


def builder() -> Any:
    spec = importlib.util.spec_from_file_location("build_results", ROOT / "examples" / "build_results.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def connected(role: str, tests: tuple[Test, ...]) -> Told:
    begun = ExecutionBegun(engagement(role), START)
    agreed = ScopeSet(tuple(ScopedTest(test.id, test.kind, test.srv, test.order) for test in tests), ("non-critical",))
    return deciding(EXECUTION).given(begun, *CONNECTED[1:], agreed)


def result(row: Row, day: int) -> Result:
    purpose = row.purpose or "test"
    at = NOW + timedelta(days=day - 1)
    return Result(uuid4(), row.test, f"day {day}", row.outcome, at, purpose, row.verifies, row.script, row.line)


def executed(told: Told, folder: Path) -> Told:
    for day, file in enumerate(sorted(folder.glob("day-*")), start=1):
        rows = tuple(result(row, day) for row in read_results(file.read_bytes()))
        told = told.when(RecordResults(rows, BY, NOW + timedelta(days=day))).accepted()
    return told


def faulty(state: Execution) -> list[str]:
    return [test for test in state.history if last_fault(state.history, test)]


@pytest.mark.parametrize("role", ROLES)
def test_five_days_cover_the_scope_of_every_role_with_two_failures(role: str, tmp_path: Path) -> None:
    builder().build(role, (), tmp_path)
    state = executed(connected(role, scope(role).tests), tmp_path).state
    counts = state.progress.counts(state.tests)
    assert (counts.passed, counts.failed) == (len(state.tests) - 2, 2)
    outstanding, fixed_later = sorted(faulty(state))
    assert (state.tests[outstanding].srv, state.tests[fixed_later].kind) == (None, "service-request")


@pytest.mark.parametrize(("chosen", "days"), [(("4.2",), 2), (("4.2", "4.12.2", "4.8.3"), 5)])
def test_chosen_service_requests_are_executed_one_failing_and_fixed(
    chosen: tuple[str, ...], days: int, tmp_path: Path
) -> None:
    builder().build("ES", (), tmp_path, "additional-sr-dust", chosen)
    tests = scope_of(profile("additional-sr-dust"), {"role": "ES"}, chosen).tests
    told = executed(connected("ES", tests), tmp_path)
    assert len(list(tmp_path.glob("day-*"))) == min(days, len(tests))
    (failed,) = faulty(told.state)
    (row,) = read_results((tmp_path / "retest.csv").read_bytes())
    told = told.given(raised(1, failed), fixed(1))
    after = told.when(RecordResults((result(row, 6),), BY, NOW + timedelta(days=6))).accepted().state
    assert after.issues[1].status == "closed"
    assert after.progress.counts(after.tests).passed == len(tests)


def test_the_example_is_what_its_builder_writes(tmp_path: Path) -> None:
    builder().build("ES", descoping(), tmp_path)
    kept = EXAMPLE / "results"
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        file.name: file.read_bytes() for file in kept.iterdir()
    }


def test_the_retest_of_the_example_closes_the_second_issue() -> None:
    told = executed(connected("ES", scope("ES", descoping()).tests), EXAMPLE / "results")
    rows = read_results((EXAMPLE / "results" / "retest.csv").read_bytes())
    first, second = sorted(faulty(told.state))
    told = told.given(raised(1, first), raised(2, second, severity=2), fixed(2))
    after = told.when(RecordResults((result(rows[0], 5),), BY, NOW + timedelta(days=5))).accepted().state
    assert [issue.status for issue in after.issues.values()] == ["open", "closed"]


def descoping() -> tuple[Item, ...]:
    return tuple(Item(each["kind"], each["item"]) for each in json.loads((EXAMPLE / "descoping.json").read_text()))
