from datetime import timedelta

import pytest

from execution_tracker.aggregates import EXECUTION
from execution_tracker.domain.events import ScopeSet, StartConfirmed, StartMoved
from execution_tracker.domain.inbound import BeginExecution, ConfirmStart, MoveStart, SetScope
from kernel.audience import ForeignParty, WrongRole
from testing.execution_events import START, begun, confirmed, scoped
from testing.probe import deciding

spec = deciding(EXECUTION)
begin = BeginExecution(begun.engagement, begun.start_date)
set_scope = SetScope(scoped.tests, scoped.web_services)
confirm = ConfirmStart(confirmed.start_date, confirmed.schedule)


def test_the_facts_of_other_services_may_come_in_any_order() -> None:
    spec.given().when(set_scope).then(scoped).when(confirm).then(confirmed).when(begin).then(begun)


def test_a_fact_that_is_known_already_changes_nothing() -> None:
    for command in (begin, set_scope, confirm):
        spec.given(begun, scoped, confirmed).when(command).then_nothing()


def test_scope_and_schedule_follow_what_is_agreed_anew() -> None:
    smaller = SetScope(scoped.tests[:2], scoped.web_services)
    spec.given(begun, scoped).when(smaller).then(ScopeSet(scoped.tests[:2], scoped.web_services))
    other = ConfirmStart(START, ())
    spec.given(begun, scoped, confirmed).when(other).then(StartConfirmed(START, ()))


def test_the_planned_start_follows_the_reschedule() -> None:
    later = START + timedelta(days=7)
    moved = spec.given(begun).when(MoveStart(later)).then(StartMoved(later))
    moved.when(MoveStart(later)).then_nothing()
    assert moved.state.planned_start == later


def test_a_start_that_the_entry_gate_confirmed_is_the_start_whatever_was_planned() -> None:
    state = spec.given(begun, StartMoved(START - timedelta(days=7)), confirmed).state
    assert state.start_date == START
    assert spec.given(begun).state.start_date is None


def test_an_empty_scope_is_agreed_once() -> None:
    nothing = SetScope((), ())
    spec.given(begun).when(nothing).then(ScopeSet((), ())).when(nothing).then_nothing()


def test_an_engagement_keeps_who_may_do_what_in_it() -> None:
    assert spec.given(scoped).state.audience is None
    audience = spec.given(begun).state.audience
    assert audience
    audience.require("execute", "participant", "ACME")
    audience.require("review", "dcc", None)
    with pytest.raises(ForeignParty):
        audience.require("execute", "participant", "OTHER")
    with pytest.raises(WrongRole):
        audience.require("execute", "dcc", None)
