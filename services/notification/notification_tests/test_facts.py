"""What others publish completes steps and moves dates."""

from collections.abc import Mapping
from datetime import date
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import REGISTRY
from contracts.certification import ExitGateHeld
from contracts.topics import NOTIFICATION
from notification.aggregates import ENGAGEMENT
from notification.domain.engagement import NotNotified, evolve
from notification.domain.events import DeadlineMissed, ExecutionContinued, FactRecorded, StepCompleted
from notification.event_handlers import HANDLERS
from notification.translation import exit_gate_held
from rulebook.engine.procedures import procedure, procedure_ids
from testing.probe import deciding

from .given import (
    AGAIN,
    CERTIFICATE,
    CONNECTED,
    DASHBOARD,
    ENTRY_GATE,
    EXECUTED,
    EXIT_GATE,
    FURTHER_TESTING,
    NOTICE_OF_UEPT,
    READINESS,
    RECEIPT,
    REPORT,
    REVIEWED,
    START,
    SUBMITTED,
    Story,
    acknowledged,
    at,
    confirmed,
    done,
    due,
    engagement,
    executing,
    hearing,
    notified,
    occurred,
)


def returned() -> Story:
    """The artefacts were submitted and returned."""
    submitted = hearing(acknowledged(), SUBMITTED, "2027-01-20").accepted()
    return hearing(submitted, REVIEWED, "2027-01-28", outcome="returned", details=("D1",)).accepted()


def test_what_a_review_leaves_open_stands_with_the_step_that_deals_with_it() -> None:
    submitted = hearing(acknowledged(), SUBMITTED, "2027-01-20").accepted()
    left = {"outcome": "returned", "leaves": "3 deficiencies open"}
    rows = engagement(hearing(submitted, REVIEWED, "2027-01-28", **left).accepted()).rows
    assert {key: row.about for key, row in rows.items() if row.about} == {"5.6.1.7#1": "3 deficiencies open"}


@pytest.mark.parametrize("id", procedure_ids())
def test_every_fact_that_the_rulebook_waits_for_is_heard(id: str) -> None:
    own = {contract.fact() for contract in REGISTRY.values() if NOTIFICATION.name == contract.TOPIC}
    heard = {contract.fact() for contract in HANDLERS} | own
    steps, anchors = procedure(id).steps, procedure(id).anchors.values()
    waited_for = {fact for step in steps for fact in step.completed_by} | {each.renewed_by for each in anchors} - {None}
    assert waited_for <= heard
    assert waited_for <= {contract.fact() for contract in REGISTRY.values()}


def test_a_readiness_report_completes_its_own_week() -> None:
    story = hearing(acknowledged(), READINESS, "2027-02-04", identity="2027-W05", period="2027-W05").accepted()
    assert done(story) == {"5.6.1.4/2027-W05"}
    assert engagement(story).done["5.6.1.4/2027-W05"].in_time


def test_a_report_for_a_week_that_has_passed_closes_that_week_late() -> None:
    heard = hearing(acknowledged(), READINESS, "2027-02-08", identity="2027-W05", period="2027-W05", by="mo")
    key, friday = "5.6.1.4/2027-W05", date(2027, 2, 5)
    assert heard.events[1:] == (
        DeadlineMissed(key, "5.6.1.4", friday, "participant", at("2027-02-08")),
        StepCompleted(key, "5.6.1.4", friday, date(2027, 2, 8), "mo", False, (READINESS, "2027-W05")),
    )


def test_a_fact_that_overtook_the_one_that_dates_its_step_completes_it() -> None:
    early = hearing(acknowledged(), DASHBOARD, "2027-03-02", identity="2027-03-02", period="2027-03-02").accepted()
    assert done(early) == set()
    dated = hearing(early, ENTRY_GATE, "2027-02-19", **confirmed(date(2027, 3, 3))).accepted()
    assert "5.10.1.3/2027-03-02" in done(dated)
    assert engagement(dated).waiting == ()


def test_dashboards_published_on_time_while_testing_overruns_its_planned_last_day_are_in_time() -> None:
    story = executing()
    for day in ("2027-03-04", "2027-03-05"):
        story = hearing(story, DASHBOARD, day, period=day).accepted()
    overrun = hearing(story, EXECUTED, "2027-03-05").accepted()
    for day in ("2027-03-04", "2027-03-05"):
        assert engagement(overrun).done[f"5.10.1.3/{day}"].in_time


def test_a_dashboard_of_the_overrun_is_judged_by_its_own_day() -> None:
    late = hearing(executing(), DASHBOARD, "2027-03-05", identity="2027-03-04", period="2027-03-04")
    key, thursday = "5.10.1.3/2027-03-04", date(2027, 3, 4)
    assert DeadlineMissed(key, "5.10.1.3", thursday, "participant", at("2027-03-05")) in late.events
    heard = hearing(late.accepted(), EXECUTED, "2027-03-05").accepted()
    assert not engagement(heard).done[key].in_time


def test_a_report_that_overtakes_the_word_that_execution_is_complete_waits_for_it_and_is_late_all_the_same() -> None:
    early = hearing(executing(), REPORT, "2027-03-10").accepted()
    assert "5.10.1.4" not in done(early)
    closed = engagement(hearing(early, EXECUTED, "2027-03-03").accepted()).done["5.10.1.4"]
    assert (closed.due, closed.in_time) == (date(2027, 3, 3), False)


def test_execution_whose_completion_overtakes_the_entry_gate_is_judged_by_its_test_schedule() -> None:
    early = hearing(acknowledged(), EXECUTED, "2027-03-04").accepted()
    assert "5.10.1.2" not in done(early)
    dated = hearing(early, ENTRY_GATE, "2027-02-19", **confirmed(date(2027, 3, 3))).accepted()
    closed = engagement(dated).done["5.10.1.2"]
    assert (closed.due, closed.in_time) == (date(2027, 3, 3), False)


def test_a_gate_without_a_test_schedule_leaves_nothing_to_wait_for() -> None:
    early = hearing(acknowledged(), EXECUTED, "2027-03-04").accepted()
    closed = engagement(hearing(early, ENTRY_GATE, "2027-02-19", **confirmed()).accepted()).done["5.10.1.2"]
    assert (closed.due, closed.in_time) == (None, True)


def test_a_dashboard_names_its_own_day_and_waits_for_no_gate_once_that_day_is_owed() -> None:
    early = hearing(acknowledged(), DASHBOARD, "2027-03-02", period="2027-03-02").accepted()
    assert engagement(hearing(early, EXECUTED, "2027-03-03").accepted()).done["5.10.1.3/2027-03-02"].in_time


def test_a_fact_that_happened_before_the_step_was_dated_does_not_complete_it() -> None:
    twice = hearing(acknowledged(), SUBMITTED, "2027-01-20").accepted()
    again = hearing(twice, SUBMITTED, "2027-01-21", identity="2").accepted()
    returned = hearing(again, REVIEWED, "2027-01-28", outcome="returned", details=("D1",)).accepted()
    assert done(returned) == done(
        hearing(twice, REVIEWED, "2027-01-28", outcome="returned", details=("D1",)).accepted()
    )


def test_the_same_fact_again_changes_nothing() -> None:
    story = hearing(acknowledged(), READINESS, "2027-02-04", identity="2027-W05", period="2027-W05").accepted()
    hearing(story, READINESS, "2027-02-05", identity="2027-W05", period="2027-W05").then_nothing()


def test_the_first_artefacts_complete_the_first_submission() -> None:
    assert done(hearing(acknowledged(), SUBMITTED, "2027-01-20").accepted()) == {"5.6.1.5"}


def test_a_second_submission_before_the_review_completes_nothing_more() -> None:
    once = hearing(acknowledged(), SUBMITTED, "2027-01-20").accepted()
    assert done(hearing(once, SUBMITTED, "2027-01-21").accepted()) == {"5.6.1.5"}


def test_a_return_opens_a_round_of_revision_with_its_dates() -> None:
    story = returned()
    assert done(story) == {"5.6.1.5", "5.6.1.6"}
    assert due(story, "5.6.1.7#1") == date(2027, 2, 15)
    assert due(story, "5.6.1.8#1") == date(2027, 2, 18)


def test_a_later_submission_and_its_review_complete_the_open_round() -> None:
    revised = hearing(returned(), SUBMITTED, "2027-02-03").accepted()
    accepted = hearing(revised, REVIEWED, "2027-02-05", outcome="accepted").accepted()
    assert done(accepted) == {"5.6.1.5", "5.6.1.6", "5.6.1.7#1", "5.6.1.8#1"}
    assert "5.6.1.7#2" not in engagement(accepted).rows


def test_a_second_return_opens_a_second_round() -> None:
    revised = hearing(returned(), SUBMITTED, "2027-02-03").accepted()
    again = hearing(revised, REVIEWED, "2027-02-05", outcome="returned").accepted()
    assert due(again, "5.6.1.7#2") == date(2027, 2, 15)
    resubmitted = hearing(again, SUBMITTED, "2027-02-10").accepted()
    assert "5.6.1.7#2" in done(resubmitted)


def test_a_prevented_entry_leaves_the_gate_to_be_held_again() -> None:
    prevented = hearing(acknowledged(), ENTRY_GATE, "2027-02-19", outcome="prevented")
    assert [type(event) for event in prevented.events] == [FactRecorded]
    assert done(hearing(prevented.accepted(), ENTRY_GATE, "2027-02-22", **confirmed()).accepted()) == {"5.6.1.9"}


def test_the_entry_gate_dates_each_day_of_execution() -> None:
    story = executing()
    days = [key for key in engagement(story).rows if key.startswith("5.10.1.3")]
    assert days == [f"5.10.1.3/2027-03-0{day}" for day in (1, 2, 3)]
    assert due(story, "5.10.1.2") == date(2027, 3, 3)


def test_a_start_that_the_entry_gate_confirms_for_a_later_day_moves_what_is_open() -> None:
    gate = hearing(
        acknowledged(),
        ENTRY_GATE,
        "2027-02-19",
        **confirmed(date(2027, 3, 9), start=date(2027, 3, 8)),
    ).accepted()
    assert due(gate, "5.6.1.9") == date(2027, 2, 22)  # done, so it keeps its date
    assert due(gate, "5.6.1.5") == date(2027, 2, 1)
    assert "5.6.1.4/2027-W09" in engagement(gate).rows
    assert due(gate, "5.10.1.1") == date(2027, 3, 8)


def test_a_dashboard_completes_its_own_day() -> None:
    story = hearing(executing(), DASHBOARD, "2027-03-02", period="2027-03-02").accepted()
    assert done(story) == {"5.6.1.9", "5.10.1.3/2027-03-02"}


def test_execution_that_is_complete_early_withdraws_the_days_left() -> None:
    story = hearing(executing(), EXECUTED, "2027-03-02").accepted()
    assert "5.10.1.3/2027-03-03" not in engagement(story).rows
    assert due(story, "5.10.1.4") == date(2027, 3, 2)


def test_completion_goes_from_report_to_certificate() -> None:
    story = hearing(executing(), CONNECTED, "2027-03-01").accepted()
    for fact, day in ((EXECUTED, "2027-03-03"), (REPORT, "2027-03-03"), (RECEIPT, "2027-03-04")):
        story = hearing(story, fact, day).accepted()
    assert due(story, "5.17.1.1") == date(2027, 3, 5)
    assert due(story, "5.17.1.2") == date(2027, 3, 11)
    story = hearing(story, EXIT_GATE, "2027-03-09", outcome="complete", counts_from=date(2027, 3, 8)).accepted()
    assert due(story, "5.17.1.3") == date(2027, 3, 10)
    story = hearing(story, CERTIFICATE, "2027-03-10").accepted()
    assert {"5.10.1.1", "5.10.1.2", "5.10.1.4", "5.17.1.1", "5.17.1.2", "5.17.1.3"} <= done(story)
    assert all(step.in_time for step in engagement(story).done.values())


def test_a_gate_is_held_when_it_is_decided_and_the_certificate_counts_from_its_meeting() -> None:
    story = executing()
    for fact, day in ((EXECUTED, "2027-03-03"), (REPORT, "2027-03-03"), (RECEIPT, "2027-03-04")):
        story = hearing(story, fact, day).accepted()
    decided = ExitGateHeld(
        gate="exit",
        body="dcc",
        outcome="complete",
        criteria=(),
        meeting_on=date(2027, 3, 8),
        reason="",
        held_by="dee",
        held_at=at("2027-03-15"),
    )
    story = story.when(FactRecorded(exit_gate_held(decided))).accepted()
    closed = engagement(story).done["5.17.1.2"]
    assert (closed.due, closed.done_on, closed.in_time) == (date(2027, 3, 11), date(2027, 3, 15), False)
    assert due(story, "5.17.1.3") == date(2027, 3, 10)


def test_a_completed_step_keeps_its_dates() -> None:
    story = hearing(executing(), EXECUTED, "2027-03-02").accepted()
    assert engagement(story).done["5.10.1.2"].due == date(2027, 3, 3)
    assert due(story, "5.10.1.2") == date(2027, 3, 3)


def test_facts_that_come_before_the_notice_are_taken_and_count_once_it_comes() -> None:
    early = hearing(deciding(ENGAGEMENT), READINESS, "2027-02-04", identity="2027-W05", period="2027-W05").accepted()
    early = hearing(early, ENTRY_GATE, "2027-02-19", **confirmed(date(2027, 3, 3))).accepted()
    hearing(early, READINESS, "2027-02-05", identity="2027-W05", period="2027-W05").then_nothing()
    assert isinstance(early.state, NotNotified)
    begun = early.when(NOTICE_OF_UEPT).accepted()
    assert done(begun) == {"5.6.1.4/2027-W05", "5.6.1.9"}
    assert due(begun, "5.10.1.2") == date(2027, 3, 3)
    assert engagement(begun).waiting == ()


def test_nothing_but_facts_can_come_before_the_notice() -> None:
    with pytest.raises(TypeError, match="before the notice"):
        evolve(NotNotified(), ExecutionContinued(START))


def test_an_engagement_that_waits_only_for_the_acknowledgement_has_no_meeting_date_yet() -> None:
    assert due(notified(), "5.6.1.3") is None


MOVED = confirmed(date(2027, 3, 10), start=date(2027, 3, 8))
SOURCES = {
    "artefact-review": (
        occurred(READINESS, "2027-01-07", identity="2027-W01", period="2027-W01"),
        occurred(SUBMITTED, "2027-01-20"),
        occurred(SUBMITTED, "2027-01-21"),
        occurred(REVIEWED, "2027-01-28", outcome="returned"),
        occurred(SUBMITTED, "2027-02-03"),
        occurred(REVIEWED, "2027-02-05", outcome="accepted"),
        occurred(ENTRY_GATE, "2027-02-19", outcome="prevented"),
        occurred(ENTRY_GATE, "2027-02-22", **MOVED),
    ),
    "execution-tracker": (
        occurred(CONNECTED, "2027-03-05"),
        occurred(DASHBOARD, "2027-03-08", period="2027-03-08"),
        occurred(DASHBOARD, "2027-03-10", identity="2027-03-09", period="2027-03-09"),
        occurred(DASHBOARD, "2027-03-11", period="2027-03-11"),
        occurred(EXECUTED, "2027-03-11"),
        occurred(FURTHER_TESTING, "2027-03-31", identity="1/2027-03-30", on=date(2027, 3, 30), round=1),
        occurred(DASHBOARD, "2027-03-31", period="2027-03-31"),
        occurred(EXECUTED, "2027-04-01"),
    ),
    "certification": (
        occurred(REPORT, "2027-03-12", identity="1"),
        occurred(REPORT, "2027-03-12", identity="2"),
        occurred(RECEIPT, "2027-03-17", identity="2"),
        occurred(EXIT_GATE, "2027-03-19", outcome="further-testing"),
        occurred(REPORT, "2027-04-01", identity="3"),
        occurred(REPORT, "2027-04-01", identity="4"),
        occurred(RECEIPT, "2027-04-02", identity="4"),
        occurred(EXIT_GATE, "2027-04-06", outcome="complete"),
        occurred(CERTIFICATE, "2027-04-09"),
    ),
}
"""What each service says of one engagement, in its own order. Much is late, and the start is moved by the gate."""


def told(order: list[str]) -> Story:
    story, to_tell = acknowledged(), {source: iter(facts) for source, facts in SOURCES.items()}
    for source in order:
        story = story.when(FactRecorded(next(to_tell[source]))).accepted()
    return story


IN_ORDER = [source for source, facts in SOURCES.items() for _ in facts]


@cache
def done_in_order() -> Mapping[str, StepCompleted]:
    """The steps that are done when nobody overtakes anybody."""
    return engagement(told(IN_ORDER)).done


@given(st.permutations(IN_ORDER))
def test_however_the_services_overtake_each_other_the_same_steps_are_done_in_time_or_late(order: list[str]) -> None:
    assert engagement(told(order)).done == done_in_order()


def test_in_that_story_every_kind_of_step_is_done_and_some_are_late() -> None:
    closed = done_in_order()
    late = {key for key, step in closed.items() if not step.in_time}
    assert late == {"5.10.1.2", "5.10.1.3/2027-03-09", "5.10.1.4", "5.17.1.1", "5.17.1.3#1"}
    once = {step.ref for step in procedure("uept").steps} - {"5.6.1.3", "5.6.1.7", "5.6.1.8", "5.17.1.3"}
    again = {f"{ref}#1" for ref in ("5.6.1.7", "5.6.1.8", *AGAIN)}
    assert {key.partition("/")[0] for key in closed} == once | again
