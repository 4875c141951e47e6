"""What can have happened to an engagement, and the state that follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal, assert_never

from notification.domain.anchors import Occurrence, anchored, round_of
from rulebook.engine.dating.timetable import Deadline, Facts
from rulebook.engine.dating.working_days import calendar

Side = Literal["participant", "dcc"]


@dataclass(frozen=True)
class Contact:
    """A person and how to reach them."""

    name: str
    email: str
    telephone: str | None = None


@dataclass(frozen=True)
class Proposal:
    """An item proposed for descoping: its ground, CTSD 5.2.2 (a) or (b), and the rationale."""

    kind: str
    item: str
    reason: Literal["a", "b"]
    rationale: str


@dataclass(frozen=True)
class Row:
    """One step of the timetable with its dates. `key` is its ref, with the week, day or round after it."""

    key: str
    ref: str
    action: str
    sender: Side
    recipient: Side
    method: str
    clause: str
    opens: date | None
    due: date | None
    conditional: bool
    why: str

    @classmethod
    def of(cls, deadline: Deadline) -> "Row":
        """The row of a projected deadline."""
        return cls(**{name.name: getattr(deadline, name.name) for name in fields(cls)})


@dataclass(frozen=True)
class EngagementNotified:
    """A Party gave notice of its intention to test (CTSD 5.6.1.1)."""

    procedure: str
    rulebook: str
    party: str
    party_name: str
    role: str
    start_date: date
    test_manager: Contact
    code_administrator_notified: bool
    descoping: tuple[Proposal, ...]
    notified_at: datetime


@dataclass(frozen=True)
class NotificationAcknowledged:
    """DCC confirmed the notice, named its contact and set the initiation meeting (CTSD 5.6.1.2)."""

    contact: Contact
    initiation_meeting_on: date
    acknowledged_at: datetime
    acknowledged_by: str


@dataclass(frozen=True)
class InitiationMeetingHeld:
    """The initiation meeting took place (CTSD 5.6.1.3)."""

    held_on: date
    guidance: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True)
class StartRescheduled:
    """DCC moved the start of testing (CTSD 5.5.2, 5.8.2b). `earliest` is the first start that was practicable then.

    `excused` are the steps that the new start would ask for on days gone by.
    """

    was: date
    start_date: date
    earliest: date
    reason: str
    rescheduled_by: str
    rescheduled_at: datetime
    excused: tuple[str, ...] = ()


@dataclass(frozen=True)
class FactRecorded:
    """Another service said that something happened in this engagement."""

    occurrence: Occurrence


@dataclass(frozen=True)
class TimetableChanged:
    """Steps got their dates, other dates, or fell away. `deadlines` replace those of the same key."""

    reason: str
    deadlines: tuple[Row, ...]
    withdrawn: tuple[str, ...]


@dataclass(frozen=True)
class StepCompleted:
    """A step was done, in time or late; `completed_by` is the fact, by name and identity, that completed it."""

    key: str
    ref: str
    due: date | None
    done_on: date
    done_by: str
    in_time: bool
    completed_by: tuple[str, str] | None = None


@dataclass(frozen=True)
class DeadlineReminded:
    """Those who owe a step were reminded before its date."""

    key: str
    ref: str
    due: date
    sender: Side
    reminded_at: datetime


@dataclass(frozen=True)
class DeadlineMissed:
    """A step was not done by the end of its day (CTSD 5.5.2)."""

    key: str
    ref: str
    due: date
    sender: Side
    missed_at: datetime


Event = (
    EngagementNotified
    | NotificationAcknowledged
    | InitiationMeetingHeld
    | StartRescheduled
    | FactRecorded
    | TimetableChanged
    | StepCompleted
    | DeadlineReminded
    | DeadlineMissed
)

Told = frozenset[tuple[str, date]]
"""Steps by key and the date that was spoken of: a step that moves can be spoken of again."""


@dataclass(frozen=True)
class Waiting:
    """What completed no step when it came, and the execution in which it belongs (0 is the first)."""

    occurrence: Occurrence
    round: int


@dataclass(frozen=True)
class NotNotified:
    """Nothing has happened yet."""


@dataclass(frozen=True)
class Engagement:
    """An engagement under way: the anchors of its timetable, its steps, and what was said of them."""

    intention: EngagementNotified
    facts: Facts
    acknowledgement: NotificationAcknowledged | None = None
    meeting: InitiationMeetingHeld | None = None
    rows: Mapping[str, Row] = field(default_factory=lambda: MappingProxyType({}))
    done: Mapping[str, StepCompleted] = field(default_factory=lambda: MappingProxyType({}))
    reminded: Told = frozenset()
    missed: Told = frozenset()
    recorded: frozenset[tuple[str, str]] = frozenset()
    waiting: tuple[Waiting, ...] = ()


State = NotNotified | Engagement


def evolve(state: State, event: Event) -> State:
    """The engagement after an event."""
    if isinstance(event, EngagementNotified):
        notified_on = calendar().day_of(event.notified_at)
        return Engagement(event, Facts(notified_on=notified_on, start_date=event.start_date))
    if isinstance(state, NotNotified):
        raise TypeError(f"{type(event).__name__} can't come before the notification")
    return _going_on(state, event)


def _going_on(state: Engagement, event: Event) -> Engagement:
    match event:
        case EngagementNotified():
            return state
        case NotificationAcknowledged():
            return _acknowledged(state, event)
        case InitiationMeetingHeld():
            return replace(state, meeting=event)
        case StartRescheduled():
            # No Test Schedule moves along: the entry gate, which confirms one, is still to come.
            return replace(state, facts=_restarted(state.facts, event))
        case FactRecorded():
            return _recorded(state, event.occurrence)
        case TimetableChanged():
            return replace(state, rows=_redated(state.rows, event))
        case StepCompleted():
            return _completed(state, event)
        case DeadlineReminded():
            return replace(state, reminded=state.reminded | {(event.key, event.due)})
        case DeadlineMissed():
            return replace(state, missed=state.missed | {(event.key, event.due)})
        case _:
            assert_never(event)


def _acknowledged(state: Engagement, event: NotificationAcknowledged) -> Engagement:
    facts = replace(
        state.facts,
        acknowledged_on=calendar().day_of(event.acknowledged_at),
        initiation_meeting_on=event.initiation_meeting_on,
    )
    return replace(state, acknowledgement=event, facts=facts)


def _restarted(facts: Facts, event: StartRescheduled) -> Facts:
    return replace(facts, start_date=event.start_date, excused=facts.excused.union(event.excused))


def _recorded(state: Engagement, occurrence: Occurrence) -> Engagement:
    return replace(
        state,
        facts=anchored(state.facts, occurrence),
        recorded=state.recorded | {_name(occurrence)},
        waiting=(*state.waiting, Waiting(occurrence, round_of(state.facts, occurrence.fact))),
    )


def _completed(state: Engagement, event: StepCompleted) -> Engagement:
    left = tuple(each for each in state.waiting if _name(each.occurrence) != event.completed_by)
    return replace(state, done=MappingProxyType({**state.done, event.key: event}), waiting=left)


def _name(occurrence: Occurrence) -> tuple[str, str]:
    return (occurrence.fact, occurrence.identity)


def _redated(rows: Mapping[str, Row], event: TimetableChanged) -> Mapping[str, Row]:
    kept = {key: row for key, row in rows.items() if key not in event.withdrawn}
    return MappingProxyType(kept | {row.key: row for row in event.deadlines})
