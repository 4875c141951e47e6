"""A start that DCC moves, and all that counts from it."""

from datetime import UTC, date, datetime

from artefact_review.domain import events, gate_refusals, refusals, review
from artefact_review.domain.reporting import weeks_of
from kernel.engagement import EngagementIsWithdrawn, EngagementWithdrawn

from . import given
from .acting import (
    ACKNOWLEDGED,
    ARTEFACTS,
    LATER,
    OPENED,
    SPEC,
    evidenced,
    gate,
    report,
    reschedule,
    reviewed,
    stated,
    verdict,
    with_everything,
)


def test_a_rescheduled_start_is_noted_once_beside_the_one_it_replaces() -> None:
    moved = SPEC.given(OPENED).when(reschedule())
    after = moved.then(events.StartRescheduled(given.START, LATER, "The bench is late.", given.NOW))
    after.when(reschedule()).then_nothing()
    after.when(reschedule(given.START, LATER)).then(
        events.StartRescheduled(LATER, given.START, "The bench is late.", given.NOW)
    )


def test_the_weeks_that_owe_a_report_move_with_the_start() -> None:
    moved = SPEC.given(OPENED).when(reschedule()).accepted()
    moved.when(report("2027-W01")).then_refused(refusals.WeekOutside("2027-W01", "2027-W03", "2027-W10"))
    moved.when(report("2027-W10", datetime(2027, 3, 9, 12, tzinfo=UTC))).accepted()


def test_the_gate_confirms_a_rescheduled_start_and_counts_the_test_schedule_from_it() -> None:
    moved = with_everything().when(reschedule()).accepted()
    moved.when(gate()).then_refused(gate_refusals.StartDateDiffers(LATER, given.START))
    held = moved.when(gate(start_date=LATER)).accepted().history[-1]
    assert [planned.day for planned in held.schedule] == [date(2027, 3, day) for day in (15, 16, 17, 18, 19)]


def test_a_start_that_is_rescheduled_after_a_passed_gate_waits_for_another_gate() -> None:
    moved = with_everything().when(gate()).accepted().when(reschedule()).accepted()
    moved.when(stated("5.8.1d")).accepted().when(gate(start_date=LATER)).accepted()


def test_a_prevented_start_stays_prevented_when_it_is_rescheduled() -> None:
    prevented = SPEC.given(OPENED).when(gate("prevented", reason="No environment.")).accepted()
    state = prevented.when(reschedule()).accepted().state
    assert isinstance(state, review.Review)
    assert state.gate == "prevented"


def test_an_accepted_schedule_that_the_start_has_moved_past_is_revised_before_the_gate_is_ready() -> None:
    found = given.tables("ES", given.E11)
    found["test-plan"]["Schedule"] = [("day", "tests"), ("2027-03-01", 36)]
    dated, by_number = given.read(found), ARTEFACTS
    waiting = SPEC.given(OPENED, ACKNOWLEDGED, given.submitted(dated), given.decided(given.E11, agreed=True))
    ready = evidenced(waiting.when(verdict("accepted")).accepted())
    ready.when(given.submit(by_number)).then_refused(refusals.ArtefactsAccepted(1))
    moved = ready.when(reschedule()).accepted()
    moved.when(gate(start_date=LATER)).then_refused(gate_refusals.EntryCriteriaNotMet)
    revised = moved.when(given.submit(by_number)).accepted().when(verdict("accepted")).accepted()
    assert [type(event) for event in revised.history].count(events.ScopeAgreed) == 1
    revised.when(gate(start_date=LATER)).accepted()


def test_a_day_that_is_declared_counts_for_the_weeks_that_owe_a_report_once() -> None:
    before = reviewed(SPEC.given(OPENED))
    off = events.DayDeclared(1, date(2027, 2, 26), False, "A day of mourning")
    declared = SPEC.given(OPENED).when(off).then(off)
    declared.when(off).then_nothing()
    after = reviewed(declared)
    assert weeks_of(before)["2027-W08"] == date(2027, 2, 26)
    assert weeks_of(after)["2027-W08"] == date(2027, 2, 25)
    assert min(weeks_of(after)) <= min(weeks_of(before))


WITHDRAWN = EngagementWithdrawn("The system is replaced.", "participant", "mo", given.NOW)


def test_in_a_withdrawn_engagement_nothing_is_submitted_reviewed_or_decided_any_more() -> None:
    withdrawn = with_everything().when(WITHDRAWN).then(WITHDRAWN)
    withdrawn.when(WITHDRAWN).then_nothing()
    assert withdrawn.when(gate()).then_refused(EngagementIsWithdrawn).clause == "CTSD 5.6.1.1"
    withdrawn.when(report("2027-W03")).then_refused(EngagementIsWithdrawn)
    withdrawn.when(stated("5.8.1d")).then_refused(EngagementIsWithdrawn)


def test_what_others_say_after_the_withdrawal_changes_nothing() -> None:
    withdrawn = SPEC.given(OPENED, WITHDRAWN)
    withdrawn.when(reschedule()).then_nothing()
    withdrawn.when(ACKNOWLEDGED).then_nothing()


def test_a_withdrawal_that_overtakes_the_notice_holds_once_the_notice_comes() -> None:
    opened = SPEC.when(WITHDRAWN).then(WITHDRAWN).when(OPENED).accepted()
    opened.when(report("2027-W03")).then_refused(EngagementIsWithdrawn)
