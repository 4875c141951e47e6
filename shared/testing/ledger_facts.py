"""Messages for the ledger."""

from datetime import UTC, datetime
from typing import Any

from chassis.messaging.cloudevents import Envelope
from chassis.messaging.records import Record
from contracts.certification import ReportReceiptConfirmed
from contracts.notification import InitiationMeetingHeld
from testing.notice import notified

NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
NOTIFIED = notified("ACME", notified_at=NOW)


def held(guidance: str) -> InitiationMeetingHeld:
    """A fact that enters a word."""
    return InitiationMeetingHeld(held_on=NOW.date(), guidance=guidance, recorded_at=NOW)


def confirmed(by: str) -> ReportReceiptConfirmed:
    """A fact of another source that enters a word."""
    return ReportReceiptConfirmed(report=1, confirmed_by=by, confirmed_at=NOW)


def record(contract: Any, subject: str, sequence: int) -> Record:
    """A contract as Kafka delivers it."""
    event = Envelope(f"{subject}:{sequence}", "assay.notification", contract.TYPE, subject, NOW, sequence)
    return Record("assay.notification", 0, sequence, tuple(event.headers()), contract.model_dump_json().encode())
