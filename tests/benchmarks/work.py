"""What one hop is measured with: the real facts that a real service consumes, and the shape of what follows."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import disputes.wiring
import notification.wiring
from chassis.eventstore.cause import Cause
from chassis.eventstore.runtime import Runtime
from chassis.eventstore.same_fields import taken_as
from chassis.messaging.cloudevents import Envelope
from chassis.process.settings import Settings
from chassis.service import Service
from contracts import Contract
from contracts.artefact_review import DescopingDecided, ReadinessReported
from contracts.common import DescopedItem
from disputes.aggregates import MATTERS
from disputes.domain.events import EngagementNoted
from kernel.principal import Principal
from notification.aggregates import ENGAGEMENT
from notification.domain.acknowledging import Acknowledge
from notification.domain.events import Contact
from notification.domain.notifying import GiveNotice
from notification.settings import Settings as NotificationSettings
from testing.notice import notified

NOTIFIED = datetime(2026, 12, 1, 10, tzinfo=UTC)
START = date(2027, 3, 1)
FIRST_MONDAY = date(2027, 1, 4)
FACTS_OF_AN_ENGAGEMENT = 8
"""As many weekly reports as the notification's timetable asks for."""
SOURCE = "artefact-review"


@dataclass(frozen=True)
class Work:
    """A service, what it must know before, and the facts it then consumes: so many of each engagement."""

    name: str
    what: str
    build: Callable[[Settings], Service]
    settings: type[Settings]
    prepare: Callable[[Runtime, str], Awaitable[None]]
    fact: Callable[[int], Contract]
    engagements: int


@dataclass(frozen=True)
class Shape:
    """What follows from one fact, on average: events and publications, and the bytes of each and of the fact."""

    events: float
    publications: float
    event_bytes: int
    publication_bytes: int


@dataclass(frozen=True)
class Message:
    """A record as it is put on the topic."""

    topic: str
    subject: str
    headers: Sequence[tuple[str, bytes]]
    value: bytes


def subjects(work: Work, messages: int) -> list[str]:
    """The engagements that so many messages are about."""
    count = min(work.engagements, -(-messages // FACTS_OF_AN_ENGAGEMENT))
    return [str(UUID(int=number + 1)) for number in range(count)]


def messages(work: Work, count: int) -> Iterable[Message]:
    """So many facts: each engagement's first, then each engagement's second, ..."""
    about = subjects(work, count)
    for number in range(count):
        round_, place = divmod(number, len(about))
        subject, sequence, fact = about[place], round_ + 1, work.fact(round_)
        event = Envelope(
            id=f"{subject}:{sequence}",
            source=f"assay.{SOURCE}",
            type=fact.TYPE,
            subject=subject,
            time=NOTIFIED + timedelta(days=round_),
            sequence=sequence,
            causation="benchmark",
            traceparent=f"00-{number + 1:032x}-{number + 1:016x}-01",
        )
        yield Message(fact.TOPIC, subject, event.headers(), fact.model_dump_json().encode())


async def _know(runtime: Runtime, engagement: str) -> None:
    await runtime.handle(Cause.timer("benchmark"), MATTERS, engagement, taken_as(EngagementNoted)(notified()))


def _descoping(number: int) -> Contract:
    """An item is refused, which gives a right of referral; then it is agreed, which settles it."""
    item, agreed = divmod(number, 2)
    return DescopingDecided(
        item=DescopedItem(kind="response-code", item=f"E{item + 1}"),
        agreed=bool(agreed),
        reason="The code can't be produced with the equipment named in the Test Plan.",
        decided_by="dcc.reviewer",
        decided_at=NOTIFIED + timedelta(days=number),
    )


async def _acknowledge(runtime: Runtime, engagement: str) -> None:
    cause = Cause.timer("benchmark")
    notice = GiveNotice(
        engagement=engagement,
        procedure="uept",
        subject={"role": "ES"},
        participants={},
        start_date=START,
        test_manager=Contact("Mo Manager", "mo@supplier.invalid", "01"),
        confirmations=("code-administrator-notified",),
        service_requests=(),
        descoping=(),
        names={"SUPP": "Supplier plc"},
        caller=Principal("mo", "participant", "SUPP"),
        now=NOTIFIED,
    )
    await runtime.handle(cause, ENGAGEMENT, engagement, notice)
    agreed = Acknowledge(
        engagement,
        Contact("Dee Contact", "dee@dcc.invalid"),
        date(2026, 12, 8),
        "dcc",
        "dee",
        NOTIFIED + timedelta(days=1),
    )
    await runtime.handle(cause, ENGAGEMENT, engagement, agreed)


def _readiness(number: int) -> Contract:
    """The weekly report of one week after the other, each in its week: each completes that week's step."""
    monday = FIRST_MONDAY + timedelta(weeks=number)
    year, week, _ = monday.isocalendar()
    return ReadinessReported(
        week=f"{year}-W{week:02d}",
        rag="green",
        reported_by="mo",
        reported_at=datetime(monday.year, monday.month, monday.day, 10, tzinfo=UTC),
    )


DISPUTES = Work(
    "disputes",
    "descoping refused and agreed: a right of referral arises and lapses",
    disputes.wiring.build,
    Settings,
    _know,
    _descoping,
    engagements=2_000,
)
NOTIFICATION = Work(
    "notification",
    "weekly Test Readiness Reports: each completes its step of the timetable",
    notification.wiring.build,  # type: ignore[arg-type]  # called with its own settings
    NotificationSettings,
    _acknowledge,
    _readiness,
    engagements=2_000,
)
WORKS = {work.name: work for work in (DISPUTES, NOTIFICATION)}
