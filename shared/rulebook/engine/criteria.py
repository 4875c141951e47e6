"""The criteria of a procedure's gates by the procedure's id, and the exit criteria judged over figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rulebook.engine.files import ROOT
from rulebook.engine.gates import Case, IssueFigure, Verdict, judged
from rulebook.engine.profile import profile_in
from rulebook.engine.profile_parts import Criterion, Phase

__all__ = ["Completion", "Criterion", "IssueFigure", "Verdict", "entry_criteria", "exit_criteria", "exit_criteria_list"]


@dataclass(frozen=True)
class Completion:
    """What exit criteria are judged on: tests in scope, those with a result, every issue, and the two approvals."""

    scheduled: int = 0
    executed: int = 0
    issues: tuple[IssueFigure, ...] = ()
    report_approved: bool = False
    gate_approved: bool = False


def entry_criteria(procedure_id: str, root: Path = ROOT) -> tuple[Criterion, ...]:
    """The criteria of the entry gate."""
    return _criteria("entry", procedure_id, root)


def exit_criteria_list(procedure_id: str, root: Path = ROOT) -> tuple[Criterion, ...]:
    """The criteria of the exit gate, not judged."""
    return _criteria("exit", procedure_id, root)


def exit_criteria(procedure_id: str, completion: Completion, root: Path = ROOT) -> Sequence[Verdict]:
    """Every criterion of the exit gate, judged on the figures."""
    found = profile_in(procedure_id, root)
    gate = found.gate("exit")
    if gate is None:
        return ()
    case = Case(
        scheduled=completion.scheduled,
        executed=completion.executed,
        issues=completion.issues,
        approved=frozenset(gate.approves) if completion.report_approved else frozenset(),
        decided=completion.gate_approved,
    )
    return judged(gate, case, found)


def _criteria(phase: Phase, procedure_id: str, root: Path) -> tuple[Criterion, ...]:
    gate = profile_in(procedure_id, root).gate(phase)
    return gate.criteria if gate else ()
