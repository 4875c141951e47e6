"""The steps of each kind of engagement, read from `procedures/*.toml` and checked as they are read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, cast

from rulebook.engine.dating.timing import ANCHORS, FREE, Timing, read_timing
from rulebook.engine.errors import RulebookError, broken
from rulebook.engine.files import ROOT, Entry, entries, events, head, read_toml

__all__ = ["Procedure", "Side", "Step", "Timing", "procedure", "procedure_ids", "run_by_services"]

Side = Literal["participant", "dcc"]

SIDES: Final = ("participant", "dcc")
METHODS: Final = ("email-attachment", "email", "meeting", "as-directed", "as-test-artefacts")
HEAD: Final = (
    "id",
    "title",
    "notice_working_days",
    "notice_clause",
    "reschedule_clause",
    "steps_of",
    "planned_only",
    "excludes",
    "words",
    "steps",
)
KEYS: Final = (
    "ref",
    "action",
    "sender",
    "recipient",
    "method",
    "timing",
    "information",
    "completed_by",
    "sets",
    "number",
    "outcome",
    "each_round",
    "conditional",
    "only_if",
    "then",
    "clause",
)


@dataclass(frozen=True)
class Step:
    """One row of a procedural table. `sets` is the anchor that is known once the step is done."""

    ref: str
    action: str
    sender: Side
    recipient: Side
    method: str
    clause: str
    timing: Timing
    information: tuple[str, ...]
    completed_by: tuple[str, ...]
    conditional: bool = False
    only_if: str = ""
    each_round: bool = False
    number: Literal["first", "later"] | None = None
    outcome: str | None = None
    then: Mapping[str, str] = field(default_factory=dict)
    sets: str | None = None
    root: Path = field(default=ROOT, compare=False, repr=False)
    """The edition that it belongs to."""

    def is_completed_by(self, fact: str, outcome: str | None = None) -> bool:
        """Whether a public event may complete this step; `outcome` is the event's, where it has one."""
        return fact in self.completed_by and self.outcome in (None, outcome)


@dataclass(frozen=True)
class Procedure:
    """The steps of one kind of engagement, and the notice that a start needs.

    `excludes` are clauses that don't apply. A procedure that is `planned_only` can be planned and explained, but the
    services don't run it yet.
    """

    id: str
    title: str
    notice_working_days: int
    notice_clause: str
    reschedule_clause: str
    steps: tuple[Step, ...]
    excludes: tuple[str, ...] = ()
    planned_only: bool = False

    def step(self, ref: str) -> Step:
        """The step of a ref."""
        for step in self.steps:
            if step.ref == ref:
                return step
        raise RulebookError(f"Procedure {self.id} has no step {ref}. Known: {', '.join(s.ref for s in self.steps)}.")

    def taken_again(self) -> tuple[Step, ...]:
        """The steps of a further round: from the one to which an outcome leads back, as further testing does (5.19.2).

        Not those of each day or week: they belong to the first time.
        """
        refs = [step.ref for step in self.steps]
        first = min((refs.index(ref) for _, _, ref in self._back()), default=len(refs))
        return tuple(step for step in self.steps[first:] if step.timing.rule not in ("each-week", "daily"))

    def left_behind(self) -> frozenset[str]:
        """The refs of the steps to which the other outcomes lead: where one leads back, they fall away."""
        return frozenset(ref for step, back, _ in self._back() for outcome, ref in step.then.items() if outcome != back)

    def _back(self) -> Iterator[tuple[Step, str, str]]:
        """Each outcome that leads back, and to which step; those of each round have rounds of their own."""
        for number, step in enumerate(self.steps):
            before = {each.ref for each in self.steps[: number + 1] if not each.each_round}
            yield from ((step, outcome, ref) for outcome, ref in step.then.items() if ref in before)

    def in_order_of_anchors(self) -> tuple[Step, ...]:
        """The steps so that each comes after those that set the anchors it counts from."""
        order = TopologicalSorter(_dependencies(self.steps)).static_order()
        return tuple(self.step(ref) for ref in order)

    def completed_by(self, fact: str) -> tuple[Step, ...]:
        """The steps that a public event may complete, in the order of the table: the first time, and later ones."""
        return tuple(step for step in self.steps if fact in step.completed_by)


def procedure_ids(root: Path = ROOT) -> tuple[str, ...]:
    """Every kind of engagement that the rulebook knows."""
    return tuple(sorted(path.stem for path in (root / "procedures").glob("*.toml")))


def run_by_services(root: Path = ROOT) -> tuple[str, ...]:
    """The kinds of engagement of which notice can be given today; the others can be planned only."""
    return tuple(each for each in procedure_ids(root) if not procedure(each, root).planned_only)


@cache
def procedure(procedure_id: str, root: Path = ROOT) -> Procedure:
    """The procedure of one kind of engagement, for example `uept`."""
    if procedure_id not in procedure_ids(root):
        raise RulebookError(f"There is no procedure {procedure_id!r}. Known: {', '.join(procedure_ids(root))}.")
    return _read(f"procedures/{procedure_id}.toml", root)


def _read(file: str, root: Path) -> Procedure:
    top = head(file, HEAD, root)
    steps = tuple(step for step, _ in _checked(file, root))
    _check_notice(top, steps)
    return Procedure(
        id=top.one_of("id", [Path(file).stem]),
        title=top.text("title"),
        notice_working_days=top.number("notice_working_days"),
        notice_clause=top.clause("notice_clause"),
        reschedule_clause=top.clause("reschedule_clause"),
        steps=steps,
        excludes=tuple(top.cited(clause, "excludes") for clause in top.texts("excludes")),
        planned_only=top.flag("planned_only"),
    )


def _checked(file: str, root: Path) -> list[tuple[Step, Entry]]:
    found = list(_steps(file, root))
    for number, (step, entry) in enumerate(found):
        _check(step, entry, [other.ref for other, _ in found], found[:number])
    _check_anchors(file, found)
    return found


def _steps(file: str, root: Path) -> Iterator[tuple[Step, Entry]]:
    """The file's own steps; with `steps_of` those of another procedure, in which the file's own replace their like."""
    top = head(file, HEAD, root)
    words = MappingProxyType({**ANCHORS, **_words(top)})
    own = entries(file, "steps", KEYS, name="ref", root=root) if "steps" in top.values else ()
    if "steps_of" not in top.values and not own:
        raise broken(file, "[[steps]]", "there is none.", "Write at least one [[steps]] table, or steps_of.")
    base = _base(top, root) if "steps_of" in top.values else ()
    replaced = {entry.values.get("ref"): entry for entry in own} if base else {}
    unknown = [entry for ref, entry in replaced.items() if ref not in {each.values.get("ref") for each in base}]
    if unknown:
        known = ", ".join(str(each.values.get("ref")) for each in base)
        raise unknown[0].wrong("is no step of the procedure it is based on.", f"Known: {known}.", "ref")
    for entry in [replaced.get(each.values.get("ref"), each) for each in base] or own:
        yield replace(_step(entry, words), root=root), entry


def _base(top: Entry, root: Path) -> tuple[Entry, ...]:
    others = [each for each in procedure_ids(root) if each != Path(top.file).stem]
    other = f"procedures/{top.one_of('steps_of', others)}.toml"
    if "steps_of" in read_toml(other, root):
        raise top.wrong(f"{other} is itself based on another.", "Base it on a file that has all its steps.", "steps_of")
    return entries(other, "steps", KEYS, name="ref", root=root)


def _words(top: Entry) -> Mapping[str, str]:
    words = top.values.get("words", {})
    if not isinstance(words, dict) or any(not isinstance(word, str) for word in words.values()):
        raise top.wrong(f"words is {words!r}.", 'Write a table, for example { report-received = "receipt of ..." }.')
    top.part("words", words).only(ANCHORS)
    return words


def _step(entry: Entry, words: Mapping[str, str]) -> Step:
    return Step(
        ref=entry.text("ref"),
        action=entry.text("action"),
        sender=cast(Side, entry.one_of("sender", SIDES)),
        recipient=cast(Side, entry.one_of("recipient", SIDES)),
        method=entry.one_of("method", METHODS),
        clause=entry.clause(),
        timing=read_timing(entry, words),
        information=entry.texts("information"),
        completed_by=_facts(entry),
        conditional=entry.flag("conditional"),
        only_if=entry.text("only_if", ""),
        each_round=entry.flag("each_round"),
        number=cast(Any, entry.one_of("number", ("first", "later"), "") if "number" in entry.values else None),
        outcome=entry.text("outcome") if "outcome" in entry.values else None,
        then=MappingProxyType(dict(entry.values.get("then", {}))),
        sets=entry.one_of("sets", sorted(set(ANCHORS) - FREE)) if "sets" in entry.values else None,
    )


def _facts(entry: Entry) -> tuple[str, ...]:
    facts = entry.texts("completed_by")
    if not facts:
        right = "Name the public event that completes the step."
        raise entry.wrong("completed_by is empty.", right, "completed_by")
    return tuple(entry.event(fact, "completed_by") for fact in facts)


def _check_outcomes(step: Step, entry: Entry) -> None:
    """Refuse an outcome that none of the events has which complete the step."""
    known = sorted({outcome for fact in step.completed_by for outcome in events()[fact]})
    named = [("outcome", step.outcome), *(("then", outcome) for outcome in step.then)]
    for key, outcome in named:
        if outcome is not None and outcome not in known:
            right = f"Known: {', '.join(known) or 'none, the event has no outcome'}."
            raise entry.wrong(f"{outcome!r} is no outcome of what completes the step.", right, key)


def _check_notice(top: Entry, steps: tuple[Step, ...]) -> None:
    """The notice stands twice: at the head, and as the timing of the step that gives it."""
    clause, days = top.clause("notice_clause"), top.number("notice_working_days")
    for step in steps:
        if step.clause == clause and step.timing.working_days != days:
            right = f"Write {step.timing.working_days}, or change the timing of step {step.ref}."
            raise top.wrong(f"notice_working_days is {days}.", right, "notice_working_days")


def _check(step: Step, entry: Entry, known: list[str], before: list[tuple[Step, Entry]]) -> None:
    if step.ref in (other.ref for other, _ in before):
        raise entry.wrong(f"step {step.ref}: the ref stands twice.", "Give each step its own ref.", "ref")
    if step.sets and step.sets in (other.sets for other, _ in before):
        raise entry.wrong(f"{step.sets!r} is set by another step too.", "Let one step set each anchor.", "sets")
    _check_outcomes(step, entry)
    for outcome, ref in step.then.items():
        if ref not in known:
            problem = f"step {step.ref}: then.{outcome} is {ref!r}, not a step."
            raise entry.wrong(problem, f"Known: {', '.join(known)}.", "then")
    if (step.number == "later") != step.each_round or (step.each_round and step.timing.rule != "before"):
        problem = f"number is {step.number!r}, each_round {step.each_round}, timing {step.timing.rule!r}."
        raise entry.wrong(problem, 'A step of each round has number = "later" and a timing "before".', "number")
    if step.conditional != bool(step.only_if):
        raise entry.wrong("conditional and only_if belong together.", "Write both or neither.", "conditional")


def _check_anchors(file: str, found: list[tuple[Step, Entry]]) -> None:
    """Refuse steps that wait for each other, and an anchor that nothing sets where steps say what they set."""
    steps, where = tuple(step for step, _ in found), {step.ref: entry for step, entry in found}
    try:
        TopologicalSorter(_dependencies(steps)).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        ring = " waits for ".join(reversed(circle))
        raise where[circle[0]].wrong(f"the anchors go round: {ring}.", "Count one of them from the start.") from error
    settable = FREE | {step.sets for step in steps if step.sets}
    for step, entry in found if len(settable) > len(FREE) else ():
        for anchor in sorted(step.timing.anchors() - settable):
            raise entry.wrong(f"no step sets the anchor {anchor!r}.", f'Write sets = "{anchor}" at the step that does.')


def _dependencies(steps: tuple[Step, ...]) -> dict[str, list[str]]:
    """For each step the refs of those that set its anchors."""
    setter = {step.sets: step.ref for step in steps if step.sets}
    return {step.ref: [setter[each] for each in sorted(step.timing.anchors()) if each in setter] for step in steps}
