from datetime import timedelta

import pytest

from execution_tracker.aggregates import EXECUTION
from execution_tracker.domain.events import ParticipantNamed, ScopeSet, StartConfirmed, StartMoved
from kernel.audience import ForeignParty, WrongRole
from kernel.engagement import EngagementIsWithdrawn, EngagementWithdrawn
from testing.execution_events import (
    CONNECTED,
    NOW,
    RC,
    READY,
    START,
    begun,
    check,
    confirmed,
    record,
    recorded,
    result,
    scoped,
)
from testing.probe import deciding

spec = deciding(EXECUTION)


def test_the_facts_of_other_services_may_come_in_any_order() -> None:
    spec.given().when(scoped).then(scoped).when(confirmed).then(confirmed).when(begun).then(begun)


def test_a_fact_that_is_known_already_changes_nothing() -> None:
    for fact in (begun, scoped, confirmed):
        spec.given(begun, scoped, confirmed).when(fact).then_nothing()


def test_scope_and_schedule_follow_what_is_agreed_anew() -> None:
    smaller, other = ScopeSet(scoped.tests[:2], scoped.web_services), StartConfirmed(START, ())
    spec.given(begun, scoped).when(smaller).then(smaller)
    spec.given(begun, scoped, confirmed).when(other).then(other)


def test_the_planned_start_follows_the_reschedule() -> None:
    later = StartMoved(START + timedelta(days=7))
    moved = spec.given(begun).when(later).then(later)
    moved.when(later).then_nothing()
    assert moved.state.planned_start == later.start_date


def test_a_start_that_is_moved_after_the_entry_gate_confirmed_it_waits_for_another_gate_in_every_order() -> None:
    later = StartMoved(START + timedelta(days=7))
    again = StartConfirmed(later.start_date, ())
    assert spec.given(begun).state.start_date is None
    assert spec.given(begun, confirmed, later).state.start_date is None
    assert spec.given(begun, later, confirmed).state.start_date is None
    for order in ((confirmed, later, again), (later, confirmed, again), (confirmed, again, later)):
        assert spec.given(begun, *order).state.start_date == later.start_date


def test_the_dashboard_is_under_the_name_that_a_participant_has_now() -> None:
    named = ParticipantNamed("ACME", "Acme Energy Ltd")
    after = spec.given(begun).when(named).then(named)
    after.when(named).then_nothing()
    assert after.state.engagement
    assert after.state.engagement.name == "Acme Energy Ltd"
    spec.given(begun).when(ParticipantNamed("OTHER", "Other Ltd")).then_nothing()


def test_an_empty_scope_is_agreed_once() -> None:
    nothing = ScopeSet((), ())
    spec.given(begun).when(nothing).then(nothing).when(nothing).then_nothing()


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


WITHDRAWN = EngagementWithdrawn("The system is replaced.", "participant", "mo", NOW)


def test_in_a_withdrawn_engagement_nothing_is_tested_any_more_and_results_stay() -> None:
    executing = spec.given(*READY, *CONNECTED, recorded(RC))
    withdrawn = executing.when(WITHDRAWN).then(WITHDRAWN)
    withdrawn.when(WITHDRAWN).then_nothing()
    refusal = withdrawn.when(record(result(RC))).then_refused(EngagementIsWithdrawn)
    assert refusal.clause == "CTSD 5.6.1.1"
    assert withdrawn.state.latest == executing.state.latest
    assert withdrawn.state.phase == "withdrawn"


def test_a_gate_that_is_heard_of_after_the_withdrawal_opens_nothing() -> None:
    late = spec.given(begun, WITHDRAWN, scoped).when(confirmed).accepted()
    late.when(check("SRV")).then_refused(EngagementIsWithdrawn)
