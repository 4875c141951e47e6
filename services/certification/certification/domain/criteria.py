"""Where the criteria of the exit gate stand, by the rulebook, on what this stream knows (CTSD 5.19.1)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from certification.domain.completion import Completion, CompletionOpened
from certification.domain.report import TestFigures
from rulebook.engine.gates import Case, IssueFigure, Verdict, judged

NOTHING = TestFigures(scheduled=0, passed=0, failed=0, blocked=0, not_run=0)


@dataclass(frozen=True)
class Findings:
    """What the body that decides finds itself, beside the figures.

    `approved` are the kinds of document that it approves, `evidence` what was shown for a criterion, `not_met` why a
    criterion is not met whatever the figures say; `certificates` are those held for the subject, by form.
    """

    approved: Collection[str] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)
    not_met: Mapping[str, str] = field(default_factory=dict)
    certificates: Mapping[str, str] = field(default_factory=dict)


def verdicts(
    opened: CompletionOpened, state: Completion, decided: bool, findings: Findings = Findings()
) -> tuple[Verdict, ...]:
    """Every criterion of the exit gate, judged as if the gate had decided so."""
    gate = opened.profile.gate("exit")
    if gate is None:
        return ()
    found = judged(gate, _case(opened, state, decided, findings), opened.profile)
    return tuple(_overruled(verdict, findings.not_met) for verdict in found)


def _overruled(verdict: Verdict, not_met: Mapping[str, str]) -> Verdict:
    if verdict.criterion not in not_met:
        return verdict
    return replace(verdict, met=False, statement=not_met[verdict.criterion])


def _case(opened: CompletionOpened, state: Completion, decided: bool, findings: Findings) -> Case:
    tests = state.execution.tests if state.execution else NOTHING
    approved = {kind for approval in state.approvals for kind in approval.approved}
    stated = {id: text for approval in state.approvals for id, text in approval.evidence.items()}
    return Case(
        scheduled=tests.scheduled,
        executed=tests.passed + tests.failed,
        passed=tests.passed,
        issues=tuple(
            IssueFigure(issue.severity, issue.status == "closed", issue.plan_agreed, issue.provider or "")
            for issue in state.issues.values()
        ),
        approved=frozenset(approved | {*findings.approved}),
        decided=decided,
        evidence={**stated, **findings.evidence},
        subject=opened.subject.name,
        fields=opened.subject.fields,
        certificates=findings.certificates,
    )
