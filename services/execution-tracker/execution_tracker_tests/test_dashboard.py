from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from execution_tracker.aggregates import EXECUTION
from execution_tracker.domain.dashboard import Counted, PastDay, Tally, compose, fold, until
from execution_tracker.domain.events import (
    DashboardPublished,
    Event,
    ExecutionConcluded,
    ExecutionReopened,
)
from execution_tracker.domain.figures import Counts, DailyCount, GlideDay
from execution_tracker.domain.publication import PublishDashboard
from execution_tracker.domain.refusals import DashboardDayWrong, NotStarted, TooManyRisks
from execution_tracker.read_models import TALLY
from execution_tracker.translation import counted
from testing.execution_events import (
    BY,
    CONNECTED,
    IC_1,
    IC_2,
    NOW,
    RC,
    READY,
    SR,
    SR_TOO,
    START,
    agreed,
    closed,
    completed,
    disproved,
    fixed,
    raised,
    recorded,
)
from testing.probe import deciding

NEXT_DAY = NOW + timedelta(days=1)
EVENTS: tuple[Event, ...] = (
    recorded(SR),
    recorded(RC, "failed"),
    raised(),
    recorded(SR_TOO, "blocked", at=NEXT_DAY, run="run 2"),
    recorded(IC_1, at=NEXT_DAY, run="run 2"),
    fixed(),
    recorded(RC, at=NEXT_DAY, purpose="retest", verifies=1, run="run 2"),
    recorded(SR, "passed", at=NEXT_DAY, purpose="regression", run="regression 1"),
)
connected = deciding(EXECUTION).given(*CONNECTED)


def published(*events: Event) -> tuple[Counted | None, ...]:
    """What the stream job counts of the events of an execution, as they come out of Kafka."""
    state, told = connected.state, []
    for event in events:
        state = EXECUTION.evolve(state, event)
        told += [each.contract for each in EXECUTION.publish("e", event, state)]
    return tuple(counted(each.TYPE, each.model_dump_json().encode()) for each in told)


HISTORY = (None, *published(*EVENTS))


def tally_of(history: tuple[Counted | None, ...] = HISTORY) -> Tally:
    tally = Tally()
    for sequence, each in enumerate(history, start=1):
        tally = fold(tally, sequence, each)
    return tally


def tally_until(day: date, *history: Event) -> Tally:
    return reduce(until(day), history, PastDay()).tally


def publish(tally: Tally, day: date = START, risks: int = 5, now: datetime = NEXT_DAY) -> PublishDashboard:
    return PublishDashboard(day, "Leeds", ("late",) * risks, "amber", "On course.", tally, BY, now)


def test_the_figures_are_those_of_6_5_2() -> None:
    figures = compose(tally_of(), connected.state, NEXT_DAY.date())
    assert (figures.scheduled, figures.executed) == (5, 3)
    assert figures.tests == Counts(passed=3, blocked=1, not_run=1)
    assert figures.issues_total == 1
    assert figures.issues_by_status == {"open": 0, "planned": 0, "fixed": 1, "closed": 0}
    assert figures.issues_by_severity["3"] == 1
    assert figures.regression == Counts(passed=1)
    assert [verdict.criterion for verdict in figures.criteria] == ["5.19.1a", "5.19.1b", "5.19.1c"]


def test_the_glide_path_sets_tests_executed_against_the_schedule() -> None:
    figures = compose(tally_of(), connected.state, START)
    assert figures.glide_path == (GlideDay(START, 3, 2), GlideDay(START + timedelta(days=1), 5, None))
    figures = compose(tally_of(), connected.state, NEXT_DAY.date())
    assert figures.glide_path[1] == GlideDay(START + timedelta(days=1), 5, 3)


def test_a_day_counts_its_results_by_run() -> None:
    figures = compose(tally_of(), connected.state, NEXT_DAY.date())
    second = START + timedelta(days=1)
    assert figures.daily == (
        DailyCount(START, "run 1", 1, 1, 0, 0, 0),
        DailyCount(second, "run 2", 2, 0, 1, 0, 0),
    )


def test_regression_results_are_in_no_daily_row_also_where_their_run_has_the_same_name() -> None:
    again = recorded(SR, "failed", at=NEXT_DAY, purpose="regression", run="run 1")
    figures = compose(tally_of((recorded(SR), again)), connected.state, NEXT_DAY.date())
    assert figures.daily == (DailyCount(START, "run 1", 1, 0, 0, 0, 0),)
    assert (figures.executed, figures.regression) == (1, Counts(failed=1))


def test_the_figures_of_a_past_day_are_those_of_its_end() -> None:
    next_day = (agreed(at=NEXT_DAY), closed(at=NEXT_DAY))
    late = recorded(IC_2, "blocked", at=NOW + timedelta(hours=1))
    told = connected.given(*EVENTS, *next_day, late)
    (event,) = told.when(publish(tally_until(START, *told.history), START)).events
    assert isinstance(event, DashboardPublished)
    figures = event.figures
    assert (figures.executed, figures.tests) == (2, Counts(passed=1, failed=1, blocked=1, not_run=2))
    assert figures.glide_path == (GlideDay(START, 3, 2), GlideDay(NEXT_DAY.date(), 5, None))
    assert figures.daily == (DailyCount(START, "run 1", 1, 1, 1, 0, 0),)
    assert figures.regression == Counts()
    assert figures.issues_by_status == {"open": 0, "planned": 0, "fixed": 1, "closed": 0}
    assert event.updated_at == NEXT_DAY


def test_an_issue_counts_from_the_day_on_which_it_was_raised() -> None:
    later = raised(at=NEXT_DAY)
    retest = recorded(RC, "failed", at=NOW + timedelta(hours=1), purpose="retest", verifies=1)
    history = (recorded(RC, "failed"), later, retest)
    assert tally_until(START, *history).progress.issues == {}
    assert tally_until(NEXT_DAY.date(), *history).progress.by_status()["open"] == 1


def test_the_figures_of_the_last_day_are_those_of_the_stream_job() -> None:
    assert replace(tally_until(NEXT_DAY.date(), *EVENTS), sequence=len(HISTORY)) == tally_of()


def test_an_event_that_comes_again_is_counted_once() -> None:
    tally = tally_of()
    assert fold(tally, 2, HISTORY[1]) is tally


def test_figures_stand_still_where_an_event_is_missing() -> None:
    tally = tally_of()
    assert fold(tally, len(HISTORY) + 2, recorded(SR, "failed")) is tally


@given(st.lists(st.integers(0, len(HISTORY) - 1)))
def test_redelivery_in_any_pattern_leads_to_the_same_figures(again: list[int]) -> None:
    tally = Tally()
    deliveries = [*again, *(index for index in range(len(HISTORY)) for _ in (0, 1)), *again]
    for index in deliveries:
        tally = fold(tally, index + 1, HISTORY[index])
    assert tally == tally_of()


def test_a_tally_comes_back_from_its_stored_form_as_it_was() -> None:
    assert TALLY.validate_python(TALLY.dump_python(tally_of(), mode="json")) == tally_of()
    assert TALLY.validate_json(TALLY.dump_json(tally_of())) == tally_of()


def test_the_figures_agree_with_the_state_of_the_execution() -> None:
    assert connected.given(*EVENTS).state.progress == tally_of().progress


def test_a_dashboard_joins_what_is_typed_with_what_is_computed() -> None:
    (event,) = connected.when(publish(tally_of(), NEXT_DAY.date())).events
    assert isinstance(event, DashboardPublished)
    assert event.figures == compose(tally_of(), connected.state, NEXT_DAY.date())
    assert (event.name, event.location, event.rag) == ("Acme Export Ltd", "Leeds", "amber")


def test_a_dashboard_names_five_risks_at_most() -> None:
    connected.when(publish(tally_of(), risks=6)).then_refused(TooManyRisks(risks=6))


def test_a_dashboard_is_of_a_day_of_testing_up_to_today() -> None:
    for wrong in (START - timedelta(days=1), START + timedelta(days=2)):
        connected.when(publish(tally_of(), wrong)).then_refused(DashboardDayWrong)


def test_a_dashboard_of_a_day_of_execution_may_be_published_after_its_completion() -> None:
    done = connected.given(completed(NEXT_DAY))
    for day in (START, NEXT_DAY.date()):
        done.when(publish(tally_of(), day, now=NEXT_DAY + timedelta(days=2))).accepted()


def test_there_is_no_dashboard_of_a_day_after_completion_until_execution_is_open_again() -> None:
    third = NEXT_DAY + timedelta(days=1)
    day, done = third.date(), connected.given(completed(NEXT_DAY))
    refused = DashboardDayWrong(day=day, start_date=START, last_day=NEXT_DAY.date())
    done.when(publish(tally_of(), day, now=third)).then_refused(refused)
    done.given(ExecutionReopened(third)).when(publish(tally_of(), day, now=third)).accepted()


def test_there_is_no_dashboard_before_the_start() -> None:
    early = PublishDashboard(START, "Leeds", (), "green", "Soon.", Tally(), BY, NOW - timedelta(days=2))
    deciding(EXECUTION).given(*READY).when(early).then_refused(NotStarted)


def test_dashboards_go_on_day_by_day_while_testing_runs_beyond_its_planned_end() -> None:
    """CTSD 5.10.1.3, 6.5.1: daily once testing commences, not only until the Test Schedule ends."""
    last_planned = connected.state.schedule[-1].day
    for late in range(1, 8):
        now = NEXT_DAY + timedelta(days=late)
        assert now.date() > last_planned
        connected.when(publish(tally_of(), now.date(), now=now)).accepted()


def test_dashboards_go_on_day_by_day_in_a_further_round() -> None:
    reopened_at = NEXT_DAY + timedelta(days=10)
    further = connected.given(completed(NEXT_DAY), ExecutionReopened(reopened_at))
    for day in range(5):
        now = reopened_at + timedelta(days=day)
        further.when(publish(tally_of(), now.date(), now=now)).accepted()
    again = further.given(completed(reopened_at))
    after = reopened_at + timedelta(days=1)
    again.when(publish(tally_of(), after.date(), now=after)).then_refused(DashboardDayWrong)


def test_there_is_no_dashboard_of_a_day_after_a_determination_ended_a_further_round() -> None:
    """The criteria are found met while the round is open: it is never completed (CTSD 5.19.5)."""
    concluded_at = NEXT_DAY + timedelta(days=12)
    further = connected.given(completed(NEXT_DAY), ExecutionReopened(NEXT_DAY + timedelta(days=10)))
    ended, day = further.given(ExecutionConcluded(concluded_at)), concluded_at.date()
    after = concluded_at + timedelta(days=1)
    refused = DashboardDayWrong(day=after.date(), start_date=START, last_day=day)
    ended.when(publish(tally_of(), after.date(), now=after)).then_refused(refused)
    ended.when(publish(tally_of(), day, now=after)).accepted()


def test_a_fix_that_a_retest_disproved_is_counted_as_open_again() -> None:
    disproving = (recorded(RC, "failed", at=NEXT_DAY, purpose="retest", verifies=1), disproved(at=NEXT_DAY))
    tally = tally_of(published(recorded(RC, "failed"), raised(), fixed(), *disproving))
    assert tally.progress.by_status() == {"open": 1, "planned": 0, "fixed": 0, "closed": 0}
    history = (recorded(RC, "failed"), raised(), fixed(), *disproving)
    assert tally_until(START, *history).progress.by_status()["fixed"] == 1
    assert tally_until(NEXT_DAY.date(), *history).progress == tally.progress
