from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulebook.engine.dating.dating import dated
from rulebook.engine.dating.facts import NOTHING, Deadline
from rulebook.engine.dating.timetable import Facts, Review, Round, earliest_start, timetable, week_of
from rulebook.engine.dating.timing import DayOff, Timing
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.procedures import Procedure, procedure
from testing.present import present

UEPT = procedure("uept")


def facts_of(notified: date, start: date, last_day: date | None = None, rounds: tuple[Round, ...] = ()) -> Facts:
    return Facts({"notified": notified, "start": start}, rounds=rounds).having("planned-last-day", last_day)


ENGLAND = calendar()
NOTIFIED = date(2026, 11, 24)
START = date(2027, 3, 1)
FACTS = facts_of(NOTIFIED, START)

ONCE = [step.ref for step in UEPT.steps if not step.each_round and step.timing.rule != "each-week"]


def table(
    days: Mapping[str, date] = NOTHING,
    *,
    planned: Mapping[str, date] = NOTHING,
    reviews: tuple[Review, ...] = (),
    rounds: tuple[Round, ...] = (),
    running_on: date | None = None,
) -> dict[str, Deadline]:
    known = Facts({**FACTS.days, **days}, reviews, rounds, planned, running_on=running_on)
    return {deadline.key: deadline for deadline in timetable(UEPT, known, ENGLAND)}


def test_the_dates_before_the_start_are_counted_back_from_it() -> None:
    due = {key: deadline.due for key, deadline in table().items()}
    assert due["5.6.1.1"] == date(2026, 12, 2)
    assert due["5.6.1.5"] == date(2027, 1, 25)
    assert due["5.6.1.6"] == date(2027, 2, 1)
    assert due["5.6.1.9"] == date(2027, 2, 22)
    assert due["5.10.1.1"] == START


def test_the_report_of_the_week_of_the_start_is_due_before_the_start() -> None:
    deadline = table({"start": date(2027, 5, 6)})["5.6.1.4/2027-W18"]  # a Thursday; the Monday is a bank holiday
    assert (deadline.opens, deadline.due) == (date(2027, 5, 4), date(2027, 5, 5))
    assert "The last Working Day of week 2027-W18 before the start of testing" in deadline.why
    assert "5.6.1.4/2027-W18" not in table({"start": date(2027, 5, 4)})


def test_the_earliest_start_leaves_sixty_working_days() -> None:
    earliest = earliest_start(UEPT, NOTIFIED, ENGLAND)
    assert earliest == date(2027, 2, 19)
    assert ENGLAND.between(NOTIFIED, earliest) == 60


def test_notice_given_on_a_saturday_counts_from_monday() -> None:
    assert earliest_start(UEPT, date(2026, 11, 28), ENGLAND) == earliest_start(UEPT, date(2026, 11, 30), ENGLAND)


def test_a_readiness_report_is_due_on_the_last_working_day_of_each_week_of_the_forty() -> None:
    weeks = [deadline for key, deadline in table().items() if key.startswith("5.6.1.4/")]
    assert [deadline.key for deadline in weeks][:2] == ["5.6.1.4/2027-W01", "5.6.1.4/2027-W02"]
    assert [deadline.key for deadline in weeks][-1] == "5.6.1.4/2027-W08"
    assert [deadline.due for deadline in weeks] == [date(2027, 1, 8) + timedelta(weeks=n) for n in range(8)]


def test_a_week_that_ends_with_a_bank_holiday_is_due_a_day_earlier_and_says_why() -> None:
    deadline = table({"start": date(2027, 4, 12)})["5.6.1.4/2027-W12"]
    assert deadline.due == date(2027, 3, 25)
    assert "Good Friday on Fri 26 Mar 2027" in deadline.why


def test_a_week_that_is_named_by_the_next_year_keeps_its_own_key() -> None:
    assert week_of(date(2027, 1, 1)) == "2026-W53"
    assert week_of(date(2027, 1, 4)) == "2027-W01"


def test_what_depends_on_something_that_has_not_happened_has_no_date_and_says_what_it_waits_for() -> None:
    waiting = {key: deadline for key, deadline in table().items() if deadline.due is None}
    assert list(waiting) == ["5.6.1.3", "5.10.1.2", "5.10.1.3", "5.10.1.4", "5.17.1.1", "5.17.1.2", "5.17.1.3"]
    assert "receipt of DCC's acknowledgement, not known yet" in waiting["5.6.1.3"].why


def test_the_initiation_meeting_follows_the_acknowledgement_and_names_its_planned_day() -> None:
    deadline = table({"acknowledged": date(2026, 11, 26)}, planned={"acknowledged": date(2026, 12, 1)})["5.6.1.3"]
    assert deadline.due == date(2026, 12, 3)
    assert "The meeting is planned for Tue 1 December 2026." in deadline.why


def test_without_a_returned_review_there_is_no_round_of_revision() -> None:
    assert not [key for key in table(reviews=(Review(date(2027, 1, 29), True),)) if "#" in key]


def test_each_returned_review_opens_a_round_of_its_own() -> None:
    returned = (Review(date(2027, 1, 29), False), Review(date(2027, 2, 12), False), Review(date(2027, 2, 15), True))
    rounds = {key: deadline for key, deadline in table(reviews=returned).items() if "#" in key}
    assert list(rounds) == ["5.6.1.7#1", "5.6.1.8#1", "5.6.1.7#2", "5.6.1.8#2"]
    assert rounds["5.6.1.7#1"].opens == date(2027, 1, 29)
    assert rounds["5.6.1.7#1"].due == date(2027, 2, 15)
    assert rounds["5.6.1.8#1"].due == date(2027, 2, 18)
    assert not any(deadline.conditional for deadline in rounds.values())


def test_a_round_that_opens_after_its_date_has_none_and_waits_for_a_revised_start() -> None:
    deadline = table(reviews=(Review(date(2027, 2, 17), False),))["5.6.1.7#1"]
    assert deadline.due is None
    assert "Mon 15 February 2027" in deadline.why
    assert "DCC gives a revised start date and reschedules what follows (CTSD 5.5.2)" in deadline.why


def test_a_dashboard_is_due_on_each_working_day_of_execution() -> None:
    days = [key for key in table({"planned-last-day": date(2027, 3, 9)}) if key.startswith("5.10.1.3")]
    assert days == [f"5.10.1.3/2027-03-{day:02}" for day in (1, 2, 3, 4, 5, 8, 9)]


def test_dashboards_end_when_execution_is_completed() -> None:
    ended = {"planned-last-day": date(2027, 3, 9), "execution-completed": date(2027, 3, 4)}
    days = [key for key in table(ended) if key.startswith("5.10.1.3")]
    assert days[-1] == "5.10.1.3/2027-03-04"


def test_a_dashboard_is_owed_day_by_day_while_testing_runs_beyond_its_planned_end() -> None:
    planned = {"planned-last-day": date(2027, 3, 3)}
    days = [key for key in table(planned, running_on=date(2027, 3, 8)) if key.startswith("5.10.1.3")]
    assert days == [f"5.10.1.3/2027-03-{day:02}" for day in (1, 2, 3, 4, 5, 8)]
    ended = table({**planned, "execution-completed": date(2027, 3, 4)}, running_on=date(2027, 3, 8))
    assert [key for key in ended if key.startswith("5.10.1.3")][-1] == "5.10.1.3/2027-03-04"


def test_completion_follows_report_receipt_and_gate() -> None:
    done = table(
        {
            "execution-completed": date(2027, 3, 24),
            "report-received": date(2027, 3, 24),
            "receipt-confirmed": date(2027, 3, 25),
            "gate-held": date(2027, 4, 3),
        }
    )
    assert done["5.10.1.4"].due == date(2027, 3, 24)
    assert done["5.17.1.1"].due == date(2027, 3, 30)
    assert done["5.17.1.2"].due == date(2027, 4, 5)
    assert done["5.17.1.3"].due == date(2027, 4, 7)
    assert "counts as received on Mon 5 April 2027" in done["5.17.1.3"].why
    assert not done["5.17.1.3"].conditional


def in_rounds(*rounds: Round, running_on: date | None = None) -> dict[str, Deadline]:
    first = {"execution-completed": date(2027, 3, 24), "receipt-confirmed": date(2027, 3, 25)}
    return table(first, rounds=rounds, running_on=running_on)


def opened(on: date | None, **days: date) -> Round:
    return Round(on, {anchor.replace("_", "-"): day for anchor, day in days.items()})


def test_further_testing_takes_the_steps_from_execution_on_again_with_anchors_of_their_own() -> None:
    again = in_rounds(
        opened(
            date(2027, 4, 1),
            execution_completed=date(2027, 4, 17),
            report_received=date(2027, 4, 19),
            receipt_confirmed=date(2027, 4, 20),
            gate_held=date(2027, 4, 27),
        ),
        Round(date(2027, 4, 27)),
    )
    assert {key: row.due for key, row in again.items() if key.endswith("#1") and "5.6" not in key} == {
        "5.10.1.2#1": None,
        "5.10.1.4#1": date(2027, 4, 19),
        "5.17.1.1#1": date(2027, 4, 21),
        "5.17.1.2#1": date(2027, 4, 27),
    }
    assert again["5.10.1.4"].due == date(2027, 3, 24)
    assert [row.due for key, row in again.items() if key.endswith("#2")] == [None] * 5
    assert list(again)[-9:-5] == ["5.10.1.2#1", "5.10.1.4#1", "5.17.1.1#1", "5.17.1.2#1"]


def test_execution_after_further_testing_has_no_date_and_says_that_it_is_rescheduled_with_dcc() -> None:
    why = in_rounds(Round(date(2027, 4, 1)))["5.10.1.2#1"].why
    assert why.startswith(
        "No date by the Test Schedule: DCC asked for further testing on Thu 1 April 2027 (CTSD 5.10.1.2)"
    )
    assert "The participant reschedules testing with DCC (CTSD 5.19.2)." in why


def test_a_dashboard_is_owed_on_each_day_of_a_further_execution_from_the_day_it_began() -> None:
    def days(**known: date) -> list[str]:
        rows = in_rounds(opened(date(2027, 4, 1), **known), running_on=date(2027, 4, 9))
        return [key.partition("/")[2] for key in rows if key.startswith("5.10.1.3/2027-04")]

    assert days() == []
    assert days(start=date(2027, 4, 7)) == ["2027-04-07", "2027-04-08", "2027-04-09"]
    assert days(start=date(2027, 4, 7), execution_completed=date(2027, 4, 8)) == ["2027-04-07", "2027-04-08"]


def test_only_the_last_round_can_lead_to_a_certificate() -> None:
    assert "5.17.1.3" not in in_rounds(Round(date(2027, 4, 1)))
    held = in_rounds(opened(date(2027, 4, 1), gate_held=date(2027, 4, 27)))
    assert held["5.17.1.3#1"].due == date(2027, 4, 29)
    assert not held["5.17.1.3#1"].conditional


def test_an_execution_that_no_gate_has_asked_for_yet_opens_no_round() -> None:
    assert not [key for key in in_rounds(opened(None, execution_completed=date(2027, 4, 17))) if key.endswith("#1")]


@pytest.mark.parametrize(
    ("procedure_id", "again"),
    [
        ("uept", ["5.10.1.2", "5.10.1.4", "5.17.1.1", "5.17.1.2", "5.17.1.3"]),
        ("additional-sr-uept", ["5.10.1.2", "5.10.1.4", "5.17.1.1", "5.17.1.2", "5.17.1.3"]),
        ("additional-sr-dust", ["5.11.2.2", "5.11.2.4", "5.18.1.1", "5.18.1.2", "5.18.1.3"]),
    ],
)
def test_every_procedure_says_what_further_testing_takes_again(procedure_id: str, again: list[str]) -> None:
    facts = facts_of(NOTIFIED, START, rounds=(Round(date(2027, 4, 1)),))
    rows = timetable(procedure(procedure_id), facts, ENGLAND)
    assert [row.key for row in rows if "#" in row.key] == [f"{ref}#1" for ref in again]


def test_a_timetable_can_be_asked_for_single_steps() -> None:
    facts = facts_of(NOTIFIED, START, rounds=(Round(date(2027, 4, 1)),))
    assert [row.key for row in timetable(UEPT, facts, ENGLAND, ["5.10.1.4"])] == ["5.10.1.4", "5.10.1.4#1"]


def test_a_date_says_anchor_rule_clause_and_every_day_that_was_not_counted() -> None:
    why = table({"start": date(2027, 1, 11)})["5.6.1.9"].why
    assert why == (
        "5 Working Days before the start of testing, Mon 11 January 2027, counted back from it as day zero "
        "(CTSD 5.6.1.9). Weekend days not counted: Sat 9 Jan and Sun 10 Jan."
    )
    why = table({"start": date(2027, 1, 4)})["5.6.1.9"].why
    assert why == (
        "5 Working Days before the start of testing, Mon 4 January 2027, counted back from it as day zero "
        "(CTSD 5.6.1.9). Bank holidays not counted: Christmas Day on Fri 25 Dec 2026, Boxing Day (substitute day) on "
        "Mon 28 Dec 2026, New Year's Day on Fri 1 Jan 2027. Weekend days not counted: Sat 26 Dec and Sun 27 Dec, "
        "Sat 2 Jan and Sun 3 Jan."
    )


def test_a_slip_in_the_source_is_told_where_it_touches_a_date() -> None:
    assert "CTSD 5.10.1.2 prints “completion of 5.6.5.1”, read as completion of 5.10.1.1" in table()["5.10.1.2"].why
    assert "prints" not in table()["5.10.1.1"].why


STARTS = st.dates(date(2014, 1, 1), date(2027, 12, 1)).map(ENGLAND.received)


@given(STARTS)
def test_steps_before_the_start_are_due_in_the_order_of_their_rows(start: date) -> None:
    before = [d for d in timetable(UEPT, facts_of(date(2013, 12, 1), start), ENGLAND) if d.ref in ONCE]
    counted_back = [d.due for d in before if d.due and d.ref.startswith("5.6.1.") and d.ref != "5.6.1.2"]
    assert counted_back == sorted(counted_back)
    assert max(counted_back) <= start


@given(STARTS)
def test_keys_are_unique_and_every_date_has_a_reason_with_its_clause(start: date) -> None:
    facts = facts_of(start - timedelta(days=90), start, start + timedelta(days=14))
    deadlines = timetable(UEPT, facts, ENGLAND)
    assert len({deadline.key for deadline in deadlines}) == len(deadlines)
    assert all(f"({deadline.clause})" in deadline.why for deadline in deadlines)


@given(STARTS)
def test_each_week_before_the_start_has_one_report_and_it_is_due_in_that_week(start: date) -> None:
    reports = [d for d in timetable(UEPT, facts_of(start - timedelta(days=90), start), ENGLAND) if d.ref == "5.6.1.4"]
    assert 8 <= len(reports) <= 11
    assert all(deadline.key == f"5.6.1.4/{week_of(present(deadline.due))}" for deadline in reports)
    assert all(present(deadline.opens) <= present(deadline.due) for deadline in reports)
    assert reports[0].opens == ENGLAND.subtract(start, 40)


@given(STARTS, st.integers(min_value=1, max_value=60))
def test_a_later_start_moves_no_step_to_an_earlier_day(start: date, by: int) -> None:
    later = start + timedelta(days=by)
    first, second = (
        {d.key: d.due for d in timetable(UEPT, facts_of(date(2013, 12, 1), day), ENGLAND) if d.ref in ONCE}
        for day in (start, later)
    )
    assert all(present(second[key]) >= due for key, due in first.items() if due and key in second)


def timed(timing: Timing) -> Procedure:
    worded = replace(timing, words=UEPT.steps[0].timing.words)
    step = replace(UEPT.step("5.10.1.1"), timing=worded, conditional=False, only_if="")
    return replace(UEPT, steps=(step,))


def test_so_many_days_after_is_exactly_that_day() -> None:
    [row] = timetable(timed(Timing("after", "start", working_days=3)), facts_of(START, date(2027, 3, 25)), ENGLAND)
    assert (row.opens, row.due) == (date(2027, 4, 1), date(2027, 4, 1))
    assert row.why.startswith("3 Working Days after the start of testing, Thu 25 March 2027 (day zero)")


def test_after_an_anchor_that_is_not_known_yet_there_is_no_date() -> None:
    [row] = timetable(timed(Timing("after", "gate-held", working_days=3)), facts_of(START, START), ENGLAND)
    assert (row.due, row.why.startswith("No date yet: 3 Working Days counted from")) == (None, True)


@pytest.mark.parametrize(
    ("day_off", "due"),
    [("stay", date(2027, 3, 27)), ("next", date(2027, 3, 30)), ("previous", date(2027, 3, 25))],
)
def test_a_day_off_stays_or_moves_to_the_next_or_the_previous_working_day(day_off: DayOff, due: date) -> None:
    rule = timed(Timing("on", "planned-last-day", day_off=day_off))
    [row] = timetable(rule, facts_of(START, START, date(2027, 3, 27)), ENGLAND)
    assert row.due == due
    assert ("Good Friday" in row.why) == (day_off == "previous")
    assert ("Easter Monday" in row.why) == (day_off == "next")


def test_weekly_and_daily_steps_count_from_the_anchors_that_the_data_name() -> None:
    acknowledged, held = date(2026, 12, 22), date(2027, 1, 6)
    facts = facts_of(date(2026, 12, 1), date(2027, 3, 1)).having("acknowledged", acknowledged).having("gate-held", held)
    weekly, daily = UEPT.step("5.6.1.4"), UEPT.step("5.10.1.3")
    weekly = replace(weekly, timing=replace(weekly.timing, anchor="acknowledged", working_days=5))
    assert [row.due for row in dated(weekly, facts, ENGLAND)] == [date(2026, 12, 18), date(2026, 12, 21)]
    daily = replace(daily, timing=replace(daily.timing, anchor="acknowledged", until="gate-held"))
    days = [row.due for row in dated(daily, facts, ENGLAND)]
    assert (days[0], days[-1]) == (acknowledged, held)
