"""The rules of the review: the notice, submissions, their review and descoping."""

from dataclasses import replace
from typing import Any

import pytest

from artefact_review.aggregates import PARTY
from artefact_review.domain import decisions, descoping, events, refusals, review_events, review_refusals, reviewing
from kernel.engagement import EngagementUnknown
from testing.probe import deciding

from . import given
from .acting import (
    ACCEPTED,
    ACKNOWLEDGED,
    ARTEFACTS,
    E11,
    LATER,
    OPENED,
    SPEC,
    descope,
    gate,
    report,
    reschedule,
    reviewed,
    stated,
    verdict,
    withdraw,
)


def test_the_notice_opens_the_review_and_a_second_one_changes_nothing() -> None:
    SPEC.given().when(OPENED).then(OPENED).when(OPENED).then_nothing()


@pytest.mark.parametrize(
    "command",
    [report("2027-W03"), given.submit(ARTEFACTS), verdict("accepted"), descope(agreed=True), stated("x"), gate()],
)
def test_nothing_can_be_done_in_an_engagement_that_was_not_notified(command: decisions.Command) -> None:
    SPEC.given().when(command).then_refused(EngagementUnknown)


def test_a_submission_carries_the_verdict_of_every_check() -> None:
    after = SPEC.given(OPENED).when(given.submit(ARTEFACTS)).accepted()
    submitted = after.history[-1]
    assert isinstance(submitted, events.ArtefactsSubmitted)
    assert submitted.submission == 1
    assert submitted.changed == given.KINDS
    assert all(finding.passed for finding in submitted.findings)


def test_a_submission_with_failing_checks_is_taken_for_dcc_decides() -> None:
    SPEC.given(OPENED).when(given.submit(given.without_a_script("ES", given.E11))).accepted()


def test_a_first_submission_needs_all_four_artefacts() -> None:
    SPEC.given(OPENED).when(given.submit(ARTEFACTS[:2])).then_refused(
        refusals.ArtefactsMissing("test-scripts, test-data-plan", ", ".join(given.KINDS))
    )


def test_a_second_submission_waits_for_the_review_of_the_first() -> None:
    SPEC.given(OPENED, given.submitted(ARTEFACTS)).when(given.submit(ARTEFACTS)).then_refused(refusals.AwaitsReview(1))


def test_a_revision_carries_only_what_changed_and_keeps_the_rest() -> None:
    draft = given.without_a_script("ES", given.E11)
    history = (OPENED, given.submitted(draft), given.reviewed("returned"))
    after = SPEC.given(*history).when(given.submit(ARTEFACTS[1:3])).accepted()
    submitted = after.history[-1]
    assert isinstance(submitted, events.ArtefactsSubmitted)
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
    SPEC.given(OPENED).when(verdict(outcome)).then_refused(review_refusals.NothingToReview)
    returned = SPEC.given(OPENED, given.submitted(ARTEFACTS), given.reviewed("returned"))
    returned.when(verdict(outcome)).then_refused(review_refusals.ReviewedBefore(1, "returned", "dana"))
    SPEC.given(*ACCEPTED).when(verdict(outcome)).then_refused(review_refusals.ReviewedBefore(1, "accepted", "dana"))


def test_a_return_names_deficiencies_which_are_numbered_by_submission() -> None:
    waiting = SPEC.given(OPENED, given.submitted(ARTEFACTS))
    waiting.when(verdict("returned")).then_refused(review_refusals.DeficiencyMissing)
    remark = reviewing.Remark("test-scripts", "One is missing.", "Scripts!3")
    sha256 = ARTEFACTS[2].sha256
    deficiency = review_events.Deficiency("1.1", "test-scripts", "One is missing.", "Scripts!3", "major", sha256)
    waiting.when(verdict("returned", remark)).then(
        events.ArtefactsReviewed(1, "returned", (deficiency,), "dana", given.NOW)
    )


def test_acceptance_is_refused_while_a_check_fails() -> None:
    draft = given.without_a_script("ES", given.E11)
    decided = SPEC.given(OPENED, given.submitted(draft), given.decided(given.E11, agreed=True))
    refusal = decided.when(verdict("accepted")).then_refused(review_refusals.ChecksFail)
    assert isinstance(refusal, review_refusals.ChecksFail)
    assert refusal.count == 2
    assert "SSI" in refusal.message


def test_a_refused_acceptance_names_every_fault_that_the_checks_found() -> None:
    found = given.tables("ES", given.E11)
    found["test-scripts"]["Scripts"][1] = (*found["test-scripts"]["Scripts"][1][:4], "", "")
    found["test-data-plan"]["Test Data"].pop()
    decided = SPEC.given(OPENED, given.submitted(given.read(found)), given.decided(given.E11, agreed=True))
    refusal = decided.when(verdict("accepted")).then_refused(review_refusals.ChecksFail)
    assert "TS-SR-4.2-CV1-OD-S1 lacks its steps" in refusal.message
    assert "No Test Data is planned for Service Request" in refusal.message


def test_a_refused_acceptance_names_every_proposal_that_is_undecided() -> None:
    proposals = (given.E11, events.Proposal("response-code", "E13", "b", "We can't."))
    waiting = SPEC.given(given.opened("ES", *proposals), given.submitted(given.artefacts("ES", *proposals)))
    undecided = review_refusals.DescopingUndecided("response-code E11, response-code E13")
    waiting.when(verdict("accepted")).then_refused(undecided)


def test_acceptance_is_refused_while_a_proposal_is_undecided() -> None:
    SPEC.given(OPENED, given.submitted(ARTEFACTS)).when(verdict("accepted")).then_refused(
        review_refusals.DescopingUndecided("response-code E11")
    )


def test_acceptance_is_refused_when_the_scripts_leave_out_what_dcc_refused_to_descope() -> None:
    refused = SPEC.given(OPENED, given.submitted(ARTEFACTS), given.decided(given.E11, agreed=False))
    refused.when(verdict("accepted")).then_refused(review_refusals.ChecksFail)


def test_acceptance_with_deficiencies_is_refused() -> None:
    remark = reviewing.Remark("test-scripts", "One is missing.")
    ready = SPEC.given(OPENED, given.submitted(ARTEFACTS), given.decided(given.E11, agreed=True))
    ready.when(verdict("accepted", remark)).then_refused(review_refusals.DeficiencyNotWanted(1))


def test_acceptance_settles_the_whole_scope() -> None:
    ready = SPEC.given(OPENED, given.submitted(ARTEFACTS), given.decided(given.E11, agreed=True))
    agreed = ready.when(verdict("accepted")).accepted().history[-1]
    assert isinstance(agreed, events.ScopeAgreed)
    assert len(agreed.tests) == 36
    assert not any(test.code == "E11" for test in agreed.tests)
    assert agreed.descoped == (E11,)
    assert agreed.web_services == ("non-critical", "dcc-only")


def test_what_dcc_refuses_to_descope_stays_in_the_scope() -> None:
    everything = given.artefacts("ES")
    refused = SPEC.given(OPENED, given.submitted(everything), given.decided(given.E11, agreed=False))
    agreed = refused.when(verdict("accepted")).accepted().history[-1]
    assert isinstance(agreed, events.ScopeAgreed)
    assert len(agreed.tests) == 38
    assert agreed.descoped == ()


def test_a_proposal_is_decided_once() -> None:
    once = SPEC.given(OPENED).when(descope(agreed=True)).accepted()
    once.when(descope(agreed=False, reason="No.")).then_refused(refusals.DescopingDecidedBefore("E11"))


def test_what_was_not_proposed_can_not_be_descoped() -> None:
    other = events.Descoped("response-code", "E13")
    SPEC.given(OPENED).when(descope(other, agreed=True)).then_refused(
        refusals.ProposalUnknown("E13", "response-code E11")
    )


def test_refusing_to_descope_needs_a_reason() -> None:
    SPEC.given(OPENED).when(descope(agreed=False)).then_refused(refusals.DescopingReasonMissing("E11"))


def test_a_service_request_of_the_minimum_set_is_never_agreed_to_be_descoped() -> None:
    proposal = events.Proposal("service-request", "4.8.3", "a", "We do not read profiles.")
    opened = SPEC.given(given.opened("ES", proposal))
    item = events.Descoped("service-request", "4.8.3")
    refusal = opened.when(descope(item, agreed=True)).then_refused(refusals.BelowMinimumSet("4.8.3", "ES", "4.8.3"))
    assert refusal.clause == "CTSD 5.2.6"
    opened.when(descope(item, agreed=False, reason="It is needed.")).accepted()


def test_what_was_proposed_and_the_submitted_plan_covers_is_simply_not_descoped() -> None:
    covering = SPEC.given(OPENED, given.submitted(given.artefacts("ES")))
    accepted = covering.when(verdict("accepted")).accepted()
    agreed = accepted.history[-1]
    assert isinstance(agreed, events.ScopeAgreed)
    assert (len(agreed.tests), agreed.descoped) == (38, ())
    assert descoping.standing(E11, reviewed(accepted)) == "covered"


def test_what_was_agreed_to_be_descoped_and_the_plan_covers_is_tested() -> None:
    covering = SPEC.given(OPENED, given.decided(given.E11, agreed=True), given.submitted(given.artefacts("ES")))
    agreed = covering.when(verdict("accepted")).accepted().history[-1]
    assert isinstance(agreed, events.ScopeAgreed)
    assert (len(agreed.tests), agreed.descoped) == (38, ())


def test_the_starter_is_called_as_it_is_registered_now() -> None:
    starter = reviewed(SPEC.given(OPENED)).starter
    assert starter
    renamed = events.ParticipantNamed(starter.organisation, "Renamed plc")
    after = SPEC.given(OPENED).when(renamed).then(renamed)
    after.when(renamed).then_nothing()
    assert reviewed(after).starter == replace(starter, name="Renamed plc")
    SPEC.given(OPENED).when(events.ParticipantNamed("ELSE", "Else plc")).then_nothing()


def test_a_withdrawn_proposal_waits_for_no_decision_and_its_item_is_tested() -> None:
    withdrawn = SPEC.given(OPENED).when(withdraw()).then(events.ProposalWithdrawn(E11, "pat", given.NOW))
    assert descoping.standing(E11, reviewed(withdrawn)) == "withdrawn"
    withdrawn.when(descope(agreed=True)).then_refused(refusals.ProposalWithdrawnBefore("E11"))
    withdrawn.when(withdraw()).then_refused(refusals.ProposalWithdrawnBefore("E11"))
    submitted = withdrawn.when(given.submit(given.artefacts("ES"))).accepted()
    agreed = submitted.when(verdict("accepted")).accepted().history[-1]
    assert isinstance(agreed, events.ScopeAgreed)
    assert len(agreed.tests) == 38


def test_a_plan_that_descopes_what_was_withdrawn_is_found() -> None:
    withdrawn = SPEC.given(OPENED).when(withdraw()).accepted().when(given.submit(ARTEFACTS)).accepted()
    submitted = withdrawn.history[-1]
    assert isinstance(submitted, events.ArtefactsSubmitted)
    assert "descoping-agrees" in {each.rule for each in submitted.findings if not each.passed}


def test_only_an_open_proposal_is_withdrawn() -> None:
    other = events.Descoped("response-code", "E13")
    SPEC.given(OPENED).when(withdraw(other)).then_refused(refusals.ProposalUnknown)
    SPEC.given(OPENED, given.decided(given.E11, agreed=False)).when(withdraw()).then_refused(
        refusals.DescopingDecidedBefore("E11")
    )
    covering = SPEC.given(OPENED, given.submitted(given.artefacts("ES"))).when(verdict("accepted")).accepted()
    covering.when(withdraw()).then_refused(refusals.ScopeAgreedBefore("E11"))


def test_a_deficiency_names_an_artefact_of_the_procedure() -> None:
    waiting = SPEC.given(OPENED, given.submitted(ARTEFACTS))
    remark = reviewing.Remark("risk-register", "It is missing.")
    waiting.when(verdict("returned", remark)).then_refused(
        review_refusals.ArtefactKindUnknown("risk-register", ", ".join(given.KINDS))
    )


def test_facts_that_come_before_the_notice_count_once_it_comes_whatever_their_order() -> None:
    early = SPEC.given().when(reschedule()).accepted().when(ACKNOWLEDGED).accepted()
    early.when(reschedule()).then_nothing()
    early.when(ACKNOWLEDGED).then_nothing()
    early.when(report("2027-W03")).then_refused(EngagementUnknown)
    late = SPEC.given().when(OPENED).accepted().when(ACKNOWLEDGED).accepted().when(reschedule()).accepted()
    assert early.when(OPENED).accepted().state == late.state
    assert (reviewed(late).start_date, reviewed(late).acknowledged_at) == (LATER, given.NOW)


def test_an_acknowledgement_is_noted_once() -> None:
    SPEC.given(OPENED).when(ACKNOWLEDGED).then(ACKNOWLEDGED).when(ACKNOWLEDGED).then_nothing()


def test_an_accession_is_noted_once_and_can_be_corrected() -> None:
    first = given.ADMITTED
    noted = deciding(PARTY).given().when(first).then(first)
    noted.when(first).then_nothing()
    noted.when(replace(first, reference="SEC-4712")).accepted()


def test_a_certificate_is_noted_once_and_counts_for_its_subject_alone() -> None:
    first = given.certificate("4.2", "4.8.3")
    noted = deciding(PARTY).given().when(first).then(first)
    noted.when(first).then_nothing()
    party = noted.given(given.certificate("6.2", number="TCC-2", role="IS")).state
    assert party.certified_for(given.subject("ES")) == {"4.2", "4.8.3"}
    assert party.held_for(given.subject("IS")) == {"test-completion-certificate": "TCC-2"}
    assert party.held_for(given.subject("GS")) == {}
