"""Procedures that no document has: the same rules, driven by other profiles."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.execution_tracker import IssueChanged
from execution_tracker.aggregates import EXECUTION
from execution_tracker.domain import engagement as domain
from execution_tracker.domain.completion import CompleteExecution
from execution_tracker.domain.connectivity import StateEarlierTesting
from execution_tracker.domain.decisions import Command
from execution_tracker.domain.engagement import Engagement
from execution_tracker.domain.events import (
    Event,
    ExecutionBegun,
    ExecutionCompleted,
    ScopedTest,
    ScopeSet,
    StartMoved,
)
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.issues import RaiseIssue
from execution_tracker.domain.refusals import (
    ConnectivityNotConfirmed,
    ConnectivityNotNeeded,
    NotAllExecuted,
    NotReady,
    NotStarted,
    ProviderMissing,
    ProviderOfAnother,
    ScopeNotAgreed,
)
from execution_tracker.domain.result_refusals import NothingInScope, OutOfOrder, ResultsRefused
from execution_tracker.translation import publish
from kernel.audience import ForeignParty, WrongRole
from kernel.engagement import Participant, Subject
from kernel.refusal import Refusal
from rulebook.engine.profile import Criterion, Judge, Profile, ScopeSource, profile
from rulebook.engine.profile import Execution as Begins
from rulebook.engine.scope.catalogue import Test
from rulebook.engine.scope.packs import Pack
from rulebook.engine.scope.scope import tests_of as scope_of
from testing.execution_events import (
    BY,
    CONNECTED,
    NOW,
    START,
    check,
    confirmed,
    engagement,
    record,
    recorded,
    result,
    scoped,
)
from testing.made_up import PROCEDURE, made_up_law
from testing.probe import Spec, deciding

spec = deciding(EXECUTION)
begun = ExecutionBegun(engagement(procedure="of-this-test"), START)
PACK = ScopeSet((ScopedTest("PACK:1", "planned-test"), ScopedTest("PACK:2", "planned-test")), ())
NEXT_DAY = NOW + timedelta(days=1)
Told = Spec[Command, Execution, Event]
Uept = profile("uept")


@pytest.fixture
def procedure(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make the procedure of the engagement that of UEPT, but for some of what it says."""

    def said(**changes: Any) -> None:
        other: Profile = replace(Uept, id="of-this-test", **changes)
        monkeypatch.setattr(domain, "profile", lambda *_: other)

    return said


def completed(from_: Told, **more: str) -> ExecutionCompleted:
    (event,) = from_.when(CompleteExecution(BY, NOW, **more)).events
    assert isinstance(event, ExecutionCompleted)
    return event


def test_a_procedure_may_be_executed_by_dcc_for_an_organisation_that_only_reads(
    procedure: Callable[..., None],
) -> None:
    participant = replace(Uept.roles["participant"], may=frozenset({"start", "read"}))
    dcc = replace(Uept.roles["dcc"], may=frozenset({"execute", "review", "decide", "read"}))
    procedure(roles={"participant": participant, "dcc": dcc})
    audience = spec.given(begun).state.audience
    assert audience
    audience.require("execute", "dcc", None)
    audience.require("read", "participant", "ACME")
    with pytest.raises(WrongRole):
        audience.require("execute", "participant", "ACME")
    connected = spec.given(begun, *CONNECTED[1:])
    connected.when(record(result("RC:E13:S1"))).accepted()


def test_without_an_entry_gate_testing_is_ready_when_its_scope_is_agreed_and_its_start_has_come(
    procedure: Callable[..., None],
) -> None:
    procedure(gates=tuple(gate for gate in Uept.gates if gate.phase == "exit"))
    spec.given(begun).when(check("dcc-only")).then_refused(ScopeNotAgreed)
    ready = spec.given(begun, scoped)
    ready.when(check("dcc-only", now=NOW - timedelta(days=1))).then_refused(NotStarted)
    ready.when(check("dcc-only")).accepted()
    assert ready.state.phase == "connecting"


def test_without_an_entry_gate_testing_starts_when_it_was_rescheduled_to(procedure: Callable[..., None]) -> None:
    procedure(gates=())
    later = spec.given(begun, scoped, StartMoved(NEXT_DAY.date()))
    later.when(check("dcc-only")).then_refused(NotStarted)
    later.when(check("dcc-only", now=NEXT_DAY)).accepted()


def test_with_an_entry_gate_the_planned_start_alone_begins_nothing(procedure: Callable[..., None]) -> None:
    procedure()
    spec.given(begun, scoped).when(check("dcc-only", now=NEXT_DAY)).then_refused(NotReady)
    spec.given(begun, scoped, confirmed).when(record(result("RC:E13:S1"))).then_refused(ConnectivityNotConfirmed)


def test_what_begins_with_nothing_takes_results_from_the_start_date_on(procedure: Callable[..., None]) -> None:
    procedure(execution=Begins("nothing", "nothing"))
    ready = spec.given(begun, PACK, confirmed)
    assert ready.state.phase == "executing"
    early = result("PACK:1", at=NOW - timedelta(days=1))
    ready.when(record(early, now=early.executed_at)).then_refused(NotStarted)
    ready.when(record(result("PACK:1"), result("PACK:2"))).accepted()


def test_what_begins_with_nothing_has_no_connectivity_to_confirm(procedure: Callable[..., None]) -> None:
    procedure(execution=Begins("nothing", "nothing"))
    ready = spec.given(begun, PACK, confirmed)
    ready.when(check("dcc-only")).then_refused(ConnectivityNotNeeded)
    ready.when(StateEarlierTesting("The year before.", BY, NOW)).then_refused(ConnectivityNotNeeded)


def pack(*tests: Test) -> ScopeSource:
    return ScopeSource("pack", "notice", Pack("of-this-test", "Of this test", "CTSD 8.1", tests))


def test_a_pack_without_service_requests_is_executed_and_completed_with_none_tested(
    procedure: Callable[..., None],
) -> None:
    procedure(
        execution=Begins("nothing", "nothing"),
        scope=pack(Test("PACK:1", "planned-test", "One"), Test("PACK:2", "planned-test", "Two")),
    )
    event = completed(spec.given(begun, PACK, confirmed, recorded("PACK:1"), recorded("PACK:2")))
    assert (event.scheduled, event.tests.passed, event.srvs) == (2, 2, ())


def test_the_tests_of_a_pack_follow_the_order_that_it_prescribes(procedure: Callable[..., None]) -> None:
    procedure(
        execution=Begins("nothing", "nothing"),
        scope=pack(Test("PACK:1", "planned-test", "One", order=1), Test("PACK:2", "planned-test", "Two", order=2)),
    )
    steps = (ScopedTest("PACK:1", "planned-test", None, 1), ScopedTest("PACK:2", "planned-test", None, 2))
    ready = spec.given(begun, ScopeSet(steps, ()), confirmed)
    ready.when(record(result("PACK:2"))).then_refused(OutOfOrder(test="PACK:2", predecessor="PACK:1"))
    ready.given(recorded("PACK:1")).when(record(result("PACK:2"))).accepted()


def test_without_an_exit_gate_no_criterion_is_stated(procedure: Callable[..., None]) -> None:
    procedure(gates=tuple(gate for gate in Uept.gates if gate.phase == "entry"))
    known = spec.given(begun, PACK, confirmed, *CONNECTED[3:])
    known.when(CompleteExecution(BY, NOW)).then_refused(NotAllExecuted(count=2, examples="PACK:1, PACK:2"))
    event = completed(known, unexecuted_reason="No device.")
    assert (event.criteria, event.unexecuted_reason) == ((), "No device.")


def test_the_criterion_that_names_what_was_not_executed_is_known_by_its_judge(
    procedure: Callable[..., None],
) -> None:
    gate = Uept.gate("exit")
    assert gate
    everything = Criterion("of-this-test", gate.clause, "Everything ran.", Judge("all-executed", {}))
    procedure(gates=(*(each for each in Uept.gates if each != gate), replace(gate, criteria=(everything,))))
    known = spec.given(begun, PACK, confirmed, *CONNECTED[3:], recorded("PACK:1"))
    (verdict,) = completed(known, unexecuted_reason="No device.").criteria
    assert (verdict.criterion, verdict.met) == ("of-this-test", False)
    assert verdict.statement.endswith("Not executed: PACK:2.")


def test_a_procedure_without_a_scope_is_ready_without_one_and_takes_no_results(
    procedure: Callable[..., None],
) -> None:
    procedure(scope=ScopeSource("none", "notice"), execution=Begins("nothing", "nothing"), gates=())
    ready = spec.given(begun)
    assert ready.state.phase == "executing"
    ready.when(record(result("PACK:1"))).then_refused(NothingInScope(test="PACK:1"))
    ready.when(RaiseIssue("PACK:1", 3, "No answer", "It never came.", BY, NOW)).then_refused(NothingInScope)
    event = completed(ready)
    assert (event.scheduled, event.srvs, event.criteria) == (0, (), ())


TRIAL_OF = {"devices": "meter A with hub B", "provider": "Provider C"}
TRIAL = ExecutionBegun(
    Engagement(
        PROCEDURE,
        "trial-2026.1",
        Subject("combination", "meter-a-hub-b/provider-c", "meter A with hub B with Provider C", TRIAL_OF),
        (Participant("requester", "ACME", "Acme Meters Ltd"),),
    ),
    START,
)


@pytest.fixture
def trial() -> Iterator[Told]:
    """The trial of a made-up document on the day on which it is planned to start, with the tests of its pack."""
    with made_up_law():
        tests = scope_of(profile(PROCEDURE), TRIAL_OF).tests
        agreed_scope = ScopeSet(tuple(ScopedTest(each.id, each.kind, each.srv, each.order) for each in tests), ())
        yield spec.given(TRIAL, agreed_scope)


def test_a_trial_of_a_made_up_document_is_executed_from_its_planned_start_to_its_completion(trial: Told) -> None:
    assert trial.state.phase == "executing"
    trial.when(record(result("READ"))).then_refused(OutOfOrder(test="READ", predecessor="PAIR"))
    minutes = [NOW - timedelta(minutes=each) for each in (4, 3, 2, 1)]
    ran = record(
        result("PAIR", at=minutes[0]),
        result("READ", at=minutes[1]),
        result("WRITE", "failed", at=minutes[2]),
        result("PART", at=minutes[3]),
    )
    failed = trial.when(ran).accepted()
    raised = failed.when(RaiseIssue("WRITE", 3, "Refused", "The device refused it.", "Lab", NOW)).accepted()
    event = completed(raised)
    assert [(each.criterion, each.met) for each in event.criteria] == [
        ("all-tried", True),
        ("enough-passed", True),
        ("few-issues", False),
    ]
    assert "of Provider C" in event.criteria[2].statement
    assert (event.unsuccessful, event.srvs) == (("WRITE",), ())


def test_what_is_refused_cites_the_document_of_the_procedure_also_row_by_row(trial: Told) -> None:
    for command in (
        record(result("READ")),
        record(result("UNKNOWN")),
        RaiseIssue("PAIR", 3, "Refused", "It was refused.", "Lab", NOW),
        CompleteExecution("Lab", NOW),
    ):
        assert trial.when(command).then_refused(Refusal).clause == "TRIAL 3.1"
    rows = trial.when(record(result("READ"), result("UNKNOWN"))).then_refused(ResultsRefused)
    assert isinstance(rows, ResultsRefused)
    assert {row.clause for row in rows.rows} == {"TRIAL 3.1"}


def test_an_issue_of_a_combination_is_its_providers_and_that_is_told(trial: Told) -> None:
    failed = trial.when(record(result("PAIR", "failed"))).accepted()
    issue = RaiseIssue("PAIR", 3, "Refused", "The device refused it.", BY, NOW)
    raised = failed.when(issue)
    (public,) = (each.contract for event in raised.events for each in publish("", event, raised.accepted().state))
    assert isinstance(public, IssueChanged)
    assert (public.provider, public.raised_by) == ("Provider C", BY)
    failed.when(replace(issue, provider="Provider C")).accepted()
    refused = failed.when(replace(issue, provider="Provider D")).then_refused(ProviderOfAnother)
    assert refused.remedy_text == "Leave the provider out, or name Provider C."


def test_where_issues_count_by_provider_one_that_names_none_is_refused(procedure: Callable[..., None]) -> None:
    issue = RaiseIssue("PACK:1", 3, "Refused", "The device refused it.", BY, NOW)
    failed = spec.given(begun, PACK, confirmed, *CONNECTED[3:], recorded("PACK:1", "failed"))
    procedure()
    assert failed.when(issue).accepted().state.issues[1].provider is None
    assert failed.when(replace(issue, provider="CSP North")).accepted().state.issues[1].provider == "CSP North"
    procedure(thresholds=tuple(replace(each, count="provider") for each in Uept.thresholds))
    failed.when(issue).then_refused(ProviderMissing(Uept.title))
    assert failed.when(replace(issue, provider="CSP North")).accepted().state.issues[1].summary.provider == "CSP North"


def test_a_trial_is_executed_by_the_laboratory_and_read_by_who_asked_for_it(trial: Told) -> None:
    audience = trial.state.audience
    assert audience
    audience.require("execute", "laboratory", None)
    audience.require("read", "requester", "ACME")
    with pytest.raises(WrongRole):
        audience.require("execute", "requester", "ACME")
    with pytest.raises(ForeignParty):
        audience.require("read", "requester", "OTHER")
