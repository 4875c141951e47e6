"""What time leads to: reminders, missed deadlines, testing that goes on, and a calendar that changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.days import in_words
from notification.domain.completion import overtaken
from notification.domain.engagement import Engagement, folded
from notification.domain.events import Event
from notification.domain.reminders import fallen_due
from notification.domain.timetabling import goes_on, moved_by_the_calendar, redated
from rulebook.engine.dating.working_days import calendar


@dataclass(frozen=True)
class CheckDeadlines:
    """Time has gone on to `now`."""

    engagement: str
    now: datetime


@dataclass(frozen=True)
class FollowCalendar:
    """The calendar is another one than before: a bank holiday was proclaimed, a day declared otherwise."""

    engagement: str


def check_deadlines(command: CheckDeadlines, state: Engagement) -> Sequence[Event]:
    """What is owed each day is owed on each day that testing goes on; then what is near or over is told."""
    extended = goes_on(state, command.now)
    after = folded(state, *extended)
    dates = redated(after, f"testing goes on, {in_words(calendar().day_of(command.now))}") if extended else ()
    done = tuple(overtaken(folded(after, *dates))) if extended else ()
    return (*extended, *dates, *done, *fallen_due(folded(after, *dates, *done), command.now))


def follow_calendar(state: Engagement) -> Sequence[Event]:
    """Every open date that the calendar moves is given anew; where none moves, nothing is said."""
    if state.withdrawal is not None:
        return ()
    dates = redated(state, "the calendar changed") if moved_by_the_calendar(state) else ()
    return (*dates, *overtaken(folded(state, *dates)))
