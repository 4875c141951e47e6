"""The timetable as people read it: each step's state on a day, and the calendar feed."""

from collections.abc import Sequence
from datetime import UTC, date, timedelta
from uuid import UUID

from icalendar import Calendar, Event

from notification.api.schemas import Dating, StepState, StepView
from notification.read_models import Row


def step_state(row: Row, today: date) -> StepState:
    """Where a step stands on a day. It is `due` on its last day."""
    if row["done_on"] is not None:
        return "done" if row["in_time"] else "late"
    if row["withdrawn"]:
        return "withdrawn"
    return "missed" if row["missed"] else _undone(row["opens"], row["due"], today)


def _undone(opens: date | None, due: date | None, today: date) -> StepState:
    if (opens or due) is None or (opens is not None and opens > today):
        return "pending"
    return "due" if due is not None and due <= today else "open"


def step_view(row: Row, datings: Sequence[Row], today: date) -> StepView:
    """A step with its state and earlier dates."""
    named = {name: row[name] for name in StepView.model_fields if name not in ("state", "history")}
    history = tuple(Dating.model_validate(dict(dating)) for dating in datings[:-1])
    return StepView(**named, state=step_state(row, today), history=history)


def feed(engagement: Row, rows: Sequence[Row], today: date) -> bytes:
    """The dates of an engagement as an iCalendar feed. A step keeps its UID, so that its entry moves with it."""
    calendar = Calendar()
    calendar.add("prodid", "-//Assay//Timetable//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"{engagement['party_name']}, {engagement['role']}: {engagement['procedure']}")
    for row in rows:
        if row["due"] is not None:
            calendar.add_component(_entry(engagement["id"], row, today))
    return bytes(calendar.to_ical())


def _entry(engagement: UUID, row: Row, today: date) -> Event:
    state = step_state(row, today)
    entry = Event()
    entry.add("uid", f"{row['key'].replace('/', '-').replace('#', '-')}.{engagement}@assay")
    entry.add("dtstamp", row["changed_at"].astimezone(UTC))
    entry.add("dtstart", row["due"])
    entry.add("dtend", row["due"] + timedelta(days=1))
    entry.add("summary", f"{row['key']} {row['action']} ({row['sender']}): {state}")
    entry.add("description", f"{row['why']} ({row['clause']})")
    entry.add("status", "CANCELLED" if state == "withdrawn" else "CONFIRMED")
    entry.add("transp", "TRANSPARENT")
    return entry
