"""What ends the execution, a Test Completion Report or evidence, and its receipt (CTSD 5.10.1.4, 5.11.2.4, 6.6)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from certification.domain import guards
from certification.domain.completion import (
    Completion,
    Event,
    EvidenceSubmitted,
    ExecutionCompleted,
    ReceiptConfirmed,
    ReportSubmitted,
)
from certification.domain.refusals import FiguresDisagree, NothingToConfirm, NothingToExplain, TestsUnexplained
from certification.domain.report import Evidence, IssueFigures, Recorded, Report, disagreements


@dataclass(frozen=True)
class SubmitCompletionReport:
    """The participant sends the finalised Test Completion Report (CTSD 6.6.1)."""

    engagement: str
    report: Report
    submitted_by: str
    now: datetime


@dataclass(frozen=True)
class SubmitEvidence:
    """The participant sends the completed dashboard and the Test Evidence (CTSD 5.11.2.4)."""

    engagement: str
    evidence: Evidence
    submitted_by: str
    now: datetime


@dataclass(frozen=True)
class ConfirmReceipt:
    """DCC confirms that it received what was submitted (CTSD 5.17.1.1, 5.18.1.1)."""

    engagement: str
    confirmed_by: str
    now: datetime


def submit_completion_report(command: SubmitCompletionReport, state: Completion) -> Sequence[Event]:
    """Accept a report that agrees with what was recorded, and explains what did not succeed and nothing else."""
    guards.ends_with("report", guards.opened(state, command.engagement).profile.execution)
    execution = guards.executed(state, command.engagement)
    differences = disagreements(command.report, _recorded(state, execution))
    if differences:
        raise FiguresDisagree("; ".join(differences))
    _require_explained(command.report, execution)
    return [ReportSubmitted(state.submissions + 1, command.report, command.submitted_by, command.now)]


def submit_evidence(command: SubmitEvidence, state: Completion) -> Sequence[Event]:
    """Accept evidence once the execution is complete; what it shows is for the review to see."""
    guards.ends_with("evidence", guards.opened(state, command.engagement).profile.execution)
    guards.executed(state, command.engagement)
    return [EvidenceSubmitted(state.submissions + 1, command.evidence, command.submitted_by, command.now)]


def confirm_receipt(command: ConfirmReceipt, state: Completion) -> Sequence[Event]:
    """Confirm the receipt of what was submitted last, once."""
    number = guards.submitted(state, command.engagement)
    if state.receipt_confirmed:
        raise NothingToConfirm(number)
    return [ReceiptConfirmed(number, command.confirmed_by, command.now)]


def _require_explained(report: Report, execution: ExecutionCompleted) -> None:
    """By their ids (CTSD 6.6.3)."""
    unsuccessful = frozenset(execution.unsuccessful)
    if missing := unsuccessful - report.explained:
        raise TestsUnexplained(_listed(missing))
    if needless := report.explained - unsuccessful:
        raise NothingToExplain(_listed(needless), _listed(unsuccessful) or "none")


def _listed(tests: Iterable[str]) -> str:
    return ", ".join(sorted(tests))


def _recorded(state: Completion, execution: ExecutionCompleted) -> Recorded:
    issues = state.issues.values()
    status = Counter(issue.status for issue in issues)
    figures = IssueFigures(
        total=len(issues),
        open=status["open"],
        planned=status["planned"],
        fixed=status["fixed"],
        closed=status["closed"],
        severity=Counter(issue.severity for issue in issues),
    )
    return Recorded(execution.tests, execution.runs, figures)
