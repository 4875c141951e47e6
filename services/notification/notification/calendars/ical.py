"""Deadlines as iCalendar (RFC 5545): an event for each, which keeps its UID and counts its changes."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, timedelta
from uuid import UUID

from icalendar import Calendar, Event

from notification.read_models import Row
from notification.timetable import label_of, state_of

REFRESH = "PT1H"


def calendar_of(name: str, entries: Iterable[Event]) -> bytes:
    """A calendar of a name, as it is sent."""
    calendar = Calendar()
    calendar.add("prodid", "-//Assay//Timetable//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-published-ttl", REFRESH)
    for entry in entries:
        calendar.add_component(entry)
    return bytes(calendar.to_ical())


def entry_of(
    engagement: UUID, row: Row, times: int, today: date, reader: str | None, called: Callable[[str], str], of: str = ""
) -> Event:
    """The event of a step that has a date. `times` is how often it was given one: each after the first moved it, and
    its loss is a change too. `reader` is the role that reads it, `of` what its engagement is called, where there are
    several.
    """
    lost = state_of(row, today) == "withdrawn"
    entry = Event()
    entry.add("uid", f"{row['key'].replace('/', '-').replace('#', '-')}.{engagement}@assay")
    entry.add("sequence", max(times - 1, 0) + lost)
    for moment in ("dtstamp", "last-modified"):
        entry.add(moment, row["changed_at"].astimezone(UTC))
    entry.add("dtstart", row["due"])
    entry.add("dtend", row["due"] + timedelta(days=1))
    said = label_of(row, today, reader, called)
    entry.add("summary", " ".join(f"{row['key']} {said}{f' ({of})' if of else ''}".split()))
    entry.add("description", f"{row['why']} ({row['clause']})")
    entry.add("status", "CANCELLED" if lost else "CONFIRMED")
    entry.add("transp", "TRANSPARENT")
    return entry
