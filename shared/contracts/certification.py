"""What the certification service publishes. The subject is the engagement's id, but for the eligibility register."""

from typing import Literal

from contracts.base import Contract, Day, Instant, Part
from contracts.common import CriterionVerdict


class CompletionReportSubmitted(Contract, name="certification.completion-report-submitted"):
    """The final Test Completion Report (CTSD 5.10.1.4, 6.6.2): `report` counts from 1."""

    report: int
    file_name: str
    sha256: str
    submitted_by: str
    submitted_at: Instant


class ReportReceiptConfirmed(Contract, name="certification.report-receipt-confirmed"):
    """DCC confirmed receipt of the report (CTSD 5.17.1.1)."""

    report: int
    confirmed_by: str
    confirmed_at: Instant


class ExitGateHeld(Contract, name="certification.exit-gate-held"):
    """The exit quality gate: every criterion of CTSD 5.19.1 with its verdict (5.17.1.2, 5.20.1)."""

    outcome: Literal["complete", "further-testing"]
    criteria: tuple[CriterionVerdict, ...]
    meeting_on: Day
    reason: str
    held_by: str
    held_at: Instant


class CertifiedSrv(Part):
    """One row of the certificate's table (CTSD Annex E)."""

    srv: str
    route: Literal["UEPT", "Additional SR Testing"]
    issued_on: Day


class CertificateIssued(Contract, name="certification.certificate-issued"):
    """A Test Completion Certificate was signed and stored (CTSD 5.17.1.3, 5.21.1)."""

    number: str
    party: str
    party_name: str
    role: str
    srvs: tuple[CertifiedSrv, ...]
    issued_at: Instant
    pdf_sha256: str
    json_sha256: str
    verification_url: str


class EligibilityRegistered(Contract, name="eligibility.srv-eligible"):
    """A row of the eligibility register: on a compacted topic, keyed by its subject `<party>/<role>/<srv>`.

    Of two rows of a key the one with the higher `ce_sequence` counts, whichever lies last. `GET /eligibility` is the
    truth.
    """

    party: str
    role: str
    srv: str
    since: Day
    certificate: str
