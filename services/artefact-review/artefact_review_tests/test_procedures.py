"""What differs between procedures comes from their data: artefacts or none, where tests come from, who decides."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from artefact_review.domain import (
    entry_gate,
    events,
    gate_refusals,
    refusals,
    report_checks,
    reporting,
    review_refusals,
    submission,
)
from artefact_review.domain.checks import RULES
from artefact_review.domain.judging import Grounds, verdicts
from artefact_review.domain.kinds import checks_of, kinds_of
from artefact_review.domain.party import Party
from artefact_review.domain.reviewing import Remark
from artefact_review.domain.scoping import scope_of
from artefact_review.files.reading import READERS, read_artefact
from kernel.engagement import Participant, Subject
from kernel.refusal import Refusal
from rulebook.engine.profile import procedures, profile
from rulebook.engine.scope.scope import NothingToTest
from testing.made_up import GATE_BEFORE_THE_TRIAL, PROCEDURE, PROCEDURE_FILE, edited_law, made_up_law

from . import given
from .acting import (
    ACKNOWLEDGED,
    SPEC,
    descope,
    evidenced,
    gate,
    report,
    reschedule,
    reviewed,
    stated,
    update,
    verdict,
    withdraw,
)

CHOSEN = ("4.2", "4.8.3")
DUST = given.opened(procedure="additional-sr-dust", srvs=CHOSEN)
BY_UEPT = given.opened(procedure="additional-sr-uept", srvs=CHOSEN)
CERTIFIED = Party(given.ADMITTED, (given.certificate("4.2"),))
WHOLLY_CERTIFIED = Party(given.ADMITTED, (given.certificate(*CHOSEN),))


def test_every_check_and_reader_that_a_procedure_names_is_there() -> None:
    known = {rule.id for rule in RULES}
    for procedure in procedures():
        assert set(checks_of(profile(procedure))) <= known, procedure
        recorded = {check.id for each in profile(procedure).artefacts if not each.submitted for check in each.checks}
        assert recorded <= set(report_checks.RULES), procedure
        handed_in = {each.reader for each in profile(procedure).artefacts if each.submitted}
        assert handed_in <= set(READERS), procedure


class TestAdditionalTestingWithoutArtefacts:
    """Device and User System Testing: no artefacts, no weekly report, tests chosen in the notice (CTSD 5.7, 5.4)."""

    notified = SPEC.given().when(DUST).then(DUST)

    def evidenced(self) -> Any:
        spec = self.notified
        for criterion in ("5.8.1d", "5.8.1e", "5.8.1f"):
            spec = spec.when(stated(criterion)).accepted()
        return spec.when(stated("5.4.2", "dcc")).accepted()

    def test_it_goes_from_the_notice_to_the_gate_and_the_scope_is_agreed_there_less_what_is_certified(self) -> None:
        passed = self.evidenced().when(gate(party=CERTIFIED, approved=())).accepted()
        agreed, held = passed.history[-2:]
        assert isinstance(agreed, events.ScopeAgreed)
        assert {test.srv for test in agreed.tests} == {"4.8.3"}
        assert (agreed.certified, agreed.descoped) == (("4.2",), ())
        assert isinstance(held, events.EntryGateHeld)
        assert (held.gate, held.body, held.schedule, held.last_day) == ("entry", "dcc", (), None)
        assert [each.criterion for each in held.criteria] == [
            *("5.8.1a", "5.8.1b", "5.8.1d", "5.8.1e", "5.8.1f", "5.4.1", "5.4.2")
        ]

    def test_what_was_agreed_stays_when_more_is_certified_later(self) -> None:
        passed = self.evidenced().when(gate(party=CERTIFIED, approved=())).accepted()
        assert scope_of(passed.state, WHOLLY_CERTIFIED).srvs == ("4.8.3",)
        moved = passed.when(reschedule()).accepted()
        again = moved.when(gate(party=CERTIFIED, approved=(), start_date=date(2027, 3, 15))).accepted()
        assert [type(event) for event in again.history].count(events.ScopeAgreed) == 1

    def test_the_gate_is_not_ready_when_every_chosen_service_request_is_certified(self) -> None:
        refusal = self.evidenced().when(gate(party=WHOLLY_CERTIFIED, approved=())).then_refused(NothingToTest)
        assert (refusal.clause, refusal.facts["already"]) == ("CTSD 5.4.1", "4.2, 4.8.3")

    def test_a_certificate_of_the_entry_tests_must_be_held_for_the_same_subject(self) -> None:
        other = Party(given.ADMITTED, (given.certificate(*CHOSEN, role="IS"),))
        for party in (given.ACCEDED, other):
            refusal = (
                self.evidenced().when(gate(party=party, approved=())).then_refused(gate_refusals.EntryCriteriaNotMet)
            )
            assert refusal.facts["criteria"] == "5.4.1"

    def test_evidence_is_taken_from_the_role_of_which_it_is_asked(self) -> None:
        self.notified.when(stated("5.4.2")).then_refused(
            gate_refusals.EvidenceNotWanted("5.4.2", "participant", "5.8.1d, 5.8.1e, 5.8.1f")
        )
        self.notified.when(stated("5.8.1d", "dcc")).then_refused(
            gate_refusals.EvidenceNotWanted("5.8.1d", "dcc", "5.4.2")
        )

    def test_days_that_are_given_with_the_decision_are_the_schedule_in_their_order(self) -> None:
        first, last = events.PlannedDay(given.START, 2), events.PlannedDay(date(2027, 3, 6), 1)
        held = self.evidenced().when(gate(party=CERTIFIED, approved=(), schedule=(last, first))).accepted().history[-1]
        assert (held.schedule, held.last_day) == ((first, last), last.day)

    @pytest.mark.parametrize("days", [(date(2027, 2, 26),), (date(2099, 1, 4),), (given.START, given.START)])
    def test_a_day_before_the_start_or_beyond_the_calendar_or_twice_is_refused(self, days: tuple[date, ...]) -> None:
        schedule = tuple(events.PlannedDay(day, 1) for day in days)
        self.evidenced().when(gate(party=CERTIFIED, approved=(), schedule=schedule)).then_refused(
            gate_refusals.ScheduleNotUsable(str(days[0]), given.START)
        )

    def test_nothing_is_handed_in_reported_or_descoped(self) -> None:
        assert kinds_of(profile("additional-sr-dust")) == ()
        self.notified.when(given.submit(given.artefacts())).then_refused(refusals.ArtefactsNotAskedFor)
        refusal = self.notified.when(report("2027-W03")).then_refused(refusals.ReadinessReportsNotAskedFor)
        assert refusal.clause == "CTSD 6.3.1"
        with pytest.raises(refusals.ReadinessReportsNotAskedFor):
            reporting.next_due(reviewed(self.notified), date(2027, 1, 22))
        self.notified.when(verdict("accepted")).then_refused(review_refusals.NothingToReview)
        for command in (descope(agreed=True), withdraw()):
            self.notified.when(command).then_refused(refusals.DescopingNotOffered)


def test_scripts_and_data_that_no_step_hands_in_are_kept_checked_and_up_to_date_all_the_same() -> None:
    notified = SPEC.given().when(DUST).then(DUST)
    sent = [
        each
        for each in given.read(given.tables(tests=scope_of(reviewed(notified), Party())))
        if each.kind in ("test-scripts", "test-data-plan")
    ]
    kept = notified.when(update(sent[:1])).accepted().when(update(sent[1:])).accepted()
    assert [each.kind for each in reviewed(kept).documents.artefacts] == ["test-scripts", "test-data-plan"]
    updated = kept.history[-1]
    assert isinstance(updated, events.ArtefactsUpdated)
    assert {each.rule for each in updated.findings} >= {"tests-have-scripts", "data-covers-services"}
    kept.when(verdict("accepted")).then_refused(review_refusals.NothingToReview)
    without_tests = given.artefacts("GT")[2:3]
    notified.when(update(without_tests)).then_refused(refusals.UpdateFailsChecks)
    notified.when(update(given.artefacts()[:1])).then_refused(
        refusals.ArtefactNotMaintained("test-plan", "test-scripts, test-data-plan")
    )


class TestAdditionalTestingByTheEntryProcess:
    """The artefacts of the entry process, for chosen Service Requests less those certified (CTSD 5.4.2a, 8.1.4)."""

    acknowledged = SPEC.given(BY_UEPT, ACKNOWLEDGED)

    def submitted(self) -> Any:
        scope = scope_of(reviewed(self.acknowledged), CERTIFIED)
        sent = given.read(given.tables(tests=scope))
        return self.acknowledged.when(replace(given.submit(sent), party=CERTIFIED)).accepted()

    def test_the_artefacts_are_measured_against_what_is_left_to_test(self) -> None:
        findings = self.submitted().history[-1].findings
        assert all(finding.passed for finding in findings)
        measured = submission.findings(self.submitted().state, given.ACCEDED)
        assert {each.rule for each in measured if not each.passed} >= {"tests-have-scripts", "data-covers-services"}

    def test_acceptance_agrees_the_chosen_service_requests_less_those_certified(self) -> None:
        accepted = self.submitted().when(replace(verdict("accepted"), party=CERTIFIED)).accepted()
        agreed = accepted.history[-1]
        assert isinstance(agreed, events.ScopeAgreed)
        assert {test.srv for test in agreed.tests} == {"4.8.3"}
        assert agreed.certified == ("4.2",)
        passed = evidenced(accepted).when(gate(party=CERTIFIED)).accepted()
        assert [each.criterion for each in passed.history[-1].criteria][-1] == "5.4.1"
        assert [type(event) for event in passed.history].count(events.ScopeAgreed) == 1

    def test_artefacts_are_refused_when_every_chosen_service_request_is_certified(self) -> None:
        sent = replace(given.submit(given.artefacts()), party=WHOLLY_CERTIFIED)
        self.acknowledged.when(sent).then_refused(NothingToTest)


TRIAL = events.ReviewOpened(
    PROCEDURE,
    "trial-2026.1",
    Subject("combination", "HUB/ACME", "HUB with ACME", {"devices": "HUB", "provider": "ACME"}),
    (Participant("requester", "ACME", "Acme Ltd"),),
    given.START,
    (),
    (),
    given.NOW,
)
DESCRIPTION = read_artefact("description", "file", "hub.pdf", b"%PDF-1.7 a hub")


@pytest.fixture
def made_up() -> Iterator[None]:
    with made_up_law():
        yield


@pytest.mark.usefixtures("made_up")
class TestAProcedureThatNoDocumentHas:
    def test_a_file_that_nothing_reads_is_reviewed_and_its_acceptance_agrees_the_tests_of_the_pack(self) -> None:
        submitted = SPEC.given().when(TRIAL).then(TRIAL)
        submitted = submitted.when(given.submit((DESCRIPTION,))).accepted()
        remark = Remark("description", "Which version?")
        returned = submitted.when(verdict("returned", remark, role="laboratory")).accepted()
        again = replace(DESCRIPTION, sha256="0" * 64)
        revised = returned.when(given.submit((again,))).accepted()
        agreed = revised.when(verdict("accepted", role="laboratory")).accepted().history[-1]
        assert isinstance(agreed, events.ScopeAgreed)
        assert [test.id for test in agreed.tests] == ["PAIR", "READ", "WRITE", "PART"]
        assert agreed.web_services == ()

    def test_what_is_refused_cites_the_document_of_the_procedure(self) -> None:
        opened = SPEC.given().when(TRIAL).then(TRIAL)
        for command, clause in (
            (given.submit(()), "TRIAL 2.3"),
            (verdict("accepted"), "TRIAL 2.4"),
            (descope(agreed=True), "TRIAL 2.4"),
            (report("2027-W03"), "TRIAL 2.1"),
            (gate(body="board"), "TRIAL 2.1"),
        ):
            assert opened.when(command).then_refused(Refusal).clause == clause

    def test_without_an_entry_gate_none_is_decided_and_no_evidence_is_taken(self) -> None:
        for command in (gate(body="board"), stated("record-kept", "tribunal")):
            SPEC.given(TRIAL).when(command).then_refused(gate_refusals.NoEntryGate)


@pytest.fixture
def gated(tmp_path: Path) -> Iterator[None]:
    """The made-up procedure, its chain of two bodies before the trial, and its tests agreed by the notice."""
    by_notice = (PROCEDURE_FILE, '"artefacts"\npack', '"notice"\npack')
    with edited_law(tmp_path / "law", *GATE_BEFORE_THE_TRIAL, by_notice):
        yield


def decides(body: str, outcome: str = "ready", **more: Any) -> entry_gate.DecideGate:
    return gate(outcome, body=body, approved=(), party=Party(), **more)


@pytest.mark.usefixtures("gated")
class TestAChainOfTwoBodies:
    def notified(self) -> Any:
        return SPEC.given().when(TRIAL).accepted()

    def test_the_notice_alone_agrees_the_tests_of_a_pack(self) -> None:
        assert [type(event) for event in self.notified().history] == [events.ReviewOpened, events.ScopeAgreed]

    def test_each_body_decides_in_its_turn_and_the_last_one_holds_the_gate(self) -> None:
        self.notified().when(decides("tribunal")).then_refused(
            gate_refusals.NotThisBodysTurn(
                "tribunal", "agreement of board and tribunal", "board", "board, then tribunal"
            )
        )
        approved = self.notified().when(decides("board")).accepted()
        assert approved.history[-1] == events.GateBodyDecided("agreement", "board", (), "", "dana", given.NOW)
        approved.when(decides("board")).then_refused(gate_refusals.NotThisBodysTurn)
        stating = approved.when(stated("record-kept", "tribunal")).accepted()
        held = stating.when(decides("tribunal")).accepted().history[-1]
        assert isinstance(held, events.EntryGateHeld)
        assert (held.gate, held.body, held.outcome) == ("agreement", "tribunal", "ready")
        assert all(verdict.met for verdict in held.criteria)

    def test_what_a_later_body_is_to_state_is_no_ground_for_an_earlier_one_to_refuse(self) -> None:
        self.notified().when(decides("board", "prevented", reason="No.")).then_refused(gate_refusals.NoCriterionUnmet)
        approved = self.notified().when(decides("board")).accepted()
        approved.when(decides("tribunal")).then_refused(gate_refusals.EntryCriteriaNotMet)
        approved.when(decides("tribunal", "prevented", reason="No.")).accepted()

    def test_a_refusal_in_the_chain_holds_the_gate_and_the_chain_begins_again(self) -> None:
        refused = self.notified().when(decides("board", "prevented", reason="No.", not_met=("agreed",))).accepted()
        held = refused.history[-1]
        assert isinstance(held, events.EntryGateHeld)
        assert (held.body, held.outcome) == ("board", "prevented")
        (unmet,) = (each for each in held.criteria if each.criterion == "agreed")
        assert unmet.statement == "Board considers it not met: No."
        approved = refused.when(decides("board")).accepted()
        ended = approved.when(decides("tribunal", "prevented", reason="No.")).accepted()
        ended.when(decides("tribunal")).then_refused(gate_refusals.NotThisBodysTurn)
        ended.when(decides("board")).accepted()

    def test_a_body_that_approved_the_old_start_decides_again_on_the_new_one(self) -> None:
        approved = self.notified().when(decides("board")).accepted().when(reschedule()).accepted()
        approved.when(decides("tribunal")).then_refused(gate_refusals.NotThisBodysTurn)


def test_a_notice_before_the_accession_is_taken_and_the_gate_needs_it() -> None:
    notified = SPEC.given().when(given.opened()).accepted()
    unknown, known = (Grounds(party, date(2027, 1, 22)) for party in (Party(), given.ACCEDED))
    assert verdicts(reviewed(notified), unknown)[0].statement == (
        "The Code Administrator has not confirmed that Acme Export Ltd acceded to the Code."
    )
    assert verdicts(reviewed(notified), known)[0].met
