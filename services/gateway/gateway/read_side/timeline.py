"""Every step of an engagement and where it stands. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from rulebook.engine.dating.labels import label, whose_turn
from rulebook.engine.dating.states import OWED, StepState, step_state
from rulebook.engine.procedures import Procedure, Step


@dataclass(frozen=True)
class TimelineStep:
    """One step: what, from whom to whom, when it is due, and whether, when and by whom it was done."""

    key: str
    ref: str
    action: str
    sender: str
    recipient: str
    method: str
    clause: str
    opens: date | None
    due: date | None
    at: time | None
    about: str
    label: str
    state: StepState
    done_on: date | None
    done_by: str | None
    in_time: bool | None
    why: str


@dataclass(frozen=True)
class Reader:
    """On which day, and by the holder of which role a timeline is read; `names` are what the others are called."""

    today: date
    role: str | None
    names: Mapping[str, str]

    def turn(self, sender: str) -> str:
        """Who owes a step, to this reader."""
        return whose_turn(sender, self.role, self.names.get(sender, sender))


def timeline(procedure: Procedure, rows: Sequence[Mapping[str, Any]], reader: Reader) -> tuple[TimelineStep, ...]:
    """Every step of the procedure, in the order in which they are taken, as it stands on a day.

    A weekly or daily step appears for each week or day, a step of a review round for each round.
    """
    by_ref: dict[str, list[Mapping[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: _order(row["key"])):
        by_ref.setdefault(row["ref"], []).append(row)
    known = {step.ref for step in procedure.steps}
    others = [_row(row, reader) for ref, found in by_ref.items() if ref not in known for row in found]
    return (*(each for step in procedure.steps for each in _steps(step, by_ref.get(step.ref, []), reader)), *others)


def _steps(step: Step, rows: Sequence[Mapping[str, Any]], reader: Reader) -> Sequence[TimelineStep]:
    return [_row(row, reader) for row in rows] or [_not_taken(step)]


def _order(key: str) -> tuple[int, str]:
    return len(key.partition("#")[2]), key


def _row(row: Mapping[str, Any], reader: Reader) -> TimelineStep:
    named = {name: row[name] for name in TimelineStep.__dataclass_fields__ if name not in ("state", "label")}
    state, dated = _state(row, reader.today), {name: row[name] for name in ("due", "at", "about", "done_on")}
    return TimelineStep(**named, state=state, label=label(row["action"], reader.turn(row["sender"]), state, **dated))


def _state(row: Mapping[str, Any], today: date) -> StepState:
    """A step has missed the date that it has now, not one that it had before."""
    missed = row["due"] is not None and row["missed_due"] == row["due"]
    asked = {name: row[name] for name in ("opens", "due", "withdrawn", "done_on", "in_time")}
    return step_state(today, missed=missed, **asked)


def _not_taken(step: Step) -> TimelineStep:
    """A step that nothing has called for."""
    return TimelineStep(
        key=step.ref,
        ref=step.ref,
        action=step.action,
        sender=step.sender,
        recipient=step.recipient,
        method=step.method,
        clause=step.clause,
        opens=None,
        due=None,
        at=None,
        about="",
        label=label(step.action, "", "not-applicable", due=None),
        state="not-applicable",
        done_on=None,
        done_by=None,
        in_time=None,
        why=f"Only where {step.only_if}" if step.only_if else "Not called for",
    )


def next_due(steps: Sequence[TimelineStep], count: int) -> tuple[TimelineStep, ...]:
    """The steps that are owed next, the one due first at the head; missed ones are still owed."""
    owed = [step for step in steps if step.due is not None and step.state in OWED]
    return tuple(sorted(owed, key=lambda step: (step.due or date.max, step.key))[:count])
