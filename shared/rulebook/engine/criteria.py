"""The criteria of the entry and exit gates, and the exit criteria judged over figures (CTSD 5.8.1, 5.19.1)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal, cast

from rulebook.engine.applicability import procedures_of
from rulebook.engine.errors import RulebookError
from rulebook.engine.files import ROOT, Entry, distinct, entries
from rulebook.engine.thresholds import Threshold, threshold, thresholds

__all__ = [
    "Completion",
    "Criterion",
    "IssueFigure",
    "Verdict",
    "entry_criteria",
    "exit_criteria",
    "exit_criteria_list",
    "thresholds",
]

FILE: Final = "criteria.toml"
EVIDENCE: Final = ("participant", "dcc", "system")


@dataclass(frozen=True)
class Criterion:
    """What a gate asks for. `evidence_by`: who shows it; `system` when recorded facts show it."""

    id: str
    clause: str
    text: str
    evidence_by: Literal["participant", "dcc", "system"] = "system"


@dataclass(frozen=True)
class IssueFigure:
    """A testing issue as the exit criteria see it: `closed` when a retest verified the fix."""

    severity: int
    closed: bool = False
    plan_agreed: bool = False


@dataclass(frozen=True)
class Completion:
    """What exit criteria are judged on: tests in scope, those with a result, every issue, and DCC's two approvals."""

    scheduled: int = 0
    executed: int = 0
    issues: tuple[IssueFigure, ...] = ()
    report_approved: bool = False
    gate_approved: bool = False


@dataclass(frozen=True)
class Verdict:
    """Whether a criterion is met, and the figures that show it."""

    criterion: str
    clause: str
    met: bool
    statement: str


def entry_criteria(procedure_id: str, root: Path = ROOT) -> tuple[Criterion, ...]:
    """The criteria of the entry gate."""
    return _criteria("entry", procedure_id, root)


def exit_criteria_list(procedure_id: str, root: Path = ROOT) -> tuple[Criterion, ...]:
    """The criteria of the exit gate, not judged."""
    return _criteria("exit", procedure_id, root)


def exit_criteria(procedure_id: str, completion: Completion, root: Path = ROOT) -> tuple[Verdict, ...]:
    """Every criterion of the exit gate, judged on the figures."""
    limits = threshold(procedure_id, root)
    return tuple(_judge(criterion, completion, limits) for criterion in exit_criteria_list(procedure_id, root))


def _judge(criterion: Criterion, completion: Completion, limits: Threshold) -> Verdict:
    met, statement = JUDGES[criterion.id](completion, limits)
    return Verdict(criterion.id, criterion.clause, met, statement)


def _all_executed(completion: Completion, limits: Threshold) -> tuple[bool, str]:
    met = 0 < completion.scheduled <= completion.executed
    return met, f"{completion.executed} of {completion.scheduled} tests in scope executed with a recorded result."


def _issues_settled(completion: Completion, limits: Threshold) -> tuple[bool, str]:
    if not completion.issues:
        return True, "No testing issue was raised."
    closed = sum(issue.closed for issue in completion.issues)
    planned = sum(issue.plan_agreed for issue in _outstanding(completion))
    bare = len(completion.issues) - closed - planned
    return bare == 0, (
        f"{len(completion.issues)} testing issues: {closed} verified by retest, {planned} outstanding with an agreed "
        f"remediation plan, {bare} outstanding without one."
    )


def _within_thresholds(completion: Completion, limits: Threshold) -> tuple[bool, str]:
    said = [_severity(severity, limit, completion, limits) for severity, limit in limits.limits.items()]
    return all(met for met, _ in said), f"Outstanding issues: {'; '.join(statement for _, statement in said)}."


def _severity(severity: int, limit: int | None, completion: Completion, limits: Threshold) -> tuple[bool, str]:
    issues = [issue for issue in _outstanding(completion) if issue.severity == severity]
    bare = sum(not issue.plan_agreed for issue in issues) if severity in limits.plan_needed else 0
    allowed = "as agreed" if limit is None else f"at most {limit}"
    lacking = f", {bare} not agreed with DCC" if bare else ""
    return bare == 0 and (
        limit is None or len(issues) <= limit
    ), f"severity {severity}: {len(issues)} ({allowed}){lacking}"


def _report_approved(completion: Completion, limits: Threshold) -> tuple[bool, str]:
    met = completion.report_approved
    return met, f"DCC has {'' if met else 'not '}approved the Test Completion Report."


def _gate_approved(completion: Completion, limits: Threshold) -> tuple[bool, str]:
    if completion.gate_approved:
        return True, "The quality gate review meeting was held and DCC approved the progress."
    return False, "No quality gate review meeting has approved the progress."


def _outstanding(completion: Completion) -> tuple[IssueFigure, ...]:
    return tuple(issue for issue in completion.issues if not issue.closed)


JUDGES: Final[Mapping[str, Callable[[Completion, Threshold], tuple[bool, str]]]] = {
    "5.19.1a": _all_executed,
    "5.19.1b": _issues_settled,
    "5.19.1c": _within_thresholds,
    "5.19.1d": _report_approved,
    "5.19.1e": _gate_approved,
}


@cache
def _criteria(gate: Literal["entry", "exit"], procedure_id: str, root: Path = ROOT) -> tuple[Criterion, ...]:
    keys = {"id", "clause", "text", "procedures", *(("evidence_by",) if gate == "entry" else ())}
    every = distinct(entries(FILE, gate, keys, "id", root), "id")
    found = [_criterion(each, gate) for each in every if procedure_id in procedures_of(each, root)]
    if not found:
        raise RulebookError(f"rulebook/{FILE} has no {gate} criteria for {procedure_id!r}. Add it to their procedures.")
    return tuple(found)


def _criterion(entry: Entry, gate: str) -> Criterion:
    if gate == "exit" and entry.text("id") not in JUDGES:
        raise entry.wrong("nothing judges this criterion.", f"Known: {', '.join(JUDGES)}; add a function for it.")
    by = entry.one_of("evidence_by", EVIDENCE) if gate == "entry" else "system"
    evidence_by = cast(Literal["participant", "dcc", "system"], by)
    return Criterion(entry.text("id"), entry.clause(), entry.text("text"), evidence_by)
