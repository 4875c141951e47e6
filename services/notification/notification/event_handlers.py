"""What each fact of another source leads to here."""

from collections.abc import Callable
from typing import Any

from chassis.eventstore.same_fields import taken_as
from chassis.messaging.handlers import CommandFor, Handler, Handlers, for_subject
from contracts import artefact_review, certification, code_administrator, disputes, execution_tracker
from notification import translation
from notification.aggregates import ENGAGEMENT, PARTY
from notification.domain.events import FactRecorded
from notification.domain.occurrence import Occurrence
from notification.domain.party import PartyRegistered
from notification.translation import occurrence

registered = taken_as(PartyRegistered)


def _fact(translate: Callable[[Any], Occurrence]) -> Handler:
    return for_subject(ENGAGEMENT, lambda fact: FactRecorded(translate(fact)))


HANDLERS: Handlers = {
    code_administrator.PartyAcceded: lambda received: [
        CommandFor(PARTY, received.contract.signifier, registered(received.contract))
    ],
    artefact_review.ReadinessReported: _fact(translation.readiness_reported),
    artefact_review.ArtefactsSubmitted: _fact(translation.artefacts_submitted),
    artefact_review.DescopingDecided: _fact(translation.descoping_decided),
    artefact_review.ArtefactsReviewed: _fact(translation.artefacts_reviewed),
    artefact_review.EntryGateHeld: _fact(translation.entry_gate_held),
    artefact_review.EntryGateDetermined: _fact(translation.entry_gate_determined),
    artefact_review.ProvisionallyApproved: _fact(translation.provisionally_approved),
    artefact_review.OutstandingProvided: _fact(translation.outstanding_provided),
    artefact_review.ProvisionalApprovalLapsed: _fact(translation.provisional_approval_lapsed),
    execution_tracker.ConnectivityConfirmed: _fact(translation.connectivity_confirmed),
    execution_tracker.DashboardPublished: _fact(occurrence),
    execution_tracker.FurtherTestingBegun: _fact(translation.further_testing_begun),
    execution_tracker.ExecutionCompleted: _fact(occurrence),
    certification.CompletionReportSubmitted: _fact(translation.completion_report_submitted),
    certification.ReportReceiptConfirmed: _fact(translation.report_receipt_confirmed),
    certification.ExitGateHeld: _fact(translation.exit_gate_held),
    certification.ExitGateDetermined: _fact(translation.exit_gate_determined),
    certification.CertificateIssued: _fact(translation.certificate_issued),
    disputes.MatterReferred: _fact(translation.matter_referred),
    disputes.ReferralAcknowledged: _fact(translation.referral_acknowledged),
    disputes.InformationRequested: _fact(translation.information_requested),
    disputes.InformationGiven: _fact(translation.information_given),
    disputes.EvidenceGiven: _fact(translation.evidence_given),
    disputes.ReferralWithdrawn: _fact(translation.referral_withdrawn),
    disputes.SettlementProposed: _fact(translation.settlement_proposed),
    disputes.SettlementDeclined: _fact(translation.settlement_declined),
    disputes.ReferralSettled: _fact(translation.referral_settled),
    disputes.MatterDetermined: _fact(translation.matter_determined),
    disputes.HoldBegan: _fact(translation.hold),
    disputes.HoldEnded: _fact(translation.hold),
    disputes.DeterminationAppealed: _fact(translation.determination_appealed),
}
