"""What the tests of this service share: one Party, its intention, and what happens day by day.

Notice is given on Tuesday 1 December 2026; the start is Monday 1 March 2027, 61 Working Days later.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from notification.aggregates import ENGAGEMENT
from notification.domain.anchors import Occurrence
from notification.domain.decisions import Acknowledge, CheckDeadlines, Command, NotifyIntention, RecordFact
from notification.domain.engagement import Contact, Engagement, Event, State
from notification.domain.intention import Applicant
from testing.probe import Decision, Spec, deciding

ID = "6f1c7e0e-0000-4000-8000-000000000001"
MANAGER = Contact("Mo Manager", "mo@supplier.invalid", "01")
DCC_CONTACT = Contact("Dee Contact", "dee@dcc.invalid")
NOTICE = datetime(2026, 12, 1, 10, tzinfo=UTC)
START = date(2027, 3, 1)

Story = Spec[Command, State, Event]
Heard = Decision[Command, State, Event]

INTENTION = NotifyIntention(
    engagement=ID,
    procedure="uept",
    role="ES",
    start_date=START,
    test_manager=MANAGER,
    code_administrator_notified=True,
    descoping=(),
    applicant=Applicant("SUPP", "Supplier plc"),
    by="mo",
    now=NOTICE,
)


def at(day: str, hour: int = 10) -> datetime:
    """An instant of a day, in UTC."""
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).replace(hour=hour)


def notifying(**changes: Any) -> Heard:
    """The intention with changes, given to nothing."""
    return deciding(ENGAGEMENT).given().when(replace(INTENTION, **changes))


def notified() -> Story:
    """An engagement of which notice was given."""
    return notifying().accepted()


def acknowledged() -> Story:
    """An engagement that DCC acknowledged on 2 December, with the meeting on 8 December."""
    return notified().when(Acknowledge(ID, DCC_CONTACT, date(2026, 12, 8), "dee", at("2026-12-02"))).accepted()


def hearing(story: Story, fact: str, day: str, **known: Any) -> Heard:
    """Another service says that something happened on a day."""
    occurrence = Occurrence(fact, known.pop("identity", day), at(day), known.pop("by", "someone"), **known)
    return story.when(RecordFact(ID, occurrence))


def checking(story: Story, day: str, hour: int = 10) -> Heard:
    """Time goes on to a day."""
    return story.when(CheckDeadlines(ID, at(day, hour)))


def engagement(story: Story) -> Engagement:
    """The state, which is an engagement."""
    state = story.state
    assert isinstance(state, Engagement)
    return state


def due(story: Story, key: str) -> date | None:
    """When a step is due."""
    return engagement(story).rows[key].due
