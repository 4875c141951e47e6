"""The gates of a procedure: each criterion is judged by a judge that its data name, on what a service knows."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, Literal

from rulebook.engine.profile_parts import Criterion, Gate, Phase, Profile
from rulebook.engine.thresholds import Threshold

Need = Literal["tests", "issues", "documents", "evidence", "registration", "certificates", "subject", "decision"]
EVERYTHING: Final[frozenset[Need]] = frozenset(
    {"tests", "issues", "documents", "evidence", "registration", "certificates", "subject", "decision"}
)
COMMON: Final[frozenset[Need]] = frozenset({"evidence", "certificates", "subject", "decision"})
KNOWN_AT: Final[Mapping[Phase, frozenset[Need]]] = MappingProxyType(
    {"entry": COMMON | {"documents", "registration"}, "exit": COMMON | {"tests", "issues"}}
)
"""What the service that holds a gate knows of its case, by the gate's phase."""
PROVIDER: Final = "provider"
"""The field of a subject that says whose the issues are; where it has none, each issue says it itself."""


@dataclass(frozen=True)
class IssueFigure:
    """A testing issue as criteria see it: `closed` when a retest verified the fix; `provider` is whose it is."""

    severity: int
    closed: bool = False
    plan_agreed: bool = False
    provider: str = ""


@dataclass(frozen=True)
class Case:
    """What criteria are judged on; each service fills in what it knows.

    Tests in scope, with a result, passed; issues; kinds of document `approved` with the gate's decision, and whether
    that is positive; evidence by criterion; `documents` by kind: `None` when final, else what is missing; how the
    starter's registration is confirmed; numbers of certificates that are held, by form. `starter`, `subject`, the
    subject's `fields` and `summary` (what met documents say) are words for statements.
    """

    scheduled: int = 0
    executed: int = 0
    passed: int = 0
    issues: tuple[IssueFigure, ...] = ()
    approved: frozenset[str] = frozenset()
    decided: bool = False
    evidence: Mapping[str, str] = field(default_factory=dict)
    documents: Mapping[str, str | None] = field(default_factory=dict)
    registered: str | None = None
    starter: str = ""
    subject: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    certificates: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""

    @property
    def outstanding(self) -> tuple[IssueFigure, ...]:
        """The issues that are not closed."""
        return tuple(issue for issue in self.issues if not issue.closed)


@dataclass(frozen=True)
class Verdict:
    """Whether a criterion is met, and the figures that show it."""

    criterion: str
    clause: str
    met: bool
    statement: str


@dataclass(frozen=True)
class Asked:
    """A criterion of a gate of a procedure, as its judge needs it."""

    criterion: Criterion
    gate: Gate
    profile: Profile

    @property
    def body(self) -> str:
        """Who decides, as people call it."""
        return self.profile.roles[self.gate.decider].title

    def parameter(self, name: str) -> str:
        """A parameter of the criterion that is a text."""
        return str(self.criterion.judge.parameters[name])


Finding = tuple[bool, str]


@dataclass(frozen=True)
class JudgeForm:
    """A judge: what it must know, the parameters it needs and may have, and how it finds."""

    needs: frozenset[Need]
    find: Callable[[Asked, Case], Finding]
    parameters: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()


def judged(gate: Gate, case: Case, profile: Profile, knowing: Collection[Need] = EVERYTHING) -> tuple[Verdict, ...]:
    """The verdict on each criterion of a gate whose judge needs nothing but what is known."""
    return tuple(
        Verdict(
            criterion.id, criterion.clause, *JUDGES[criterion.judge.name].find(Asked(criterion, gate, profile), case)
        )
        for criterion in gate.criteria
        if JUDGES[criterion.judge.name].needs <= set(knowing)
    )


def determined_met(criteria: Iterable[Verdict], body: str, reasons: str, profile: Profile) -> tuple[Verdict, ...]:
    """The verdicts of a gate whose criteria a body has determined to be met: those that were not say who and why."""
    said = f"The {profile.roles[body].title} determined that it is met: {reasons}"
    return tuple(each if each.met else replace(each, met=True, statement=said) for each in criteria)


def _evidence_given(asked: Asked, case: Case) -> Finding:
    statement = case.evidence.get(asked.criterion.id)
    return (True, statement) if statement else (False, "No evidence was given.")


def _documents_final(asked: Asked, case: Case) -> Finding:
    kinds = asked.criterion.judge.parameters.get("kinds", ())
    absent = [kind for kind in kinds if kind not in case.documents] if isinstance(kinds, tuple) else []
    titles = [f"the {each.title}" for each in asked.profile.artefacts if each.kind in absent]
    missing = [*filter(None, case.documents.values()), *titles]
    if missing or not case.documents:
        return False, f"Missing: {'; '.join(dict.fromkeys(missing)) or 'every document'}."
    return True, case.summary


def _all_executed(_asked: Asked, case: Case) -> Finding:
    met = 0 < case.scheduled <= case.executed
    return met, f"{case.executed} of {case.scheduled} tests in scope executed with a recorded result."


def _pass_rate(asked: Asked, case: Case) -> Finding:
    least = int(asked.parameter("at_least"))
    met = case.scheduled > 0 and case.passed * 100 >= least * case.scheduled
    return met, f"{case.passed} of {case.scheduled} tests in scope passed (at least {least} in a hundred)."


def _issues_settled(_asked: Asked, case: Case) -> Finding:
    if not case.issues:
        return True, "No testing issue was raised."
    closed = sum(issue.closed for issue in case.issues)
    planned = sum(issue.plan_agreed for issue in case.outstanding)
    bare = len(case.issues) - closed - planned
    return bare == 0, (
        f"{len(case.issues)} testing issues: {closed} verified by retest, {planned} outstanding with an agreed "
        f"remediation plan, {bare} outstanding without one."
    )


def _within_thresholds(asked: Asked, case: Case) -> Finding:
    found = [
        _within(limits, issues, whose)
        for limits in asked.profile.thresholds
        for whose, issues in _counted(limits, case)
    ]
    return all(met for met, _ in found), " ".join(statement for _, statement in found)


def _counted(limits: Threshold, case: Case) -> list[tuple[str, tuple[IssueFigure, ...]]]:
    """The outstanding issues as a row counts them: all together, or those of each provider."""
    if limits.count != "provider":
        return [("", case.outstanding)]
    providers = sorted({issue.provider for issue in case.outstanding})
    by_provider = [(f" of {each}", tuple(i for i in case.outstanding if i.provider == each)) for each in providers]
    return by_provider or [("", ())]


def _within(limits: Threshold, issues: tuple[IssueFigure, ...], whose: str) -> Finding:
    found = [_severity(severity, limit, issues, limits) for severity, limit in limits.limits.items()]
    return all(met for met, _ in found), f"Outstanding issues{whose}: {'; '.join(statement for _, statement in found)}."


def _severity(severity: int, limit: int | None, issues: tuple[IssueFigure, ...], limits: Threshold) -> Finding:
    found = [issue for issue in issues if issue.severity == severity]
    bare = sum(not issue.plan_agreed for issue in found) if severity in limits.plan_needed else 0
    allowed = "as agreed" if limit is None else f"at most {limit}"
    lacking = f", {bare} without an agreed plan" if bare else ""
    met = bare == 0 and (limit is None or len(found) <= limit)
    return met, f"severity {severity}: {len(found)} ({allowed}){lacking}"


def _report_approved(asked: Asked, case: Case) -> Finding:
    kind = asked.parameter("kind")
    title = next(each.title for each in asked.profile.artefacts if each.kind == kind)
    met = kind in case.approved
    return met, f"{asked.body} has {'' if met else 'not '}approved the {title}."


def _decision(asked: Asked, case: Case) -> Finding:
    if asked.gate.meeting:
        if case.decided:
            return True, f"The quality gate review meeting was held and {asked.body} approved the progress."
        return False, "No quality gate review meeting has approved the progress."
    return case.decided, f"{asked.body} has {'' if case.decided else 'not '}approved the progress."


def _certificate_held(asked: Asked, case: Case) -> Finding:
    form = asked.parameter("form")
    number = case.certificates.get(form)
    title = next((each.title for each in asked.profile.certificates if each.id == form), form)
    return (True, f"{title} {number} is held.") if number else (False, f"No {title} is held for {_subject(case)}.")


def _registered(_asked: Asked, case: Case) -> Finding:
    if case.registered is None:
        return False, f"The Code Administrator has not confirmed that {case.starter} acceded to the Code."
    return True, case.registered


def _subject_identified(asked: Asked, case: Case) -> Finding:
    says = asked.criterion.judge.parameters.get("says")
    if says and case.fields:
        return True, f"Testing is notified for {str(says).format_map(asked.profile.subject.words(case.fields))}."
    return bool(case.subject), f"Testing is notified for {_subject(case)}."


def _subject(case: Case) -> str:
    return case.subject or "no subject"


def _judge(
    find: Callable[[Asked, Case], Finding], *needs: Need, parameters: Collection[str] = (), may: Collection[str] = ()
) -> JudgeForm:
    return JudgeForm(frozenset(needs), find, frozenset(parameters), frozenset(may))


JUDGES: Final[Mapping[str, JudgeForm]] = MappingProxyType(
    {
        "evidence-given": _judge(_evidence_given, "evidence", parameters={"evidence_by"}),
        "documents-final": _judge(_documents_final, "documents", may={"kinds"}),
        "all-executed": _judge(_all_executed, "tests"),
        "pass-rate": _judge(_pass_rate, "tests", parameters={"at_least"}),
        "issues-settled": _judge(_issues_settled, "issues"),
        "issues-within-thresholds": _judge(_within_thresholds, "issues"),
        "report-approved": _judge(_report_approved, "decision", parameters={"kind"}),
        "certificate-held": _judge(_certificate_held, "certificates", parameters={"form"}),
        "registered": _judge(_registered, "registration"),
        "subject-identified": _judge(_subject_identified, "subject", may={"says"}),
        "decision": _judge(_decision, "decision"),
    }
)
