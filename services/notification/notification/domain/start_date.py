"""On which day testing may start (CTSD 5.6.1.1)."""

from datetime import date

from kernel.refusal import citing
from notification.domain.start_refusals import StartInThePast, StartNotAWorkingDay, StartTooEarly, StartTooLate
from rulebook.engine.dating.timetable import earliest_start
from rulebook.engine.dating.working_days import Calendar
from rulebook.engine.procedures import Procedure

WORKING_DAYS_AFTER_START = 120
"""How far the calendar must reach beyond a start, so that everything that follows it can be dated."""


def check_start(steps: Procedure, start: date, today: date, calendar: Calendar) -> None:
    """Refuse a start that has passed, leaves too little notice, or falls on a day when nobody works."""
    earliest, clause = earliest_start(steps, today, calendar), steps.notice_clause
    if start < today:
        raise citing(StartInThePast(start, earliest=earliest), clause)
    if start < earliest:
        zero, needed = calendar.received(today), steps.notice_working_days
        given = calendar.between(zero, start)
        raise citing(StartTooEarly(start, given=given, needed=needed, earliest=earliest), clause)
    if not calendar.is_working_day(start):
        raise citing(StartNotAWorkingDay(start, next=calendar.received(start)), clause)
    check_reach(start, clause, calendar)


def check_reach(start: date, clause: str, calendar: Calendar) -> None:
    """Refuse a start after which the calendar ends too soon."""
    last = calendar.last
    if start > (latest := calendar.subtract(last, WORKING_DAYS_AFTER_START)):
        raise citing(StartTooLate(start, needed=WORKING_DAYS_AFTER_START, last=last, latest=latest), clause)
