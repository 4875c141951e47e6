"""What each fact of another source leads to here."""

from collections.abc import Callable
from typing import Any

from chassis.messaging.handlers import CommandFor, Handler, Handlers, Received
from contracts import artefact_review, certification, code_administrator, execution_tracker
from notification import translation
from notification.aggregates import ENGAGEMENT, PARTY
from notification.domain.inbound import RecordFact
from notification.domain.occurrence import Occurrence
from notification.translation import occurrence


def _accession(received: Received[code_administrator.PartyAcceded]) -> list[CommandFor]:
    command = translation.register_party(received.contract)
    return [CommandFor(PARTY, command.signifier, command)]


def _fact(translate: Callable[[Any], Occurrence]) -> Handler:
    def handler(received: Received[Any]) -> list[CommandFor]:
        command = RecordFact(received.subject, translate(received.contract))
        return [CommandFor(ENGAGEMENT, received.subject, command)]

    return handler


HANDLERS: Handlers = {
    code_administrator.PartyAcceded: _accession,
    artefact_review.ReadinessReported: _fact(occurrence),
    artefact_review.ArtefactsSubmitted: _fact(occurrence),
    artefact_review.ArtefactsReviewed: _fact(translation.artefacts_reviewed),
    artefact_review.EntryGateHeld: _fact(translation.entry_gate_held),
    execution_tracker.ConnectivityConfirmed: _fact(translation.connectivity_confirmed),
    execution_tracker.DashboardPublished: _fact(occurrence),
    execution_tracker.ExecutionCompleted: _fact(occurrence),
    certification.CompletionReportSubmitted: _fact(occurrence),
    certification.ReportReceiptConfirmed: _fact(translation.report_receipt_confirmed),
    certification.ExitGateHeld: _fact(translation.exit_gate_held),
    certification.CertificateIssued: _fact(translation.certificate_issued),
}
