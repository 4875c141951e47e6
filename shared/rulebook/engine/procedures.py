"""The steps of each kind of engagement, read from `procedures/*.toml` and checked as they are read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

from rulebook.engine.dating.timing import Timing, read_timing
from rulebook.engine.errors import RulebookError, broken
from rulebook.engine.files import ROOT, Entry, events
from rulebook.engine.procedure_file import ProcedureFile, procedure_file, procedure_ids

__all__ = ["Anchor", "Procedure", "Step", "Timing", "procedure", "procedure_ids", "run_by_services"]

RECORDED: Final = "notification.step-recorded"
"""The fact that completes a step without a rule of its own; it names the step by its ref."""
WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "returned": "What was handed in was returned",
        "revised": "The start is revised, and what follows is rescheduled",
        "reopened": "Further testing was asked for",
        "rescheduled": "Testing is rescheduled",
    }
)
"""What reasons say of a review that returns, and of further testing, where a procedure has no words of its own."""
NOTICE: Final = ("working_days", "clause", "confirmations", "asks")
ROLE: Final = ("title", "may", "organisation")
APART: Final = frozenset("#/")
CHOSEN: Final = ("confirmed_by", "renewed_by")
"""What only an anchor has whose day people choose."""
ANCHOR: Final = ("words", "chosen", *CHOSEN)
METHODS: Final = ("email-attachment", "email", "meeting", "as-directed", "as-test-artefacts")
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
class Anchor:
    """What dates count from. `chosen`: people choose the day and a gate confirms it; otherwise a step sets it.

    `renewed_by` is the public event that tells the day in a further round, which people choose anew.
    """

    id: str
    words: str
    chosen: bool = False
    confirmed_by: str | None = None
    renewed_by: str | None = None


@dataclass(frozen=True)
class Step:
    """One row of a procedural table. `sets` is the anchor that is known once the step is done."""

    ref: str
    action: str
    sender: str
    recipient: str
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

    @property
    def is_recorded(self) -> bool:
        """Whether it has no rule of its own: it is recorded by its ref, with the information that it asks for."""
        return RECORDED in self.completed_by

    def is_completed_by(self, fact: str, outcome: str | None = None, ref: str | None = None) -> bool:
        """Whether a public event may complete this step; `outcome` is the event's, where it has one.

        A fact that tells of a step by its ref completes that step alone.
        """
        return fact in self.completed_by and self.outcome in (None, outcome) and ref in (None, self.ref)


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
    anchors: Mapping[str, Anchor]
    excludes: tuple[str, ...] = ()
    planned_only: bool = False
    words: Mapping[str, str] = field(default_factory=lambda: WORDS)
    root: Path = field(default=ROOT, compare=False, repr=False)
    """The edition that it belongs to."""

    def step(self, ref: str) -> Step:
        """The step of a ref."""
        if (step := self._by_ref.get(ref)) is None:
            raise RulebookError(f"Procedure {self.id} has no step {ref}. Known: {', '.join(self._by_ref)}.")
        return step

    @cached_property
    def _by_ref(self) -> Mapping[str, Step]:
        return {step.ref: step for step in self.steps}

    @cached_property
    def chosen(self) -> frozenset[str]:
        """The anchors whose day people choose."""
        return frozenset(anchor.id for anchor in self.anchors.values() if anchor.chosen)

    @cached_property
    def renewed(self) -> frozenset[str]:
        """The anchors that begin anew in a further round: those that its steps set."""
        return frozenset(step.sets for step in self.taken_again if step.sets)

    def leads_back(self, step: Step, outcome: str | None) -> bool:
        """Whether an outcome of a step opens a further round."""
        return any(step.ref == each.ref and outcome == back for each, back, _ in self._back)

    def returns(self, step: Step, outcome: str | None) -> bool:
        """Whether an outcome of a step opens the steps of each round, as a review with deficiencies does."""
        follows = step.then.get(outcome or "")
        return follows is not None and self.step(follows).each_round

    def reviews(self, step: Step) -> bool:
        """Whether a step is a review: one of its outcomes opens the steps of each round."""
        return any(self.returns(step, outcome) for outcome in step.then)

    @cached_property
    def taken_again(self) -> tuple[Step, ...]:
        """The steps of a further round: from the one to which an outcome leads back, as further testing does (5.19.2).

        Not those of each day or week: they belong to the first time.
        """
        refs = [step.ref for step in self.steps]
        first = min((refs.index(ref) for _, _, ref in self._back), default=len(refs))
        return tuple(step for step in self.steps[first:] if step.timing.rule not in ("each-week", "daily"))

    @cached_property
    def daily(self) -> tuple[Step, ...]:
        """The steps that are owed each day up to a day that an anchor sets."""
        return tuple(step for step in self.steps if step.timing.rule == "daily" and step.timing.until)

    @cached_property
    def left_behind(self) -> frozenset[str]:
        """The refs of the steps to which the other outcomes lead: where one leads back, they fall away."""
        return frozenset(ref for step, back, _ in self._back for outcome, ref in step.then.items() if outcome != back)

    @cached_property
    def opening(self) -> tuple[Step, ...]:
        """The steps with an outcome that opens a further round."""
        return tuple(step for step in self.steps if any(self.leads_back(step, outcome) for outcome in step.then))

    @cached_property
    def _back(self) -> tuple[tuple[Step, str, str], ...]:
        """Each outcome that leads back, and to which step; those of each round have rounds of their own."""
        return tuple(
            (step, outcome, ref)
            for number, step in enumerate(self.steps)
            for outcome, ref in step.then.items()
            if ref in {each.ref for each in self.steps[: number + 1] if not each.each_round}
        )

    def in_order_of_anchors(self) -> tuple[Step, ...]:
        """The steps so that each comes after those that set the anchors it counts from."""
        order = TopologicalSorter(_dependencies(self.steps)).static_order()
        return tuple(self.step(ref) for ref in order)

    def completed_by(self, fact: str, ref: str | None = None) -> tuple[Step, ...]:
        """The steps that a public event may complete, in the order of the table: the first time, and later ones.

        A fact that tells of a step by its ref completes that step alone.
        """
        return tuple(step for step in self._by_fact.get(fact, ()) if ref in (None, step.ref))

    @cached_property
    def _by_fact(self) -> Mapping[str, tuple[Step, ...]]:
        facts = dict.fromkeys(fact for step in self.steps for fact in step.completed_by)
        return {fact: tuple(step for step in self.steps if fact in step.completed_by) for fact in facts}


def run_by_services(root: Path = ROOT) -> tuple[str, ...]:
    """The kinds of engagement of which notice can be given today; the others can be planned only."""
    return tuple(each for each in procedure_ids(root) if not procedure(each, root).planned_only)


@cache
def procedure(procedure_id: str, root: Path = ROOT) -> Procedure:
    """The procedure of one kind of engagement, for example `uept`."""
    if procedure_id not in procedure_ids(root):
        raise RulebookError(f"There is no procedure {procedure_id!r}. Known: {', '.join(procedure_ids(root))}.")
    return _read(procedure_file(procedure_id, root))


def _read(file: ProcedureFile) -> Procedure:
    top, notice = file.head(), file.table("notice", NOTICE)
    anchors = _anchors(file)
    steps = tuple(step for step, _ in _checked(file, anchors))
    _check_notice(notice, steps)
    return Procedure(
        id=top.one_of("id", [file.id]),
        title=top.text("title"),
        notice_working_days=notice.number("working_days"),
        notice_clause=notice.clause(),
        reschedule_clause=file.owner("reschedule_clause").clause("reschedule_clause"),
        steps=steps,
        anchors=anchors,
        excludes=tuple(top.cited(clause, "excludes") for clause in top.texts("excludes")),
        planned_only=top.flag("planned_only"),
        words=_words(file),
        root=file.root,
    )


def _words(file: ProcedureFile) -> Mapping[str, str]:
    owner = file.owner("words")
    words = owner.part("words", owner.table("words")).only(WORDS)
    return MappingProxyType({**WORDS, **{key: words.text(key) for key in words.values}})


def _anchors(file: ProcedureFile) -> Mapping[str, Anchor]:
    found = file.named("anchors", ANCHOR)
    return MappingProxyType({name: _anchor(name, entry) for name, entry in found.items()})


def _anchor(name: str, entry: Entry) -> Anchor:
    chosen = entry.flag("chosen")
    for key in CHOSEN:
        if key in entry.values and not chosen:
            raise entry.wrong(f"{key} is of a chosen anchor.", "Write chosen = true, or leave it out.", key)
    confirmed_by = entry.text("confirmed_by") if "confirmed_by" in entry.values else None
    renewed_by = entry.event(entry.text("renewed_by"), "renewed_by") if "renewed_by" in entry.values else None
    return Anchor(name, entry.text("words"), chosen, confirmed_by, renewed_by)


def _checked(file: ProcedureFile, anchors: Mapping[str, Anchor]) -> list[tuple[Step, Entry]]:
    found = list(_steps(file, anchors))
    for number, (step, entry) in enumerate(found):
        _check(step, entry, [other.ref for other, _ in found], found[:number])
    _check_anchors(file, found, anchors)
    return found


def _steps(file: ProcedureFile, anchors: Mapping[str, Anchor]) -> Iterator[tuple[Step, Entry]]:
    """The file's own steps; with `steps_of` those of another procedure, in which the file's own replace their like."""
    roles = tuple(file.named("roles", ROLE))
    listed = file.listed("steps", KEYS, "ref")
    if not listed:
        raise broken(file.file, "[[steps]]", "there is none.", "Write at least one [[steps]] table, or steps_of.")
    for entry in listed:
        yield replace(_step(entry, anchors, roles), root=file.root), entry


def _step(entry: Entry, anchors: Mapping[str, Anchor], roles: tuple[str, ...]) -> Step:
    words = MappingProxyType({anchor.id: anchor.words for anchor in anchors.values()})
    settable = sorted(anchor.id for anchor in anchors.values() if not anchor.chosen)
    return Step(
        ref=entry.text("ref"),
        action=entry.text("action"),
        sender=entry.one_of("sender", roles),
        recipient=entry.one_of("recipient", roles),
        method=entry.one_of("method", METHODS),
        clause=entry.clause(),
        timing=read_timing(entry, words),
        information=entry.texts("information"),
        completed_by=_facts(entry),
        conditional=entry.flag("conditional"),
        only_if=entry.text("only_if", ""),
        each_round=entry.flag("each_round"),
        number=_number(entry),
        outcome=entry.text("outcome") if "outcome" in entry.values else None,
        then=MappingProxyType(dict(entry.table("then"))),
        sets=entry.one_of("sets", settable) if "sets" in entry.values else None,
    )


def _number(entry: Entry) -> Any:
    return entry.one_of("number", ("first", "later"), "") if "number" in entry.values else None


def _facts(entry: Entry) -> tuple[str, ...]:
    facts = entry.texts("completed_by")
    if not facts:
        right = "Name the public event that completes the step."
        raise entry.wrong("completed_by is empty.", right, "completed_by")
    return tuple(entry.event(fact, "completed_by") for fact in facts)


def _check_outcomes(step: Step, entry: Entry) -> None:
    """Refuse an outcome that none of the events has which complete the step."""
    if step.is_recorded:  # whoever records it says which outcome of its `then` it had
        return
    known = sorted({outcome for fact in step.completed_by for outcome in events()[fact]})
    named = [("outcome", step.outcome), *(("then", outcome) for outcome in step.then)]
    for key, outcome in named:
        if outcome is not None and outcome not in known:
            right = f"Known: {', '.join(known) or 'none, the event has no outcome'}."
            raise entry.wrong(f"{outcome!r} is no outcome of what completes the step.", right, key)


def _check_notice(notice: Entry, steps: tuple[Step, ...]) -> None:
    """The notice stands twice: in a table of its own, and as the timing of the step that gives it."""
    clause, days = notice.clause(), notice.number("working_days")
    for step in steps:
        if step.clause == clause and step.timing.rule == "before" and step.timing.working_days != days:
            right = f"Write {step.timing.working_days}, or change the timing of step {step.ref}."
            raise notice.wrong(f"working_days is {days}.", right, "working_days")


def _check(step: Step, entry: Entry, known: list[str], before: list[tuple[Step, Entry]]) -> None:
    if APART.intersection(step.ref):
        right = "Write a ref without # and /, which stand between it and a round, a week or a day."
        raise entry.wrong(f"ref is {step.ref!r}.", right, "ref")
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


def _check_anchors(file: ProcedureFile, found: list[tuple[Step, Entry]], anchors: Mapping[str, Anchor]) -> None:
    """Refuse steps that wait for each other, and an anchor that no step sets and nobody chooses."""
    steps, where = tuple(step for step, _ in found), {step.ref: entry for step, entry in found}
    try:
        TopologicalSorter(_dependencies(steps)).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        ring = " waits for ".join(reversed(circle))
        raise where[circle[0]].wrong(f"the anchors go round: {ring}.", "Count one of them from the start.") from error
    known = {step.sets for step in steps} | {anchor.id for anchor in anchors.values() if anchor.chosen}
    for step, entry in found:
        for anchor in sorted(step.timing.anchors() - known):
            raise entry.wrong(f"no step sets the anchor {anchor!r}.", f'Write sets = "{anchor}" at the step that does.')
    for name, entry in file.named("anchors", ANCHOR).items():
        if name not in known:
            right = f'Write sets = "{name}" at the step that does, chosen = true, or leave the anchor out.'
            raise entry.wrong(f"nothing sets the anchor {name!r}.", right)


def _dependencies(steps: tuple[Step, ...]) -> dict[str, list[str]]:
    """For each step the refs of those that set its anchors."""
    setter = {step.sets: step.ref for step in steps if step.sets}
    return {step.ref: [setter[each] for each in sorted(step.timing.anchors()) if each in setter] for step in steps}
