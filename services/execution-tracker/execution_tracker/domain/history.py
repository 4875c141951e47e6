"""Every result of every test, in the order in which they were executed: what the rules of execution look back at.

Figures need only the latest ones, so the dashboard's tally does without: see progress.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from execution_tracker.domain.events import Outcome, Purpose, ResultRecorded
from rulebook.engine.severities import SeverityLevel

FAULTS = ("failed", "blocked")
MINIMAL: SeverityLevel = 5
"""Of issues with which a test can still pass (CTSD Annex G)."""


@dataclass(frozen=True)
class Ran:
    """One result of a test."""

    run: str
    purpose: Purpose
    outcome: Outcome
    executed_at: datetime


History = Mapping[str, tuple[Ran, ...]]


def with_result(history: History, event: ResultRecorded) -> History:
    """The history after one more result, which may have been executed before those that are known."""
    ran = (*history.get(event.test, ()), Ran(event.run, event.purpose, event.outcome, event.executed_at))
    return {**history, event.test: tuple(sorted(ran, key=attrgetter("executed_at")))}


def as_of(history: History, test: str, instant: datetime) -> Ran | None:
    """What a test had come to at an instant, regression results apart."""
    known = (ran for ran in reversed(history.get(test, ())) if ran.executed_at <= instant)
    return next((ran for ran in known if ran.purpose != "regression"), None)


def last_fault(history: History, test: str) -> Ran | None:
    """The last result of a test, regression results too, that an issue could stand for."""
    return next((ran for ran in reversed(history.get(test, ())) if ran.outcome in FAULTS), None)


def last_shown(history: History, test: str, severity: SeverityLevel) -> Ran | None:
    """The last result of a test that could show an issue: a fault; of minimal severity also a pass (CTSD Annex G)."""
    fault = last_fault(history, test)
    if fault is None and severity == MINIMAL:
        return next((ran for ran in reversed(history.get(test, ())) if ran.outcome == "passed"), None)
    return fault
