"""What both sides are told when the engagement itself changes."""

from datetime import date

from notification.domain.events import CalendarChanged, ContactChanged, Event, FurtherTestingScheduled
from notification.emails.templates import emails

from .given import ID, Story, acknowledged, at, engagement
from .test_contacts import changing
from .test_declared_days import OFF, following
from .test_rescheduling import EXIT, further, moving
from .test_withdrawing import WITHDRAWN, withdrawing


def told(story: Story, event: Event) -> tuple[str, str]:
    """Subject and body of what both sides are told alike."""
    mails = emails(event, engagement(story), ID)
    assert {mail.role for mail in mails} == {"participant", "dcc"}
    assert len({mail.body for mail in mails}) == 1
    return mails[0].subject, mails[0].body


def test_a_withdrawal_says_by_whom_why_and_that_nothing_is_owed() -> None:
    subject, body = told(withdrawing(acknowledged()).accepted(), WITHDRAWN)
    assert subject.endswith("CTSD 5.6.1.1: engagement withdrawn"), "the clause of the notice that is taken back"
    for said in ("Supplier plc withdrew the engagement (mo).", "Reason: The system is replaced.", "No step is owed"):
        assert said in body


def test_another_contact_is_told_beside_the_one_before() -> None:
    story = changing(acknowledged()).accepted()
    [event] = [each for each in story.history if isinstance(each, ContactChanged)]
    subject, body = told(story, event)
    assert subject.endswith("CTSD 5.6.1.1: another contact"), "where the contact was named"
    assert "Contact: Max Manager, max@supplier.invalid" in body
    assert "Before:  Mo Manager, mo@supplier.invalid, 01" in body


def test_a_declared_day_tells_each_date_that_moves_and_where_none_does_nothing() -> None:
    story = following(acknowledged()).accepted()
    [event] = [each for each in story.history if isinstance(each, CalendarChanged)]
    subject, body = told(story, event)
    assert subject.endswith("CTSD 5.5.1: dates moved with the calendar")
    assert "Wed 17 February 2027 was declared no Working Day: A day of mourning" in body
    moved = "- 5.6.1.5 Provide the test artefacts, by Supplier plc: Mon 25 January 2027, now Fri 22 January 2027"
    assert moved in body
    far = CalendarChanged(1, date(2028, 3, 1), False, "So be it", "dee", OFF.declared_at, (), ())
    assert emails(far, engagement(story), ID) == ()


def test_further_testing_is_told_with_its_day_its_clause_and_why() -> None:
    story = moving(further(), ground=EXIT, now=at("2027-03-09"), start_date=date(2027, 3, 15)).accepted()
    [event] = [each for each in story.history if isinstance(each, FurtherTestingScheduled)]
    subject, body = told(story, event)
    assert subject.endswith("CTSD 5.19.2: further testing begins on Mon 15 March 2027")
    assert "Further testing begins on Mon 15 March 2027 (CTSD 5.19.2)." in body
