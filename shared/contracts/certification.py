"""What the certification service publishes. The subject is the engagement's id, but for the eligibility register."""

from typing import Literal

from contracts.base import Contract, Day, Instant, Part
from contracts.common import CriterionVerdict, Participant, Subject


class SubmittedFile(Part):
    """A document; `sha256` names its bytes in the object store."""

    file_name: str
    sha256: str


class CompletionReportSubmitted(Contract, name="certification.completion-report-submitted"):
    """What ends the execution came in: `report` counts from 1.

    The Test Completion Report is one file (CTSD 5.10.1.4, 6.6.2); the completed dashboard and the Test Evidence may be
    several (CTSD 5.11.2.4).
    """

    report: int
    files: tuple[SubmittedFile, ...]
    submitted_by: str
    submitted_at: Instant


class ReportReceiptConfirmed(Contract, name="certification.report-receipt-confirmed"):
    """DCC confirmed receipt of the report (CTSD 5.17.1.1)."""

    report: int
    confirmed_by: str
    confirmed_at: Instant


class GateBodyDecided(Contract, name="certification.gate-body-decided"):
    """A body of an exit gate's chain approved, and the next one decides."""

    gate: str
    body: str
    reason: str
    decided_by: str
    decided_at: Instant


class ExitGateHeld(Contract, name="certification.exit-gate-held"):
    """A gate after testing: every criterion with its verdict (CTSD 5.17.1.2, 5.18.1.2, 5.20.1).

    `meeting_on` is the day from which what follows counts: that of the meeting, or of the review. `body` is the one
    whose word it is.
    """

    gate: str
    body: str
    outcome: Literal["complete", "further-testing"]
    criteria: tuple[CriterionVerdict, ...]
    meeting_on: Day
    reason: str
    held_by: str
    held_at: Instant


class ExitGateDetermined(Contract, name="certification.exit-gate-determined"):
    """The body to which a decision for further testing was referred has determined whether the criteria are met.

    Where they are, the gate is passed and the certificate issued by themselves (CTSD 5.19.5).
    """

    gate: str
    body: str
    outcome: Literal["met", "not-met"]
    reasons: str
    determined_by: str
    determined_at: Instant


class CertifiedSrv(Part):
    """A Service Request of a certificate: the route by which it was tested, and since when (CTSD Annex E)."""

    srv: str
    route: str
    issued_on: Day


class CertificateIssued(Contract, name="certification.certificate-issued"):
    """A certificate of a form was signed and stored (CTSD 5.17.1.3, 5.18.1.3, 5.21).

    `outcome` is the form's id. `srvs` lists every Service Request to date, where the form lists them. `supersedes` is
    the number of the one that it takes the place of. `pdf_file` names the PDF in the object store. `rests_on` says on
    whose determination it rests, where the gate's own body had decided otherwise (CTSD 5.19.5).
    """

    number: str
    outcome: str
    title: str
    subject: Subject
    recipient: Participant
    srvs: tuple[CertifiedSrv, ...]
    supersedes: str | None
    issued_at: Instant
    pdf_sha256: str
    json_sha256: str
    verification_url: str
    pdf_file: str = ""
    rests_on: str | None = None


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


class EntryListed(Contract, name="lists.entry-listed"):
    """A row of a public list: on a compacted topic, keyed by its subject `<list>/<key>`.

    Of two rows of a key the one with the higher `ce_sequence` counts, whichever lies last.
    """

    list: str
    key: str
    name: str
    status: str
    since: Day
    certificate: str
