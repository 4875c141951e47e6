"""The timetable as people read it: each step's state on a day, and the calendar feed."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, timedelta
from uuid import UUID

from icalendar import Calendar, Event

from notification.api.schemas import Dating, StepView
from notification.read_models import Row
from rulebook.engine.dating.labels import label, whose_turn
from rulebook.engine.dating.states import StepState, step_state


def state_of(row: Row, today: date) -> StepState:
    """Where a step stands on a day."""
    told = {name: row[name] for name in ("opens", "due", "missed", "withdrawn", "done_on", "in_time")}
    return step_state(today, **told)


def step_view(
    row: Row, datings: Sequence[Row], today: date, reader: str | None, called: Callable[[str], str]
) -> StepView:
    """A step with its state and earlier dates, as somebody reads it who holds a role; `called` says what roles are
    called."""
    state = state_of(row, today)
    turn = whose_turn(row["sender"], reader, called(row["sender"]))
    line = label(row["action"], turn, state, **{name: row[name] for name in ("due", "at", "about", "done_on")})
    told = {"state": state, "label": line, "history": [Dating.model_validate(dict(each)) for each in datings[:-1]]}
    return StepView.model_validate({**row, **told})


def feed(engagement: UUID, name: str, rows: Sequence[Row], today: date, called: Callable[[str], str]) -> bytes:
    """The dates of an engagement as an iCalendar feed. A step keeps its UID, so that its entry moves with it.

    `called` says what a role is called.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Assay//Timetable//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    for row in rows:
        if row["due"] is not None:
            calendar.add_component(_entry(engagement, row, today, called(row["sender"])))
    return bytes(calendar.to_ical())


def _entry(engagement: UUID, row: Row, today: date, sender: str) -> Event:
    state = state_of(row, today)
    entry = Event()
    entry.add("uid", f"{row['key'].replace('/', '-').replace('#', '-')}.{engagement}@assay")
    entry.add("dtstamp", row["changed_at"].astimezone(UTC))
    entry.add("dtstart", row["due"])
    entry.add("dtend", row["due"] + timedelta(days=1))
    entry.add("summary", f"{row['key']} {row['action']} ({sender}): {state}")
    entry.add("description", f"{row['why']} ({row['clause']})")
    entry.add("status", "CANCELLED" if state == "withdrawn" else "CONFIRMED")
    entry.add("transp", "TRANSPARENT")
    return entry
