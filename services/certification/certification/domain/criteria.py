"""Where the exit criteria of CTSD 5.19.1 stand, by the rulebook, on what this stream knows."""

from typing import Protocol

from certification.domain.completion import Completion, CompletionOpened, Outcome
from certification.domain.report import TestFigures
from rulebook.engine.criteria import Completion as Figures
from rulebook.engine.criteria import IssueFigure, Verdict, exit_criteria, exit_criteria_list
from rulebook.engine.editions import root_of

REPORT_APPROVED = "5.19.1d"
NOTHING = TestFigures(scheduled=0, passed=0, failed=0, blocked=0, not_run=0)


class GateDecision(Protocol):
    """A decision of the exit gate, wanted or taken."""

    @property
    def outcome(self) -> Outcome: ...
    @property
    def report_approved(self) -> bool: ...


def verdicts(opened: CompletionOpened, state: Completion, gate: GateDecision | None) -> tuple[Verdict, ...]:
    """Every exit criterion of the engagement's procedure, judged as if the gate had decided so."""
    return exit_criteria(opened.procedure, _figures(state, gate), root_of(opened.rulebook))


def report_is_required(opened: CompletionOpened) -> bool:
    """Whether the procedure asks for a Test Completion Report: the DUST route does not."""
    return any(
        criterion.id == REPORT_APPROVED for criterion in exit_criteria_list(opened.procedure, root_of(opened.rulebook))
    )


def _figures(state: Completion, gate: GateDecision | None) -> Figures:
    tests = state.execution.tests if state.execution else NOTHING
    return Figures(
        scheduled=tests.scheduled,
        executed=tests.passed + tests.failed,
        issues=tuple(IssueFigure(each.severity, each.closed, each.plan_agreed) for each in state.issues.values()),
        report_approved=state.report_open is not None and gate is not None and gate.report_approved,
        gate_approved=gate is not None and gate.outcome == "complete",
    )
