"""The timetable as people read it: each step's state on a day, and the line that says it."""

from collections.abc import Callable
from datetime import date

from notification.read_models import Row
from rulebook.engine.dating.labels import label, whose_turn
from rulebook.engine.dating.states import StepState, step_state


def state_of(row: Row, today: date) -> StepState:
    """Where a step stands on a day."""
    told = {name: row[name] for name in ("opens", "due", "missed", "withdrawn", "done_on", "in_time")}
    return step_state(today, **told)


def label_of(row: Row, today: date, reader: str | None, called: Callable[[str], str]) -> str:
    """A step in a line, as somebody reads it who holds a role; `called` says what roles are called."""
    turn = whose_turn(row["sender"], reader, called(row["sender"]))
    told = {name: row[name] for name in ("due", "at", "about", "done_on")}
    return label(row["action"], turn, state_of(row, today), **told)
