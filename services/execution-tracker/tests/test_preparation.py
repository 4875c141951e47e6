from execution_tracker.aggregates import EXECUTION
from execution_tracker.domain.events import ScopeSet, StartConfirmed
from execution_tracker.domain.inbound import BeginExecution, ConfirmStart, SetScope
from execution_tracker.testing.events import START, begun, confirmed, scoped
from testing.probe import deciding

spec = deciding(EXECUTION)
begin = BeginExecution(begun.engagement)
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
