"""Which tests build on which: the steps of an install and commission scenario, by the rulebook (CTSD 8.1.2)."""

from collections.abc import Callable

from execution_tracker.domain import guards
from execution_tracker.domain.execution import Execution
from rulebook.engine.scope.catalogue import Test
from rulebook.engine.scope.scope import tests_of


def predecessors(test: str, state: Execution) -> tuple[str, ...]:
    """The tests of the scope that must have passed before a test is executed, in their order."""
    return _steps(test, state, lambda this, other: this.follows(other))


def successors(test: str, state: Execution) -> tuple[str, ...]:
    """The tests of the scope that must not be executed before a test has passed, in their order."""
    return _steps(test, state, lambda this, other: other.follows(this))


def _steps(test: str, state: Execution, related: Callable[[Test, Test], bool]) -> tuple[str, ...]:
    if state.tests[test].order is None:
        return ()
    known = guards.engagement(state)
    every = tests_of(known.profile, known.subject.fields)
    ordered = (each for each in state.tests.values() if each.order is not None)
    steps = [found for each in ordered if (found := every.test(each.id))]
    this = next((each for each in steps if each.id == test), None)
    of_this = (each for each in steps if this and related(this, each))
    return tuple(each.id for each in sorted(of_this, key=lambda each: each.order or 0))
