"""The steps of each kind of engagement, read from `procedures/*.toml` and checked as they are read."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from rulebook.engine.dating.timing import Timing, read_timing
from rulebook.engine.errors import RulebookError, broken
from rulebook.engine.files import ROOT, Entry, events
from rulebook.engine.procedure_file import ProcedureFile, procedure_file, procedure_ids
from rulebook.engine.procedure_parts import WORDS, Anchor, Procedure, RescheduleGround, Step, dependencies

__all__ = ["Anchor", "Procedure", "Step", "Timing", "procedure", "procedure_ids", "run_by_services"]

NOTICE: Final = ("working_days", "clause", "confirmations", "asks")
ROLE: Final = ("title", "may", "organisation")
APART: Final = frozenset("#/")
RESCHEDULE: Final = ("ground", "clause", "words", "fact", "outcome")
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
    "reminders",
    "clause",
)


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
        reschedules=tuple(map(_reschedule, file.listed("reschedules", RESCHEDULE, "ground"))),
        words=_words(file),
        root=file.root,
    )


def _reschedule(entry: Entry) -> RescheduleGround:
    fact = entry.event(entry.text("fact"), "fact")
    outcome = entry.one_of("outcome", events()[fact]) if "outcome" in entry.values else None
    return RescheduleGround(entry.text("ground"), entry.clause(), entry.text("words"), fact, outcome)


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
    usual = _reminders(file.owner("reminders"))
    for entry in listed:
        step = replace(_step(entry, anchors, roles), root=file.root)
        yield replace(step, reminders=_reminders(entry) if "reminders" in entry.values else usual), entry


def _reminders(entry: Entry) -> tuple[int, ...]:
    """How many Working Days before a date: whole numbers, the earliest reminder first."""
    given = entry.values.get("reminders", [])
    whole = isinstance(given, list) and all(type(days) is int and days > 0 for days in given)
    if not whole or sorted(set(given), reverse=True) != given:
        right = "Write Working Days before the date, the most first: reminders = [5, 2]. None: []."
        raise entry.wrong(f"reminders is {given!r}.", right, "reminders")
    return tuple(given)


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
        TopologicalSorter(dependencies(steps)).prepare()
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
