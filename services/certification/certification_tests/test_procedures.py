"""What differs between procedures comes from their data: evidence instead of a report, several forms, a chain."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from certification.api.completion import exit_criteria_of
from certification.domain.certificate import CertifiedSrv
from certification.domain.completion import (
    CertificateIssued,
    CompletionOpened,
    EvidenceSubmitted,
    ExecutionCompleted,
    ExitGateHeld,
    GateBodyDecided,
    IssueNoted,
    ReceiptConfirmed,
    ScopedTest,
    ScopeNoted,
)
from certification.domain.criteria import Findings, verdicts
from certification.domain.effects import listed
from certification.domain.gate import HoldExitGate, next_body
from certification.domain.issuing import Earlier, RecordIssued, Reserved
from certification.domain.refusals import (
    CertificateAlreadyPrepared,
    EveryCriterionMet,
    EvidenceOfAnother,
    ExecutionNotComplete,
    ExitCriteriaNotMet,
    NoCertificateHere,
    NoExitGate,
    NoMeetingHere,
    NoServiceRequestTested,
    NothingSubmitted,
    NotSubmittedHere,
    OtherBodysTurn,
    ReceiptNotConfirmed,
)
from certification.domain.report import Evidence, SubmittedFile, TestFigures
from certification.domain.reporting import ConfirmReceipt, SubmitEvidence
from certification.signing.form import render
from certification.translation import publish
from contracts.certification import CertificateIssued as PublicCertificate
from contracts.certification import CompletionReportSubmitted, EligibilityRegistered, EntryListed
from kernel.audience import WrongRole
from kernel.engagement import Participant, Subject
from testing.made_up import GATE_BEFORE_THE_TRIAL, NO_CERTIFICATE, PROCEDURE, edited_law, made_up_law

from .events import ATP, ENGAGEMENT, EXECUTED, NOW, OPENED, REQUEST, SUBMIT, TCC, TODAY, completion, executed

EVIDENCE = Evidence(
    "Every test passed.", (SubmittedFile("dashboard.pdf", "aa" * 32), SubmittedFile("e.pdf", "bb" * 32))
)
SEND = SubmitEvidence(ENGAGEMENT, EVIDENCE, "Tess Manager", NOW)
SENT = EvidenceSubmitted(1, EVIDENCE, "Tess Manager", NOW)
CONFIRM = ConfirmReceipt(ENGAGEMENT, "Dana Clerk", NOW)
BY_EVIDENCE = replace(OPENED, procedure="additional-sr-dust")
ADDED = replace(EXECUTED, srvs=("4.2",))
CERTIFIED_BEFORE = (CertifiedSrv("6.2.4", "UEPT", date(2026, 3, 2)), CertifiedSrv("8.9", "UEPT", date(2026, 3, 2)))
REQUEST_TWO = replace(
    REQUEST,
    reserved={
        TCC: Reserved("TCC-2027-0007", "secret", Earlier("TCC-2026-0002", CERTIFIED_BEFORE)),
        ATP: Reserved("ATP-2027-0003", "hidden", Earlier("ATP-2026-0001", CERTIFIED_BEFORE)),
    },
)
REVIEW = HoldExitGate(ENGAGEMENT, "dcc", "complete", None, "", "Dana Clerk", NOW)

added = completion.given(BY_EVIDENCE, ADDED)
evidenced = added.given(SENT, ReceiptConfirmed(1, "Dana Clerk", NOW))


def test_evidence_ends_the_execution_where_the_procedure_says_so_and_a_report_does_not() -> None:
    completion.given(BY_EVIDENCE).when(SEND).then_refused(ExecutionNotComplete)
    added.when(SUBMIT).then_refused(NotSubmittedHere("report", "evidence"))
    executed.when(SEND).then_refused(NotSubmittedHere("evidence", "report"))
    (told,) = publish(ENGAGEMENT, SENT, added.when(SEND).then(SENT).state)
    assert isinstance(told.contract, CompletionReportSubmitted)
    assert [file.file_name for file in told.contract.files] == ["dashboard.pdf", "e.pdf"]


def test_the_review_waits_for_evidence_whose_receipt_is_confirmed() -> None:
    added.when(REVIEW).then_refused(NothingSubmitted)
    added.when(CONFIRM).then_refused(NothingSubmitted)
    sent = added.given(SENT)
    sent.when(REVIEW).then_refused(ReceiptNotConfirmed(1))
    sent.when(CONFIRM).then(ReceiptConfirmed(1, "Dana Clerk", NOW)).when(REVIEW).accepted()


def test_a_review_without_a_meeting_counts_from_its_own_day() -> None:
    evidenced.when(replace(REVIEW, meeting_on=TODAY)).then_refused(NoMeetingHere)
    (held,) = evidenced.when(REVIEW).accepted().history[-1:]
    assert isinstance(held, ExitGateHeld)
    assert (held.meeting_on, [verdict.criterion for verdict in held.criteria]) == (
        TODAY,
        ["5.19.1a", "5.19.1b", "5.19.1c"],
    )


def test_a_review_that_finds_evidence_missing_names_the_criterion_that_is_not_met() -> None:
    further = replace(REVIEW, outcome="further-testing", reason="Page 2 is missing")
    evidenced.when(further).then_refused(EveryCriterionMet("5.19.1a, 5.19.1b, 5.19.1c"))
    named = replace(further, findings=Findings(not_met={"5.19.1a": "The evidence of SR 4.2 is missing."}))
    evidenced.when(named).accepted().when(SEND).then_refused(ExecutionNotComplete)


def test_a_decision_leads_to_one_certificate_of_each_form_and_each_is_issued_once() -> None:
    prepared = evidenced.when(REVIEW).accepted().when(REQUEST_TWO).accepted()
    assert list(prepared.state.certificates) == ["ATP-2027-0003", "TCC-2027-0007"]
    prepared.when(REQUEST_TWO).then_refused(CertificateAlreadyPrepared("ATP-2027-0003, TCC-2027-0007"))
    issued = prepared
    for number in sorted(prepared.state.certificates, reverse=True):
        record = RecordIssued(number, "aa" * 32, "bb" * 32, NOW)
        issued = issued.when(record).then(CertificateIssued(number, "aa" * 32, "bb" * 32, NOW))
        issued.when(record).then_nothing()
    assert issued.state.issued == {"ATP-2027-0003", "TCC-2027-0007"}


def test_a_certificate_that_is_re_issued_lists_all_to_date_and_another_what_was_tested_now() -> None:
    prepared = evidenced.when(REVIEW).accepted().when(REQUEST_TWO).accepted().state
    authority, reissued = prepared.certificates["ATP-2027-0003"], prepared.certificates["TCC-2027-0007"]
    new = CertifiedSrv("4.2", "Additional SR Testing", TODAY)
    assert (authority.supersedes, authority.srvs) == (None, (new,))
    assert (reissued.supersedes, reissued.srvs) == ("TCC-2026-0002", (new, *CERTIFIED_BEFORE))


def test_only_the_form_whose_effect_is_eligibility_adds_to_the_register() -> None:
    state = evidenced.when(REVIEW).accepted().when(REQUEST_TWO).accepted().state

    def told(number: str) -> list[str]:
        return [each.subject for each in publish(ENGAGEMENT, CertificateIssued(number, "", "", NOW), state)]

    assert told("ATP-2027-0003") == [ENGAGEMENT]
    assert told("TCC-2027-0007") == [ENGAGEMENT, *(f"ESUP/ES/{srv}" for srv in ("4.2", "6.2.4", "8.9"))]
    first, *rows = publish(ENGAGEMENT, CertificateIssued("TCC-2027-0007", "", "", NOW), state)
    assert isinstance(first.contract, PublicCertificate)
    assert (first.contract.outcome, first.contract.supersedes) == (TCC, "TCC-2026-0002")
    days = [row.contract.since for row in rows if isinstance(row.contract, EligibilityRegistered)]
    assert days == [TODAY, date(2026, 3, 2), date(2026, 3, 2)], "what was certified before keeps its day"


def test_where_a_certificate_identifies_service_requests_there_must_be_one() -> None:
    nothing = completion.given(BY_EVIDENCE, replace(ADDED, srvs=()), SENT, ReceiptConfirmed(1, "Dana Clerk", NOW))
    nothing.when(REVIEW).then_refused(NoServiceRequestTested)


COMBINATION = CompletionOpened(
    PROCEDURE,
    "trial-2026.1",
    Subject("combination", "A/C", "meter A with Provider C", {"devices": "meter A", "provider": "Provider C"}),
    (Participant("requester", "REQ", "Requester plc"),),
)
SCOPE = ScopeNoted((ScopedTest("PAIR", "The devices join one network"), ScopedTest("PART", "The devices leave it")))
TESTED = ExecutionCompleted(TestFigures(scheduled=4, passed=3, failed=1, blocked=0, not_run=0), (), ("PART",), (), NOW)
BY_BOARD = replace(REVIEW, body="board")
BY_TRIBUNAL = replace(REVIEW, body="tribunal", findings=Findings(evidence={"record-kept": "It is on file."}))
CERTIFY = replace(
    REQUEST, role="laboratory", reserved={"combination-certificate": Reserved("CMB-2027-0001", "secret", None)}
)

combination = completion.given(COMBINATION, SCOPE, TESTED)


@pytest.fixture
def made_up() -> Iterator[None]:
    """The rules of a document that nobody wrote."""
    with made_up_law():
        yield


@pytest.mark.usefixtures("made_up")
class TestAChainOfTwoBodies:
    def test_where_nothing_is_submitted_the_gate_follows_the_execution(self) -> None:
        combination.when(SUBMIT).then_refused(NotSubmittedHere("report", "nothing"))
        combination.when(SEND).then_refused(NotSubmittedHere("evidence", "nothing"))
        combination.when(CONFIRM).then_refused(NothingSubmitted)
        completion.given(COMBINATION).when(BY_BOARD).then_refused(ExecutionNotComplete)
        combination.when(BY_BOARD).accepted()

    def test_each_body_decides_in_its_turn_and_the_last_one_holds_the_gate(self) -> None:
        combination.when(BY_TRIBUNAL).then_refused(OtherBodysTurn("tribunal", "board"))
        approved = combination.when(BY_BOARD).then(GateBodyDecided("agreement", "board", (), {}, "", "Dana Clerk", NOW))
        assert next_body(approved.state, COMBINATION) == "tribunal"
        approved.when(BY_BOARD).then_refused(OtherBodysTurn("board", "tribunal"))
        (held,) = approved.when(BY_TRIBUNAL).accepted().history[-1:]
        assert isinstance(held, ExitGateHeld)
        assert (held.body, held.outcome) == ("tribunal", "complete")
        assert [verdict.met for verdict in held.criteria] == [True] * 5

    def test_a_body_states_its_own_evidence_and_no_other_does(self) -> None:
        for_the_tribunal = replace(BY_BOARD, findings=BY_TRIBUNAL.findings)
        combination.when(for_the_tribunal).then_refused(EvidenceOfAnother("record-kept", "tribunal"))
        approved = combination.when(BY_BOARD).accepted()
        approved.when(replace(BY_TRIBUNAL, findings=Findings())).then_refused(ExitCriteriaNotMet("TRIAL 4.1(d)"))

    def test_what_a_later_body_is_to_state_is_no_ground_for_an_earlier_one_to_refuse(self) -> None:
        refusal = replace(BY_BOARD, outcome="further-testing", reason="Nothing is on file yet")
        combination.when(refusal).then_refused(EveryCriterionMet)
        approved = combination.when(BY_BOARD).accepted()
        approved.when(replace(refusal, body="tribunal")).accepted()

    def test_a_criterion_that_is_not_met_stops_the_first_body_already(self) -> None:
        few = TestFigures(scheduled=4, passed=2, failed=2, blocked=0, not_run=0)
        failing = completion.given(COMBINATION, replace(TESTED, tests=few))
        failing.when(BY_BOARD).then_refused(ExitCriteriaNotMet("TRIAL 4.1(b)"))

    def test_the_issues_of_each_provider_are_counted_by_themselves(self) -> None:
        issues = [IssueNoted(1, 3, "planned", True, "Provider C"), IssueNoted(2, 3, "closed", True, "Provider D")]
        spec = completion.given(COMBINATION, *issues, TESTED)
        few = next(each for each in verdicts(COMBINATION, spec.state, decided=True) if each.criterion == "few-issues")
        assert "Outstanding issues of Provider C:" in few.statement
        assert "Provider D" not in few.statement

    @pytest.mark.parametrize("bodies", [["board"], ["board", "tribunal"]])
    def test_a_refusal_in_the_chain_ends_it_and_it_begins_again(self, bodies: list[str]) -> None:
        spec = combination
        for body in bodies[:-1]:
            spec = spec.when(replace(REVIEW, body=body)).accepted()
        refusal = replace(
            REVIEW,
            body=bodies[-1],
            outcome="further-testing",
            reason="The record is incomplete",
            findings=Findings(not_met={"record-kept": "Page 3 is missing."}),
        )
        refused = spec.when(refusal).accepted()
        (held,) = refused.history[-1:]
        assert isinstance(held, ExitGateHeld)
        assert (held.body, held.outcome) == (bodies[-1], "further-testing")
        again = refused.given(replace(TESTED, completed_at=NOW.replace(hour=12)))
        again.when(BY_TRIBUNAL).then_refused(OtherBodysTurn("tribunal", "board"))

    def test_a_certificate_with_the_effect_of_a_list_adds_an_entry_to_it_and_none_to_the_register(self) -> None:
        complete = combination.when(BY_BOARD).accepted().when(BY_TRIBUNAL).accepted()
        state = complete.when(CERTIFY).accepted().state
        certificate = state.certificates["CMB-2027-0001"]
        assert [field.value for field in certificate.fields] == ["Requester plc", "7 May 2027", "meter A", "Provider C"]
        assert certificate.rows == (
            ("PAIR", "The devices join one network", "passed"),
            ("PART", "The devices leave it", "not passed"),
        )
        assert b"/Title" in render(certificate)
        (entry,) = listed(certificate)
        _, published = publish(ENGAGEMENT, CertificateIssued(certificate.number, "", "", NOW), state)
        assert published.subject == "combinations/meter A/Provider C"
        assert published.contract == EntryListed(**vars(entry))
        assert (entry.name, entry.status, entry.since) == ("meter A with Provider C", "listed", TODAY)

    def test_certificates_are_made_out_by_the_role_that_owes_them_and_no_other_that_decides(self) -> None:
        complete = combination.when(BY_BOARD).accepted().when(BY_TRIBUNAL).accepted()
        refusal = complete.when(replace(CERTIFY, role="tribunal")).then_refused(WrongRole("tribunal", "laboratory"))
        assert refusal.clause == "TRIAL 4.3"

    def test_what_is_refused_cites_the_document_of_the_procedure(self) -> None:
        for refused, clause in (
            (completion.given(COMBINATION).when(BY_BOARD), "TRIAL 4.2"),
            (combination.when(BY_TRIBUNAL), "TRIAL 4.2(a)"),
            (combination.when(BY_BOARD).accepted().when(BY_BOARD), "TRIAL 4.2(b)"),
            (combination.when(replace(BY_BOARD, findings=BY_TRIBUNAL.findings)), "TRIAL 4.1(d)"),
            (combination.when(CERTIFY), "TRIAL 4.3"),
            (combination.when(SEND), "TRIAL 2.1"),
        ):
            assert refused.refusal is not None
            assert refused.refusal.clause == clause, refused.refusal
        assert completion.given(OPENED).when(REVIEW).then_refused(ExecutionNotComplete).clause == "CTSD 5.10.1.4"

    def test_the_issues_are_those_of_the_provider_that_is_tested(self) -> None:
        (few_issues,) = (
            each for each in verdicts(COMBINATION, combination.state, decided=True) if each.criterion == "few-issues"
        )
        assert few_issues.statement.startswith("Outstanding issues: severity 1: 0 (at most 0)")
        with_one = combination.given(IssueNoted(1, 3, "open", plan_agreed=False, provider="Provider C"))
        (few_issues,) = (
            each for each in verdicts(COMBINATION, with_one.state, decided=True) if each.criterion == "few-issues"
        )
        assert "Outstanding issues of Provider C" in few_issues.statement
        assert "severity 3: 1 (at most 1), 1 without an agreed plan" in few_issues.statement

    def test_the_figures_of_its_issues_stand_against_the_limits_of_a_provider(self) -> None:
        figures = exit_criteria_of(combination.state, COMBINATION, Findings()).outstanding
        assert [figure.threshold for figure in figures] == [0, 0, 1, 2, None]

    def test_two_combinations_are_never_entered_under_one_key(self) -> None:
        complete = combination.when(BY_BOARD).accepted().when(BY_TRIBUNAL).accepted()
        certificate = complete.when(CERTIFY).accepted().state.certificates["CMB-2027-0001"]
        one, other = (
            replace(
                certificate, subject=replace(certificate.subject, fields={"devices": devices, "provider": provider})
            )
            for devices, provider in (("A/B", "C"), ("A", "B/C"))
        )
        assert [entry.key for each in (one, other) for entry in listed(each)] == ["A%2FB/C", "A/B%2FC"]

    def test_only_the_roles_that_the_procedure_knows_have_duties(self) -> None:
        audience = combination.state.audience
        assert audience is not None
        assert audience.holders("decide") == ("laboratory", "board", "tribunal")
        assert audience.organisations == {"requester": "REQ"}


def test_a_procedure_that_ends_without_a_certificate_is_given_none(tmp_path: Path) -> None:
    with edited_law(tmp_path / "law", *NO_CERTIFICATE):
        complete = completion.given(COMBINATION, TESTED).when(BY_BOARD).accepted().when(BY_TRIBUNAL).accepted()
        complete.when(CERTIFY).then_refused(NoCertificateHere)


def test_a_procedure_without_an_exit_gate_has_none_to_be_held(tmp_path: Path) -> None:
    with edited_law(tmp_path / "law", *GATE_BEFORE_THE_TRIAL):
        spec = completion.given(COMBINATION, TESTED)
        spec.when(BY_BOARD).then_refused(NoExitGate)
        assert (next_body(spec.state, COMBINATION), verdicts(COMBINATION, spec.state, decided=False)) == (None, ())
