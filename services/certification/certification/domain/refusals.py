"""Every reason to say no.

Before the gate: ExecutionNotComplete
What ends it: NotSubmittedHere · DocumentOfAnotherKind · FiguresDisagree · TestsUnexplained · NothingToExplain
Its number and receipt: NothingSubmitted · ReportUnknown · NothingToConfirm · ReceiptNotConfirmed
Its meeting: MeetingNotDated · NoMeetingHere · MeetingNotHeldYet · MeetingBeforeReview
The gate: NoExitGate · OtherBodysTurn · ExitCriterionUnknown · EvidenceOfAnother · NotApprovedHere ·
ExitCriteriaNotMet · EveryCriterionMet · NoServiceRequestTested · ReasonMissing · GateAlreadyPassed · GateNotPassed
Certificates: NoCertificateHere · CertificateAlreadyPrepared · NotTheCertificate · NotPrintable · CertificateUnknown
"""

from dataclasses import dataclass
from datetime import date, datetime

from kernel.refusal import Kind, Refusal


@dataclass(unsafe_hash=True)
class ExecutionNotComplete(Refusal):
    """The execution of the tests is not complete."""

    kind = Kind.CONFLICT
    remedy = "Complete the execution first."
    clause = "CTSD 5.10.1.4"


@dataclass(unsafe_hash=True)
class FiguresDisagree(Refusal):
    """The figures of the report are not those that were recorded. {differences}."""

    remedy = "Report the figures as they are recorded, or record what is missing."
    clause = "CTSD 6.6.2(c)"
    differences: str


@dataclass(unsafe_hash=True)
class TestsUnexplained(Refusal):
    """These tests were not run, were blocked or did not succeed, and are not explained: {tests}."""

    __test__ = False
    remedy = "Name each of these tests in an explanation."
    clause = "CTSD 6.6.3"
    tests: str


@dataclass(unsafe_hash=True)
class NothingToExplain(Refusal):
    """These tests are explained, but they succeeded or are not in scope: {tests}."""

    remedy = "Explain the tests that were not run, were blocked or did not succeed, and no others: {unsuccessful}."
    clause = "CTSD 6.6.3"
    tests: str
    unsuccessful: str


@dataclass(unsafe_hash=True)
class NotSubmittedHere(Refusal):
    """Execution does not end with {given} in this kind of engagement; it ends with {ends_with}."""

    kind = Kind.CONFLICT
    remedy = "Submit what it ends with; where that is nothing, the exit gate is next."
    clause = "CTSD 5.11.2.4"
    given: str
    ends_with: str


@dataclass(unsafe_hash=True)
class NothingSubmitted(Refusal):
    """Nothing was submitted on the present execution."""

    kind = Kind.CONFLICT
    remedy = "The participant submits first: a Test Completion Report or Test Evidence, as the procedure asks."
    clause = "CTSD 5.17.1.1"


@dataclass(unsafe_hash=True)
class ReportUnknown(Refusal):
    """There is no report {report} with a file {file} in this engagement."""

    kind = Kind.UNKNOWN
    remedy = (
        "Use the number of a report, or of evidence, that was submitted, and of one of its files; they count from 1."
    )
    clause = "CTSD 5.10.1.4"
    report: int
    file: int


@dataclass(unsafe_hash=True)
class NothingToConfirm(Refusal):
    """The receipt of report {report} is already confirmed."""

    kind = Kind.CONFLICT
    remedy = "Nothing is left to do; hold the quality gate next."
    clause = "CTSD 5.17.1.1"
    report: int


@dataclass(unsafe_hash=True)
class ReceiptNotConfirmed(Refusal):
    """The receipt of report {report} is not confirmed."""

    kind = Kind.CONFLICT
    remedy = "Confirm the receipt first; the review follows from it."
    clause = "CTSD 5.17.1.1"
    report: int


@dataclass(unsafe_hash=True)
class NoExitGate(Refusal):
    """The procedure of this engagement has no exit gate."""

    kind = Kind.CONFLICT
    remedy = "Nothing is left to decide here."
    clause = "CTSD 5.19"


@dataclass(unsafe_hash=True)
class OtherBodysTurn(Refusal):
    """It is not the turn of {body} to decide."""

    kind = Kind.CONFLICT
    remedy = "Wait for the decision of {turn}."
    clause = "CTSD 5.20.1"
    body: str
    turn: str


@dataclass(unsafe_hash=True)
class ExitCriterionUnknown(Refusal):
    """The exit gate has no criterion {criteria}."""

    remedy = "Name criteria of this gate only: {known}."
    clause = "CTSD 5.19.1"
    criteria: str
    known: str


@dataclass(unsafe_hash=True)
class EvidenceOfAnother(Refusal):
    """What shows that {criterion} is met is for {body} to state."""

    remedy = "Leave it out of the evidence: {body} states it with its own decision."
    clause = "CTSD 5.19.1"
    criterion: str
    body: str


@dataclass(unsafe_hash=True)
class NotApprovedHere(Refusal):
    """The exit gate does not approve {kinds}."""

    remedy = "Name only what it approves: {approves}."
    clause = "CTSD 5.19.1"
    kinds: str
    approves: str


@dataclass(unsafe_hash=True)
class MeetingNotDated(Refusal):
    """The gate is decided at a quality gate review meeting, and its day is missing."""

    remedy = "Give the day on which the meeting was held in meeting_on, from {began} to {today}."
    clause = "CTSD 5.20.1"
    began: date
    today: date


@dataclass(unsafe_hash=True)
class NoMeetingHere(Refusal):
    """This decision is taken without a quality gate review meeting."""

    remedy = "Leave meeting_on out: the day of the review counts."
    clause = "CTSD 5.18.1.2"


@dataclass(unsafe_hash=True)
class MeetingNotHeldYet(Refusal):
    """The quality gate review meeting of {meeting_on} lies after today, {today}."""

    remedy = "Record the decision once the meeting was held, with its date."
    clause = "CTSD 5.20.1"
    meeting_on: date
    today: date


@dataclass(unsafe_hash=True)
class MeetingBeforeReview(Refusal):
    """The quality gate review meeting of {meeting_on} lies before the review, which began on {began}."""

    remedy = "Give the day on which the meeting was held, from {began} to {today}."
    clause = "CTSD 5.17.1.2"
    meeting_on: date
    began: date
    today: date


@dataclass(unsafe_hash=True)
class ExitCriteriaNotMet(Refusal):
    """These exit criteria are not met: {criteria}."""

    kind = Kind.CONFLICT
    remedy = "Decide for further testing, or complete the engagement once every criterion is met."
    clause = "CTSD 5.19.1"
    criteria: str


@dataclass(unsafe_hash=True)
class CompletionIsPaused(Refusal):
    """Whether the exit criteria are met lies before the {body} since {since}."""

    kind = Kind.CONFLICT
    remedy = "Wait for its determination; the gate may find the testing complete once every criterion is met."
    clause = "CTSD 5.19.4"
    body: str
    since: datetime


@dataclass(unsafe_hash=True)
class EveryCriterionMet(Refusal):
    """Every exit criterion is met, so that further testing can't be required."""

    kind = Kind.CONFLICT
    remedy = (
        "Name in not_met each criterion that is not met, with the reason: {criteria}; or decide that it is complete."
    )
    clause = "CTSD 5.19.2"
    criteria: str


@dataclass(unsafe_hash=True)
class NoServiceRequestTested(Refusal):
    """There is no Service Request of which every test passed: a certificate would identify none."""

    kind = Kind.CONFLICT
    remedy = "Decide for further testing, until every test of at least one Service Request has passed."
    clause = "CTSD 5.21.1"


@dataclass(unsafe_hash=True)
class ReasonMissing(Refusal):
    """Further testing was required without a reason."""

    remedy = "State what must be tested further, and why."
    clause = "CTSD 5.19.2"


@dataclass(unsafe_hash=True)
class GateAlreadyPassed(Refusal):
    """The exit gate already found that the testing is complete."""

    kind = Kind.CONFLICT
    remedy = "Nothing is left to decide."
    clause = "CTSD 5.20.1"


@dataclass(unsafe_hash=True)
class GateNotPassed(Refusal):
    """The exit gate has not found that the testing is complete."""

    kind = Kind.CONFLICT
    remedy = "Hold the quality gate review first, with every exit criterion met."
    clause = "CTSD 5.21.1"


@dataclass(unsafe_hash=True)
class NoCertificateHere(Refusal):
    """The procedure of this engagement ends without a certificate."""

    kind = Kind.CONFLICT
    remedy = "Nothing is left to do: the decision of the exit gate stands."
    clause = "CTSD 5.21.1"


@dataclass(unsafe_hash=True)
class CertificateAlreadyPrepared(Refusal):
    """What this decision certifies was already prepared: {numbers}."""

    kind = Kind.CONFLICT
    remedy = "Use what was prepared: there is one certificate of each form for each decision."
    clause = "CTSD 5.21.1"
    numbers: str


@dataclass(unsafe_hash=True)
class NotTheCertificate(Refusal):
    """{number} is no certificate that was prepared here."""

    kind = Kind.CONFLICT
    remedy = "Record the issue of the certificate that was prepared."
    clause = "CTSD 5.21.1"
    number: str


@dataclass(unsafe_hash=True)
class NotPrintable(Refusal):
    """The certificate can't print {characters} in {what}."""

    remedy = "Write it in Latin, Greek or Cyrillic letters."
    clause = "CTSD Annex E"
    what: str
    characters: str


@dataclass(unsafe_hash=True)
class CertificateUnknown(Refusal):
    """There is no issued certificate here."""

    kind = Kind.UNKNOWN
    remedy = "Look at the engagement's certificates: they say which were prepared, and under which numbers."
    clause = "CTSD 5.21.1"


@dataclass(unsafe_hash=True)
class DocumentOfAnotherKind(Refusal):
    """{file_name} can't be taken: its content is neither PDF nor an Office document."""

    remedy = "Send a PDF, DOCX or XLSX file whose content agrees with its name."
    clause = "CTSD 6.6.2"
    file_name: str
