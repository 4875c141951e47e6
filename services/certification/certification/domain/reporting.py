"""The Test Completion Report and its receipt (CTSD 5.10.1.4, 5.17.1.1, 6.6)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from certification.domain import guards
from certification.domain.completion import Completion, Event, ExecutionCompleted, ReceiptConfirmed, ReportSubmitted
from certification.domain.refusals import FiguresDisagree, NothingToConfirm, NothingToExplain, TestsUnexplained
from certification.domain.report import IssueFigures, Recorded, Report, disagreements


@dataclass(frozen=True)
class SubmitCompletionReport:
    """The participant sends the finalised Test Completion Report (CTSD 6.6.1)."""

    engagement: str
    report: Report
    submitted_by: str
    now: datetime


@dataclass(frozen=True)
class ConfirmReceipt:
    """DCC confirms that it received the report (CTSD 5.17.1.1)."""

    engagement: str
    confirmed_by: str
    now: datetime


def submit_completion_report(command: SubmitCompletionReport, state: Completion) -> Sequence[Event]:
    """Accept a report that agrees with what was recorded, and explains what did not succeed and nothing else."""
    execution = guards.executed(state, command.engagement)
    differences = disagreements(command.report, _recorded(state, execution))
    if differences:
        raise FiguresDisagree("; ".join(differences))
    _require_explained(command.report, execution)
    return [ReportSubmitted(state.reports + 1, command.report, command.submitted_by, command.now)]


def confirm_receipt(command: ConfirmReceipt, state: Completion) -> Sequence[Event]:
    """Confirm the receipt of the report at hand, once."""
    report = guards.reported(state, command.engagement)
    if state.receipt_confirmed:
        raise NothingToConfirm(report)
    return [ReceiptConfirmed(report, command.confirmed_by, command.now)]


def _require_explained(report: Report, execution: ExecutionCompleted) -> None:
    """By their ids, where execution told them (CTSD 6.6.3)."""
    if execution.unsuccessful is None:
        return
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
