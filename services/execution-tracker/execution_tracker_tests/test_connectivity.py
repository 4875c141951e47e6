from dataclasses import replace
from datetime import UTC, datetime

from execution_tracker.aggregates import EXECUTION
from execution_tracker.domain.connectivity import StateEarlierTesting
from execution_tracker.domain.events import ConnectivityChecked, ConnectivityConfirmed
from execution_tracker.domain.refusals import (
    ConnectivityAlreadyConfirmed,
    ConnectivityAlreadyProved,
    ConnectivityNotConfirmed,
    EarlierTestingMissing,
    ExecutionIsComplete,
    NotReady,
    NotStarted,
    ScopeNotAgreed,
    WebServiceOutOfReach,
)
from kernel.engagement import EngagementUnknown
from testing.execution_events import (
    BY,
    CONNECTED,
    NOW,
    READY,
    START,
    begun,
    check,
    completed,
    confirmed,
    record,
    result,
    scoped,
)
from testing.probe import deciding

spec = deciding(EXECUTION)
earlier = StateEarlierTesting("The UEPT of 2026, day 1.", BY, NOW)


def test_the_last_web_service_reached_confirms_connectivity() -> None:
    spec.given(*READY).when(check("dcc-only")).then(ConnectivityChecked("dcc-only", True, BY, NOW)).when(
        check("non-critical")
    ).then(
        ConnectivityChecked("non-critical", True, BY, NOW),
        ConnectivityConfirmed(("non-critical", "dcc-only"), None, BY, NOW),
    )


def test_a_failed_check_confirms_nothing_and_may_be_tried_again() -> None:
    after = spec.given(*READY).when(check("dcc-only", passed=False)).accepted()
    after.when(check("dcc-only")).then(ConnectivityChecked("dcc-only", True, BY, NOW))


def test_a_web_service_that_the_role_cannot_reach_is_not_tested() -> None:
    refused = WebServiceOutOfReach(web_service="critical", reachable="non-critical, dcc-only")
    spec.given(*READY).when(check("critical")).then_refused(refused)


def test_a_web_service_once_reached_is_not_repeated() -> None:
    once = spec.given(*READY, ConnectivityChecked("dcc-only", True, BY, NOW))
    once.when(check("dcc-only")).then_refused(ConnectivityAlreadyProved(web_service="dcc-only", missing="non-critical"))
    spec.given(*CONNECTED).when(check("dcc-only")).then_refused(ConnectivityAlreadyProved)


def test_nothing_is_tested_in_an_engagement_nobody_notified() -> None:
    spec.given().when(check("dcc-only")).then_refused(EngagementUnknown)
    spec.given(scoped, confirmed).when(record(result("RC:E13:S1"))).then_refused(EngagementUnknown)


def test_nothing_is_tested_before_the_entry_gate_found_the_party_ready() -> None:
    spec.given(begun, scoped).when(check("dcc-only")).then_refused(NotReady)


def test_nothing_is_tested_before_the_scope_is_agreed() -> None:
    for known in ((begun,), (begun, confirmed)):
        spec.given(*known).when(check("dcc-only")).then_refused(ScopeNotAgreed)


def test_nothing_is_tested_before_the_start_date_in_london() -> None:
    evening_before = datetime(2027, 2, 28, 23, 59, tzinfo=UTC)
    refused = spec.given(*READY).when(check("dcc-only", now=evening_before)).then_refused(NotStarted)
    assert refused.facts["start_date"] == START


def test_no_result_is_recorded_before_connectivity_is_confirmed() -> None:
    spec.given(*READY).when(record(result("RC:E13:S1"))).then_refused(
        ConnectivityNotConfirmed(missing="non-critical, dcc-only")
    )


def test_earlier_testing_that_is_stated_confirms_connectivity_without_a_try() -> None:
    stated = ConnectivityConfirmed(("non-critical", "dcc-only"), "The UEPT of 2026, day 1.", BY, NOW)
    after = spec.given(*READY).when(earlier).then(stated)
    after.when(record(result("RC:E13:S1"))).accepted()
    after.when(check("dcc-only")).then_refused(ConnectivityAlreadyProved(web_service="dcc-only", missing="the tests"))


def test_earlier_testing_is_stated_before_the_start_date_but_not_before_the_entry_gate_and_the_scope() -> None:
    evening_before = datetime(2027, 2, 28, 18, 0, tzinfo=UTC)
    spec.given(*READY).when(replace(earlier, now=evening_before)).accepted()
    spec.given(begun, scoped).when(earlier).then_refused(NotReady)
    spec.given(begun, confirmed).when(earlier).then_refused(ScopeNotAgreed)


def test_it_must_be_said_which_earlier_testing_it_was() -> None:
    spec.given(*READY).when(replace(earlier, earlier_testing=" ")).then_refused(EarlierTestingMissing)


def test_confirmed_connectivity_is_not_confirmed_by_earlier_testing_again() -> None:
    spec.given(*CONNECTED).when(earlier).then_refused(ConnectivityAlreadyConfirmed)
    spec.given(*CONNECTED, completed()).when(earlier).then_refused(ExecutionIsComplete)


def test_earlier_testing_may_stand_for_what_was_not_tried_yet() -> None:
    once = spec.given(*READY, ConnectivityChecked("dcc-only", True, BY, NOW))
    assert once.when(earlier).accepted().state.connected
