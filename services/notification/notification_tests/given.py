"""What the tests of this service share: one Party, its intention, and what happens day by day.

Notice is given on Tuesday 1 December 2026; the start is Monday 1 March 2027, 61 Working Days later.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from kernel.principal import Principal
from notification.aggregates import ENGAGEMENT
from notification.domain.acknowledging import Acknowledge
from notification.domain.decisions import Command
from notification.domain.engagement import Engagement, State
from notification.domain.events import Contact, Event, FactRecorded
from notification.domain.notifying import GiveNotice
from notification.domain.occurrence import Occurrence
from notification.domain.timekeeping import CheckDeadlines
from rulebook.engine.dating.facts import LAST_DAY
from rulebook.engine.dating.facts import START as START_ANCHOR
from testing.made_up import PROCEDURE
from testing.probe import Decision, Spec, deciding

ID = "6f1c7e0e-0000-4000-8000-000000000001"
MANAGER = Contact("Mo Manager", "mo@supplier.invalid", "01")
DCC_CONTACT = Contact("Dee Contact", "dee@dcc.invalid")
NOTICE = datetime(2026, 12, 1, 10, tzinfo=UTC)
START = date(2027, 3, 1)

READINESS = "artefact-review.readiness-reported"
SUBMITTED = "artefact-review.artefacts-submitted"
REVIEWED = "artefact-review.artefacts-reviewed"
ENTRY_GATE = "artefact-review.entry-gate-held"
CONNECTED = "execution-tracker.connectivity-confirmed"
DASHBOARD = "execution-tracker.dashboard-published"
FURTHER_TESTING = "execution-tracker.further-testing-begun"
EXECUTED = "execution-tracker.execution-completed"
REPORT = "certification.completion-report-submitted"
RECEIPT = "certification.report-receipt-confirmed"
EXIT_GATE = "certification.exit-gate-held"
CERTIFICATE = "certification.certificate-issued"


AGAIN = ("5.10.1.2", "5.10.1.4", "5.17.1.1", "5.17.1.2", "5.17.1.3")
"""The steps of a further execution."""

Story = Spec[Command, State, Event]
Heard = Decision[Command, State, Event]

NOTICE_OF_UEPT = GiveNotice(
    engagement=ID,
    procedure="uept",
    subject={"role": "ES"},
    participants={},
    start_date=START,
    test_manager=MANAGER,
    confirmations=("code-administrator-notified",),
    service_requests=(),
    descoping=(),
    names={"SUPP": "Supplier plc"},
    caller=Principal("mo", "participant", "SUPP"),
    now=NOTICE,
)


REQUEST_OF_TRIAL = replace(
    NOTICE_OF_UEPT,
    procedure=PROCEDURE,
    subject={"devices": "D7", "provider": "P1"},
    confirmations=(),
    caller=Principal("mo", "requester", "SUPP"),
    now=datetime(2027, 2, 1, 10, tzinfo=UTC),
)
"""The request of a trial by the made-up document, which must be read while it runs."""


def at(day: str, hour: int = 10) -> datetime:
    """An instant of a day, in UTC."""
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).replace(hour=hour)


def notifying(**changes: Any) -> Heard:
    """The notice with changes, given to nothing."""
    return deciding(ENGAGEMENT).given().when(replace(NOTICE_OF_UEPT, **changes))


def notified() -> Story:
    """An engagement of which notice was given."""
    return notifying().accepted()


def acknowledged() -> Story:
    """An engagement that DCC acknowledged on 2 December, with the meeting on 8 December."""
    return notified().when(Acknowledge(ID, DCC_CONTACT, date(2026, 12, 8), "dcc", "dee", at("2026-12-02"))).accepted()


def trial_requested() -> Story:
    """A trial by the made-up document that was requested."""
    return deciding(ENGAGEMENT).given().when(REQUEST_OF_TRIAL).accepted()


def trial() -> Story:
    """A trial that the laboratory acknowledged on 2 February."""
    acknowledgement = Acknowledge(ID, DCC_CONTACT, None, "laboratory", "dee", at("2027-02-02"))
    return trial_requested().when(acknowledgement).accepted()


def notice_of_additional_testing(**changes: Any) -> Heard:
    """The notice of Additional SR Testing by DUST, no step of which is completed by its entry gate."""
    chosen = {"procedure": "additional-sr-dust", "service_requests": ("4.2",), "confirmations": ()}
    return notifying(**{**chosen, **changes})


def additional_testing() -> Story:
    """Additional SR Testing by DUST of which notice was given."""
    return notice_of_additional_testing().accepted()


def hearing(story: Story, fact: str, day: str, **known: Any) -> Heard:
    """Another service says that something happened on a day."""
    return story.when(FactRecorded(occurred(fact, day, **known)))


def occurred(fact: str, day: str, **known: Any) -> Occurrence:
    """What another service says of a day."""
    return Occurrence(fact, str(known.pop("identity", day)), at(day), known.pop("by", "someone"), **known)


def confirmed(last_day: date | None = None, start: date = START, gate: str = "entry") -> dict[str, Any]:
    """What a gate that is passed says of the days that people chose."""
    return {"outcome": "ready", "gate": gate, "confirmed": {START_ANCHOR: start, LAST_DAY: last_day}}


def executing() -> Story:
    """The entry gate was held; tests are planned for the first three days of March."""
    return hearing(acknowledged(), ENTRY_GATE, "2027-02-19", **confirmed(date(2027, 3, 3))).accepted()


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


def done(story: Story) -> set[str]:
    """What is done but the notice and its acknowledgement."""
    return set(engagement(story).done) - {"5.6.1.1", "5.6.1.2"}
