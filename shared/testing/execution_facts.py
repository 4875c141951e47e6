"""The public facts with which an execution begins, as other services publish them."""

from datetime import UTC, date, datetime, timedelta
from typing import Literal

from contracts.artefact_review import EntryGateHeld, PlannedDay, ScopeAgreed, ScopedTest
from contracts.certification import ExitGateHeld
from contracts.notification import EngagementNotified
from testing import notice

START = date(2027, 3, 1)
MORNING = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
PARTY = "ACME"
WEB_SERVICES = ("non-critical", "dcc-only")
SR = "SR:4.2:CV1-OD:S1"
SR_TOO = "SR:4.2:CV1-OD:S2"
RC = "RC:E13:S1"
ALERT = "AL:N1:S2"
IC = ("IC:IC02:1", "IC:IC02:2")
TESTS = (SR, SR_TOO, RC, ALERT)


def day(number: int) -> datetime:
    """The morning of a day of testing, counted from 1."""
    return MORNING + timedelta(days=number - 1)


def notified(organisation: str = PARTY) -> EngagementNotified:
    """A Party wants to become an Import Supplier."""
    return notice.notified(organisation, "IS", start_date=START)


def scope_agreed(tests: tuple[str, ...] = TESTS, web_services: tuple[str, ...] = WEB_SERVICES) -> ScopeAgreed:
    """The scope was agreed."""
    return ScopeAgreed(
        rulebook="ctsd-2026.1",
        tests=tuple(scoped(test) for test in tests),
        descoped=(),
        web_services=web_services,
        agreed_at=datetime(2027, 2, 1, 9, 0, tzinfo=UTC),
    )


def scoped(test: str) -> ScopedTest:
    """A test by its id."""
    kind, name, last = test.split(":")[0], test.split(":")[1], test.split(":")[-1]
    kinds = {"SR": "service-request", "RC": "response-code", "AL": "dcc-alert", "IC": "install-and-commission"}
    return ScopedTest(
        id=test,
        kind=kinds[kind],
        title=test,
        srv=name if kind == "SR" else None,
        order=int(last) if kind == "IC" else None,
    )


def gate_held(outcome: Literal["ready", "prevented"] = "ready") -> EntryGateHeld:
    """The entry gate was held: two tests a day."""
    return EntryGateHeld(
        gate="entry",
        body="dcc",
        outcome=outcome,
        criteria=(),
        start_date=START,
        schedule=(PlannedDay(day=START, tests=2), PlannedDay(day=date(2027, 3, 2), tests=2)),
        last_day=date(2027, 3, 2),
        reason="",
        held_by="dcc",
        held_at=datetime(2027, 2, 22, 9, 0, tzinfo=UTC),
    )


def exit_gate_held(outcome: Literal["complete", "further-testing"]) -> ExitGateHeld:
    """The exit gate was held."""
    return ExitGateHeld(
        gate="exit",
        body="dcc",
        outcome=outcome,
        criteria=(),
        meeting_on=START,
        reason="",
        held_by="dcc",
        held_at=MORNING,
    )
