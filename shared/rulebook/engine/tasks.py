"""What waits for a role beside the steps of a timetable: begun by one public event and ended by another."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

from kernel.audience import DUTIES, Audience, Duty
from rulebook.engine.files import ROOT, Entry, distinct, entries, event_fields

FILE: Final = "tasks.toml"
KEYS: Final = ("id", "action", "waits_for", "due", "details", "begins_on", "ends_on", "same")
OF_TRIGGER: Final = ("fact", "of", "same", "oldest")

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Occurrence:
    """A public event as it happened: its fact and fields, its source, and its place among what that source said."""

    fact: str
    source: str
    sequence: int
    at: datetime
    values: Values

    def precedes(self, other: "Occurrence") -> bool:
        """Whether it came before another: what one source says has an order, between sources the instant decides."""
        if self.source == other.source:
            return self.sequence < other.sequence
        return self.at <= other.at


@dataclass(frozen=True)
class TaskTrigger:
    """A public event with the values it must have. `of`: the field in which what is meant stands, once or as a list.

    `same` are the fields in which it must equal what began the task; with `oldest` it ends the oldest of these alone.
    """

    fact: str
    values: Values
    of: str | None = None
    same: tuple[str, ...] = ()
    oldest: bool = False

    def meant(self, event: Occurrence) -> tuple[Values, ...]:
        """What the event speaks of, each with its fields; nothing where it is no such event."""
        if event.fact != self.fact or any(event.values.get(name) != value for name, value in self.values.items()):
            return ()
        if self.of is None:
            return (event.values,)
        found = event.values.get(self.of)
        return tuple(found) if isinstance(found, Sequence) else (found,) if found else ()


@dataclass(frozen=True)
class TaskForm:
    """A kind of task: what is to be done, whom it waits for, and what begins and ends it."""

    id: str
    action: str
    role_field: str | None
    duty: Duty | None
    due: str | None
    details: tuple[str, ...]
    begins_on: tuple[TaskTrigger, ...]
    ends_on: tuple[TaskTrigger, ...]
    same: tuple[str, ...]


@dataclass(frozen=True)
class Task:
    """One task that waits, begun by an event, with the fields of what it is about."""

    form: TaskForm
    begun_by: Occurrence
    values: Values

    @property
    def key(self) -> tuple[str, ...]:
        """What tells it from others of its kind."""
        return tuple(str(self.values.get(name)) for name in self.form.same)

    @property
    def details(self) -> dict[str, Any]:
        """What whoever does it wants to see."""
        return {name: self.values[name] for name in self.form.details if self.values.get(name) is not None}

    def roles(self, audience: Audience) -> tuple[str, ...]:
        """The roles whose turn it is."""
        if self.form.duty is not None:
            return audience.holders(self.form.duty)
        return (str(self.values[self.form.role_field or ""]),)

    def ended_by(self, trigger: TaskTrigger, end: Occurrence, values: Values) -> bool:
        """Whether a later event, which speaks of these values, ends it."""
        alike = all(values.get(name) == self.values.get(name) for name in trigger.same)
        return alike and self.begun_by.precedes(end)


def open_tasks(form: TaskForm, events: Iterable[Occurrence]) -> tuple[Task, ...]:
    """The tasks of a kind that wait after these events, the oldest first, in whatever order they are given."""
    ordered = sorted(events, key=lambda event: (event.at, event.source, event.sequence))
    tasks = [
        Task(form, event, values) for event in ordered for trigger in form.begins_on for values in trigger.meant(event)
    ]
    for event in ordered:
        for trigger in form.ends_on:
            for values in trigger.meant(event):
                ended = [task for task in tasks if task.ended_by(trigger, event, values)]
                for task in ended[:1] if trigger.oldest else ended:
                    tasks.remove(task)
    return tuple({task.key: task for task in tasks}.values())


@cache
def task_forms(root: Path = ROOT) -> tuple[TaskForm, ...]:
    """Every kind of task."""
    return tuple(_form(entry) for entry in distinct(entries(FILE, "task", KEYS, name="id", root=root), "id"))


def _form(entry: Entry) -> TaskForm:
    waits_for = entry.part("waits_for", entry.table("waits_for")).only(("field", "duty"))
    if len(waits_for.values) != 1:
        raise entry.wrong(
            "it does not say whom it waits for.", 'Write { field = "..." } or { duty = "..." }.', "waits_for"
        )
    duty = waits_for.one_of("duty", DUTIES) if "duty" in waits_for.values else None
    form = TaskForm(
        id=entry.text("id"),
        action=entry.text("action"),
        role_field=None if duty else waits_for.text("field"),
        duty=cast(Duty | None, duty),
        due=entry.text("due") if "due" in entry.values else None,
        details=entry.texts("details"),
        begins_on=tuple(map(_trigger, entry.tables("begins_on"))),
        ends_on=tuple(map(_trigger, entry.tables("ends_on"))),
        same=entry.texts("same"),
    )
    if not form.begins_on or not form.ends_on:
        raise entry.wrong("it never begins, or never ends.", "Name an event in begins_on and one in ends_on.")
    _check_fields(entry, form)
    return form


def _trigger(entry: Entry) -> TaskTrigger:
    fact = entry.event(entry.values.get("fact"), "fact")
    values = {name: value for name, value in entry.values.items() if name not in OF_TRIGGER}
    of = entry.text("of") if "of" in entry.values else None
    _require_fields(entry, fact, (*values, of))
    return TaskTrigger(fact, MappingProxyType(values), of, entry.texts("same"), entry.flag("oldest"))


def _check_fields(entry: Entry, form: TaskForm) -> None:
    """Refuse a field that an event does not have; what stands inside a field, the contract alone knows."""
    for trigger in form.begins_on:
        if trigger.of is None:
            _require_fields(entry, trigger.fact, (form.role_field, form.due, *form.same))
    for trigger in form.ends_on:
        if trigger.of is None:
            _require_fields(entry, trigger.fact, trigger.same)


def _require_fields(entry: Entry, fact: str, names: Iterable[str | None]) -> None:
    known = event_fields()[fact]
    for name in names:
        if name is not None and name not in known:
            raise entry.wrong(f"{name!r} is no field of {fact}.", f"Known: {', '.join(known)}.")
