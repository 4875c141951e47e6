"""Why: of a date, a state, a test, a criterion, a refusal, a clause or a word: the clause, the rule and the inputs."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from kernel.refusal import Refusal
from rulebook.engine.dating.plan import Plan, PlannedStep, period_in_words
from rulebook.engine.dating.working_days import Skipped
from rulebook.engine.documents import documents
from rulebook.engine.editions import documents_in_force, edition
from rulebook.engine.errata import errata_of_clause, errata_of_step
from rulebook.engine.files import CITED, ROOT, Entry, entries, is_clause, located, summaries
from rulebook.engine.gates import Case, judged
from rulebook.engine.glossary import glossary
from rulebook.engine.lists import lists
from rulebook.engine.procedures import Procedure, procedure_ids
from rulebook.engine.profile import Criterion, Profile, profile_in
from rulebook.engine.routes import routes
from rulebook.engine.scope.catalogue import Test
from rulebook.engine.scope.matrix import SCENARIOS
from rulebook.engine.scope.scope import find_test, matching_names, minimum_reason, role_name
from rulebook.engine.severities import severities
from rulebook.engine.suspension import grounds, report_items

STATES: Final = "states.toml"
ROWS: Final[tuple[tuple[str, Callable[[Path], Iterable[Any]], Callable[[Any], str]], ...]] = (
    ("routes.toml", routes, lambda each: f"right of referral {each.id}"),
    ("artefacts.toml", documents, lambda each: f"document {each.kind}"),
    ("suspension.toml", grounds, lambda each: f"ground {each.id} of suspension"),
    ("suspension.toml", report_items, lambda each: f"{each.id} in the report of a suspension"),
    ("severities.toml", severities, lambda each: f"severity {each.level}"),
    ("lists.toml", lists, lambda each: f"list {each.id}"),
)
"""The rows of a document that stand at a clause, by the file in which they are, and what each is called."""


@dataclass(frozen=True)
class Reason:
    """Why something is as it is: `answer` in a sentence, the clause, the rule, what it was reckoned from.

    `skipped` are the days that were not counted, `notes` slips of the source that touch it and what else to know.
    """

    subject: str
    kind: str
    answer: str
    clause: str
    rule: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()


def of_step(plan: Plan, planned: PlannedStep) -> Reason:
    """Why a step of a plan has its date."""
    because = planned.parts[0].because if planned.parts else None
    counted = because.inputs if because else {}
    timing = planned.step.timing
    inputs = {timing.called(name) if name in timing.words else name: str(day) for name, day in counted.items()}
    return Reason(
        subject=planned.step.ref,
        kind="step",
        answer=f"{planned.step.action}: {period_in_words(planned)}.",
        clause=planned.step.clause,
        rule=planned.why,
        inputs={**inputs, "procedure": plan.procedure.id, "start": str(plan.start)},
        skipped=planned.skipped,
        notes=slips(planned.step.clause, planned.step.root, planned.step.ref),
    )


def slips(clause: str, root: Path = ROOT, ref: str = "") -> tuple[str, ...]:
    """The slips of the source at a clause, and those that touch a step."""
    found = (*errata_of_step(ref, root), *errata_of_clause(clause, root))
    return tuple(dict.fromkeys(str(each) for each in found))


def of_test(role: str, test_id: str, root: Path = ROOT) -> Reason | None:
    """Why a test belongs to a role's scope; `None` when it is none of the role's tests."""
    test = find_test(role, test_id, root)
    if test is None:
        return None
    minimum = minimum_reason(role, test.srv, root) if test.srv else None
    of_minimum = f"Of the minimum set, so DCC does not agree to descope it (CTSD 5.2.6): {minimum}."
    return Reason(
        subject=test.id,
        kind="test",
        answer=f"{test.title}: {role_name(role)}s test it{_on_device(test)}.",
        clause=test.clause,
        rule=_rule_of(test),
        inputs={name: value for name, value in _facets(role, test).items() if value},
        notes=((of_minimum,) if minimum else ()) + slips(test.clause, root),
    )


def _on_device(test: Test) -> str:
    return {"S1": " on a SMETS1 Device", "S2": " on a SMETS2+ Device"}.get(test.generation or "", "")


def _rule_of(test: Test) -> str:
    if test.kind == "service-request":
        scenario = SCENARIOS[test.variant or ""]
        return (
            f"The role's matrix marks {test.srv} in the column {test.variant} (scenario {scenario}). "
            "Mandatory is one test on each generation of Device, Mandatory SMETS1 and SMETS2+ one on that generation."
        )
    if test.kind == "install-and-commission":
        return f"Step {test.order} of the scenario {test.code}, whose order is prescribed."
    if test.kind == "self-service-interface":
        return "Every role proves once that it can log in to the Self-Service Interface; it can't be descoped."
    return f"The role's table names {test.code}{f' for a {test.note}' if test.condition else ''}."


def _facets(role: str, test: Test) -> dict[str, str]:
    return {
        "role": role,
        "Service Request": test.srv or "",
        "command variant": test.variant or "",
        "device generation": test.generation or "",
        "code": test.code or "",
        "condition": test.condition or "",
        "note": test.note,
        "descoped by": ", ".join(matching_names(test)),
    }


def of_criterion(procedure_id: str, criterion_id: str, case: Case | None = None, root: Path = ROOT) -> Reason | None:
    """What a gate asks for, or, with figures, why the exit criterion is met or not; `None`: no such criterion."""
    found = profile_in(procedure_id, root)
    asked = ((gate, each) for gate in found.gates for each in gate.criteria)
    gate, criterion = next(((gate, each) for gate, each in asked if each.id == criterion_id), (None, None))
    if gate is None or criterion is None:
        return None
    verdicts = judged(gate, case, found) if case and gate.phase == "exit" else ()
    verdict = next((each for each in verdicts if each.criterion == criterion_id), None)
    met = "" if verdict is None else f" It is {'met' if verdict.met else 'not met'}: {verdict.statement}"
    return Reason(
        subject=criterion.id,
        kind="criterion",
        answer=f"{criterion.text}.{met}",
        clause=criterion.clause,
        rule=f"Shown by {criterion.evidence_by or 'recorded facts'}.",
        inputs={"procedure": procedure_id, **_limits(found, criterion)},
        notes=slips(criterion.clause, root),
    )


def _limits(found: Profile, criterion: Criterion) -> dict[str, str]:
    if criterion.judge.name != "issues-within-thresholds":
        return {}
    return {
        f"severity {level}": "as agreed with DCC" if most is None else str(most)
        for each in found.thresholds
        for level, most in each.limits.items()
    }


def of_state(state: str, root: Path = ROOT) -> Reason | None:
    """What a state of a step means and from what it follows; `None`: no such state."""
    entry = states(root).get(state)
    if entry is None:
        return None
    rule = f"It follows when {entry.text('rule')}."
    return Reason(state, "state", f"{entry.text('text')}.", entry.clause(), rule, notes=slips(entry.clause(), root))


def of_clause(cited: str, root: Path = ROOT) -> Reason | None:
    """What a clause says, where the data hold it, and the slips in it; `None`: no such clause."""
    found = CITED.fullmatch(cited)
    if found is None or not is_clause(cited):
        return None
    clause = found["clause"]
    says = summaries().get(clause, "It is a clause of the source that is not summarised here")
    held = ", ".join(dict.fromkeys(_holders(clause, _folder_of(clause, root))))
    rule = f"In the data: {held}." if held else "No entry of the data is named by it."
    return Reason(cited, "clause", f"{says}.", clause, rule, notes=slips(clause, root))


def _folder_of(clause: str, root: Path) -> Path:
    """Where the data of the document lie that a clause is of; the given folder where it is one of that document."""
    document = clause.partition(" ")[0]
    return next((each for each in (root, *documents_in_force()) if edition(each).document == document), root)


def _holders(clause: str, root: Path) -> Iterator[str]:
    """What the data have under a clause or one of its letters."""
    for name, cited in _entries_by_clause(root):
        if cited.partition("(")[0] == clause:
            yield name


def _entries_by_clause(root: Path) -> Iterator[tuple[str, str]]:
    for each in procedure_ids(root):
        found = profile_in(each, root)
        yield from ((f"step {step.ref} of {each}", step.clause) for step in found.procedure.steps)
        yield from ((f"criterion {one.id}", one.clause) for gate in found.gates for one in gate.criteria)
        yield from ((f"thresholds of {each}", row.clause) for row in found.thresholds)
    for file, read, name in ROWS:
        if located(file, root).is_file():
            yield from ((name(each), each.clause) for each in read(root))
    yield from ((f"state {name}", each.clause()) for name, each in states(root).items())


def of_term(word: str, root: Path = ROOT) -> Reason | None:
    """What a word of the source means, whatever its case; `None`: the source does not define it."""
    entry = glossary(root).get(word.lower())
    if entry is None:
        return None
    rule = f"The source takes it from {entry.text('source')}."
    return Reason(entry.text("term"), "term", f"{entry.text('text')}.", entry.clause(), rule)


def of_name(procedure_id: str, name: str, case: Case | None = None, root: Path = ROOT) -> Reason | None:
    """Whatever has a name of its own: a criterion, a state, a clause or a word of the source; `None`: none of them.

    A clause of the document itself may be cited by its number alone.
    """
    return (
        of_criterion(procedure_id, name, case, root)
        or of_state(name, root)
        or of_clause(name, root)
        or of_clause(f"{edition(root).document} {name}", root)
        or of_term(name, root)
    )


def of_anything(
    what: str, procedure: Procedure, planned: Plan | None, role: str | None, case: Case | None = None
) -> Reason | None:
    """Why a step of a plan has its date, or a test is in a role's scope; or what a name of the source means."""
    step, root = planned.step(what) if planned else None, procedure.root
    return (
        (of_step(planned, step) if planned and step else None)
        or (of_test(role, what, root) if role and (root / "matrix").is_dir() else None)
        or of_name(procedure.id, what, case, root)
    )


def of_refusal(name: str) -> Reason | None:
    """What a refusal says, by the name of its class or its problem; `None`: no module that is loaded has it."""
    wanted = name.replace("-", "").lower()
    found = next((each for each in _refusals(Refusal) if each.__name__.lower() == wanted), None)
    if found is None:
        return None
    rule = f"What would be right: {found.remedy}"
    clause = found.clause or "none"
    return Reason(found.__name__, "refusal", (found.__doc__ or "").strip(), clause, rule, notes=slips(clause))


@cache
def states(root: Path = ROOT) -> Mapping[str, Entry]:
    """What each state of a step means, by its id."""
    return {each.text("id"): each for each in entries(STATES, "state", ("id", "clause", "text", "rule"), "id", root)}


def _refusals(of: type[Refusal]) -> list[type[Refusal]]:
    return [each for child in of.__subclasses__() for each in (child, *_refusals(child))]
