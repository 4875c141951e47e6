"""The rules of the review: the notice, submissions, their review and descoping."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from artefact_review.aggregates import PARTY
from artefact_review.domain import decisions, inbound, refusals, review, reviewing
from artefact_review.domain.party import AdmitParty
from testing.probe import deciding

from . import given
from .acting import (
    ACCEPTED,
    ACKNOWLEDGED,
    ARTEFACTS,
    E11,
    OPENED,
    SPEC,
    descope,
    evidence,
    gate,
    report,
    verdict,
)


def test_the_notice_opens_the_review_and_a_second_one_changes_nothing() -> None:
    command = inbound.OpenReview("uept", "ACME", "Acme Export Ltd", "ES", given.START, (given.E11,), given.NOW)
    SPEC.given().when(command).then(OPENED).when(command).then_nothing()


@pytest.mark.parametrize(
    "command",
    [report("2027-W03"), given.submit(ARTEFACTS), verdict("accepted"), descope(agreed=True), evidence("x"), gate()],
)
def test_nothing_can_be_done_in_an_engagement_that_was_not_notified(command: decisions.Command) -> None:
    SPEC.given().when(command).then_refused(refusals.EngagementUnknown(given.ENGAGEMENT))


def test_a_submission_carries_the_verdict_of_every_check() -> None:
    after = SPEC.given(OPENED).when(given.submit(ARTEFACTS)).accepted()
    submitted = after.history[-1]
    assert isinstance(submitted, review.ArtefactsSubmitted)
    assert submitted.submission == 1
    assert submitted.changed == given.KINDS
    assert all(finding.passed for finding in submitted.findings)


def test_a_submission_with_failing_checks_is_taken_for_dcc_decides() -> None:
    SPEC.given(OPENED).when(given.submit(given.without_a_script("ES", given.E11))).accepted()


def test_a_first_submission_needs_all_four_artefacts() -> None:
    SPEC.given(OPENED).when(given.submit(ARTEFACTS[:2])).then_refused(
        refusals.ArtefactsMissing("test-scripts, test-data-plan")
    )


def test_a_second_submission_waits_for_the_review_of_the_first() -> None:
    SPEC.given(OPENED, given.submitted(ARTEFACTS)).when(given.submit(ARTEFACTS)).then_refused(refusals.WithDcc(1))


def test_a_revision_carries_only_what_changed_and_keeps_the_rest() -> None:
    draft = given.without_a_script("ES", given.E11)
    history = (OPENED, given.submitted(draft), given.reviewed("returned"))
    after = SPEC.given(*history).when(given.submit(ARTEFACTS[1:3])).accepted()
    submitted = after.history[-1]
    assert isinstance(submitted, review.ArtefactsSubmitted)
    assert submitted.submission == 2
    assert submitted.artefacts == (draft[0], *ARTEFACTS[1:3], draft[3])
    assert submitted.changed == ("requirements-traceability-matrix", "test-scripts")


@pytest.mark.parametrize("sent", [(), ARTEFACTS[:1]])
def test_a_revision_that_changes_nothing_is_refused(sent: tuple[Any, ...]) -> None:
    history = (OPENED, given.submitted(ARTEFACTS), given.reviewed("returned"))
    SPEC.given(*history).when(given.submit(sent)).then_refused(refusals.NothingRevised())


def test_nothing_is_submitted_after_acceptance() -> None:
    SPEC.given(*ACCEPTED).when(given.submit(ARTEFACTS)).then_refused(refusals.ArtefactsAccepted(1))


@pytest.mark.parametrize("outcome", ["accepted", "returned"])
def test_there_is_nothing_to_review_before_a_submission_or_after_its_review(outcome: Any) -> None:
    SPEC.given(OPENED).when(verdict(outcome)).then_refused(refusals.NothingToReview)
    returned = SPEC.given(OPENED, given.submitted(ARTEFACTS), given.reviewed("returned"))
    returned.when(verdict(outcome)).then_refused(refusals.NothingToReview)
    SPEC.given(*ACCEPTED).when(verdict(outcome)).then_refused(refusals.NothingToReview)


def test_a_return_names_deficiencies_which_are_numbered_by_submission() -> None:
    waiting = SPEC.given(OPENED, given.submitted(ARTEFACTS))
    waiting.when(verdict("returned")).then_refused(refusals.DeficiencyMissing)
    remark = reviewing.Remark("test-scripts", "One is missing.", "Scripts!3")
    deficiency = review.Deficiency("1.1", "test-scripts", "One is missing.", "Scripts!3")
    waiting.when(verdict("returned", remark)).then(
        review.ArtefactsReviewed(1, "returned", (deficiency,), "dana", given.NOW)
    )


def test_acceptance_is_refused_while_a_check_fails() -> None:
    draft = given.without_a_script("ES", given.E11)
    decided = SPEC.given(OPENED, given.submitted(draft), given.decided(given.E11, agreed=True))
    refusal = decided.when(verdict("accepted")).then_refused(refusals.ChecksFail)
    assert isinstance(refusal, refusals.ChecksFail)
    assert refusal.count == 2
    assert "SSI" in refusal.message


def test_a_refused_acceptance_names_every_fault_that_the_checks_found() -> None:
    found = given.tables("ES", given.E11)
    found["test-scripts"]["Scripts"][1] = (*found["test-scripts"]["Scripts"][1][:4], "", "")
    found["test-data-plan"]["Test Data"].pop()
    decided = SPEC.given(OPENED, given.submitted(given.read(found)), given.decided(given.E11, agreed=True))
    refusal = decided.when(verdict("accepted")).then_refused(refusals.ChecksFail)
    assert "TS-SR-4.2-CV1-OD-S1 lacks its steps" in refusal.message
    assert "No Test Data is planned for Service Request" in refusal.message


def test_a_refused_acceptance_names_every_proposal_that_is_undecided() -> None:
    proposals = (given.E11, review.Proposal("response-code", "E13", "b", "We can't."))
    waiting = SPEC.given(given.opened("ES", *proposals), given.submitted(given.artefacts("ES", *proposals)))
    waiting.when(verdict("accepted")).then_refused(refusals.DescopingUndecided("response-code E11, response-code E13"))


def test_acceptance_is_refused_while_a_proposal_is_undecided() -> None:
    SPEC.given(OPENED, given.submitted(ARTEFACTS)).when(verdict("accepted")).then_refused(
        refusals.DescopingUndecided("response-code E11")
    )


def test_acceptance_is_refused_when_the_scripts_leave_out_what_dcc_refused_to_descope() -> None:
    refused = SPEC.given(OPENED, given.submitted(ARTEFACTS), given.decided(given.E11, agreed=False))
    refused.when(verdict("accepted")).then_refused(refusals.ChecksFail)


def test_acceptance_with_deficiencies_is_refused() -> None:
    remark = reviewing.Remark("test-scripts", "One is missing.")
    ready = SPEC.given(OPENED, given.submitted(ARTEFACTS), given.decided(given.E11, agreed=True))
    ready.when(verdict("accepted", remark)).then_refused(refusals.DeficiencyNotWanted(1))


def test_acceptance_settles_the_whole_scope() -> None:
    ready = SPEC.given(OPENED, given.submitted(ARTEFACTS), given.decided(given.E11, agreed=True))
    agreed = ready.when(verdict("accepted")).accepted().history[-1]
    assert isinstance(agreed, review.ScopeAgreed)
    assert len(agreed.tests) == 36
    assert not any(test.code == "E11" for test in agreed.tests)
    assert agreed.descoped == (E11,)
    assert agreed.web_services == ("non-critical", "dcc-only")


def test_what_dcc_refuses_to_descope_stays_in_the_scope() -> None:
    everything = given.artefacts("ES")
    refused = SPEC.given(OPENED, given.submitted(everything), given.decided(given.E11, agreed=False))
    agreed = refused.when(verdict("accepted")).accepted().history[-1]
    assert isinstance(agreed, review.ScopeAgreed)
    assert len(agreed.tests) == 38
    assert agreed.descoped == ()


def test_a_proposal_is_decided_once() -> None:
    once = SPEC.given(OPENED).when(descope(agreed=True)).accepted()
    once.when(descope(agreed=False, reason="No.")).then_refused(refusals.DescopingDecidedBefore("E11"))


def test_what_was_not_proposed_can_not_be_descoped() -> None:
    other = review.Descoped("response-code", "E13")
    SPEC.given(OPENED).when(descope(other, agreed=True)).then_refused(
        refusals.ProposalUnknown("E13", "response-code E11")
    )


def test_refusing_to_descope_needs_a_reason() -> None:
    SPEC.given(OPENED).when(descope(agreed=False)).then_refused(refusals.DescopingReasonMissing("E11"))


def test_a_service_request_of_the_minimum_set_is_never_agreed_to_be_descoped() -> None:
    proposal = review.Proposal("service-request", "4.8.3", "a", "We do not read profiles.")
    opened = SPEC.given(given.opened("ES", proposal))
    item = review.Descoped("service-request", "4.8.3")
    refusal = opened.when(descope(item, agreed=True)).then_refused(refusals.BelowMinimumSet("4.8.3", "ES", "4.8.3"))
    assert refusal.clause == "CTSD 5.2.6"
    opened.when(descope(item, agreed=False, reason="It is needed.")).accepted()


def test_an_acknowledgement_is_noted_once() -> None:
    command = inbound.NoteAcknowledgement(given.ENGAGEMENT, given.NOW)
    SPEC.given(OPENED).when(command).then(ACKNOWLEDGED).when(command).then_nothing()


def test_an_accession_is_noted_once_and_can_be_corrected() -> None:
    first = AdmitParty("ACME", "Acme Export Ltd", date(2026, 6, 1), "SEC-4711")
    noted = deciding(PARTY).given().when(first).then(given.ACCEDED)
    noted.when(first).then_nothing()
    noted.when(replace(first, reference="SEC-4712")).accepted()
