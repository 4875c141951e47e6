"""The state of an engagement, folded from its events."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import assert_never

from kernel.audience import Audience
from kernel.engagement import EngagementWithdrawn, named, organisations
from notification.domain.anchors import anchored, execution_of_fact, is_of_testing, planned_meeting, recorded
from notification.domain.events import (
    CalendarChanged,
    Contact,
    ContactChanged,
    DeadlineMissed,
    DeadlineReminded,
    EngagementNotified,
    Event,
    ExecutionContinued,
    FactRecorded,
    FurtherTestingScheduled,
    InitiationMeetingHeld,
    NotificationAcknowledged,
    ParticipantNamed,
    Row,
    StartRescheduled,
    StepCompleted,
    StepRecorded,
    TimetableChanged,
)
from notification.domain.occurrence import ACKNOWLEDGED, MEETING_HELD, Occurrence
from rulebook.engine.dating import happening
from rulebook.engine.dating.facts import NOTIFIED, START, Facts, Hold
from rulebook.engine.dating.working_days import Calendar, DeclaredDay, calendar, in_force
from rulebook.engine.procedures import Procedure
from rulebook.engine.profile import Profile, profile

KeysAndDates = frozenset[tuple[str, object]]
"""Steps by key, and the date that was spoken of: a step that moves can be spoken of again."""


@dataclass(frozen=True)
class Waiting:
    """A fact that completed no step when it came, and the execution to which it belongs (0 is the first)."""

    occurrence: Occurrence
    round: int


@dataclass(frozen=True)
class NotNotified:
    """Nothing is known of the engagement but facts that came before its notice; they count once it comes."""

    early: tuple[Occurrence, ...] = ()

    @property
    def audience(self) -> Audience | None:
        """Nobody can be let in or refused yet."""
        return None


@dataclass(frozen=True)
class Engagement:
    """An engagement under way: the anchors of its timetable, its steps, and what was said of them.

    `notice` calls the participants as they are called now; `profile` is its procedure as it stood in the edition of the
    rules under which it began; `confirmed` are the gates that confirmed the days which people chose, each with the name
    of the fact by which it did; `left` says by a step's ref what is to be dealt with in it. `outcomes` are those that
    facts had last, each with the gate that it tells of; `missed_since` are the steps whose date was missed since the
    start was moved last. `reminded` says how many Working Days before which date a step was called to mind last.
    `declared` are the days that count otherwise than the release's calendar has them, `kept` the steps whose date had
    passed when one was declared. `contacts` are the changes of who a side is reached through: `notice` and
    `acknowledgement` name the present one. `moved_from` are the facts as they were when the start was moved last.
    """

    notice: EngagementNotified
    profile: Profile = field(repr=False, compare=False)
    facts: Facts
    acknowledgement: NotificationAcknowledged | None = None
    meeting: InitiationMeetingHeld | None = None
    confirmed: Mapping[str, tuple[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    rows: Mapping[str, Row] = field(default_factory=lambda: MappingProxyType({}))
    done: Mapping[str, StepCompleted] = field(default_factory=lambda: MappingProxyType({}))
    reminded: Mapping[tuple[str, object], int] = field(default_factory=lambda: MappingProxyType({}))
    missed: KeysAndDates = frozenset()
    declared: tuple[DeclaredDay, ...] = ()
    kept: frozenset[str] = frozenset()
    missed_since: frozenset[str] = frozenset()
    outcomes: Mapping[str, tuple[str | None, str | None]] = field(default_factory=lambda: MappingProxyType({}))
    recorded: frozenset[tuple[str, str]] = frozenset()
    waiting: tuple[Waiting, ...] = ()
    left: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    contacts: tuple[ContactChanged, ...] = ()
    withdrawal: EngagementWithdrawn | None = None
    moved_from: Facts | None = None

    @property
    def calendar(self) -> Calendar:
        """The calendar by which its Working Days are counted."""
        return in_force(self.declared)

    @property
    def procedure(self) -> Procedure:
        """Its steps and anchors."""
        return self.profile.procedure

    @property
    def audience(self) -> Audience | None:
        """Who may do what in it."""
        return self.profile.audience(organisations(self.notice.participants))

    def contact_of(self, role: str) -> Contact | None:
        """The person whom a role has named: the starter its test manager, who acknowledged its contact."""
        if role == self.profile.starter().id:
            return self.notice.test_manager
        acknowledged = self.acknowledgement
        return acknowledged.contact if acknowledged and acknowledged.role == role else None

    @property
    def start_is_confirmed(self) -> bool:
        """Whether its gate has confirmed the start, or without one testing has begun."""
        gate = self.procedure.anchors[START].confirmed_by
        return self.testing_has_begun if gate is None else gate in self.confirmed

    @property
    def testing_has_begun(self) -> bool:
        """Whether a step of testing is done: from then on the start is what it was."""
        return any(is_of_testing(self.procedure.step(step.ref)) for step in self.done.values())


State = NotNotified | Engagement


def evolve(state: State, event: Event) -> State:
    """The engagement after an event."""
    match state, event:
        case NotNotified(), EngagementNotified():
            return _begun(event, state.early)
        case NotNotified(), FactRecorded():
            return replace(state, early=(*state.early, event.occurrence))
        case NotNotified(), _:
            raise TypeError(f"{type(event).__name__} can't come before the notice")
        case Engagement(), _:
            return _going_on(state, event)


def folded(state: State, *events: Event) -> Engagement:
    """The engagement after several events."""
    for event in events:
        state = evolve(state, event)
    assert isinstance(state, Engagement)  # noqa: S101 - the notice came before, or is among them
    return state


def _begun(event: EngagementNotified, early: tuple[Occurrence, ...]) -> Engagement:
    notified_on = calendar().day_of(event.notified_at)
    facts = Facts({NOTIFIED: notified_on, START: event.start_date})
    state = Engagement(event, profile(event.procedure, event.rulebook), facts, declared=event.declared)
    for occurrence in early:
        state = _with_occurrence(state, occurrence)
    return state


def _going_on(state: Engagement, event: Event) -> Engagement:
    match event:
        case EngagementNotified():
            return state
        case ParticipantNamed():
            participants = named(state.notice.participants, event.organisation, event.name)
            return replace(state, notice=replace(state.notice, participants=participants))
        case NotificationAcknowledged():
            return _acknowledged(state, event)
        case ContactChanged():
            return _reached_through(state, event)
        case InitiationMeetingHeld():
            facts = happening.after(state.procedure, state.facts, MEETING_HELD, event.held_on)
            return replace(state, meeting=event, facts=facts)
        case StepRecorded():
            return replace(state, facts=recorded(state.procedure, state.facts, event))
        case StartRescheduled():
            return _moved(state, event)
        case CalendarChanged():
            declared = (*state.declared, DeclaredDay(event.day, event.working, event.why))
            return replace(state, declared=declared, kept=state.kept.union(event.kept))
        case FurtherTestingScheduled():
            return replace(state, facts=state.facts.scheduled(event.round, event.start_date))
        case EngagementWithdrawn():
            return replace(state, withdrawal=event)
        case FactRecorded():
            return _with_occurrence(state, event.occurrence)
        case ExecutionContinued():
            return replace(state, facts=replace(state.facts, running_on=event.on))
        case TimetableChanged():
            return replace(state, rows=_redated(state.rows, event))
        case StepCompleted():
            return _completed(state, event)
        case DeadlineReminded() | DeadlineMissed():
            return _said(state, event)
        case _:
            assert_never(event)


def _said(state: Engagement, event: DeadlineReminded | DeadlineMissed) -> Engagement:
    step = (event.key, event.due)
    if isinstance(event, DeadlineReminded):
        return replace(state, reminded=MappingProxyType({**state.reminded, step: event.working_days}))
    return replace(state, missed=state.missed | {step}, missed_since=state.missed_since | {event.key})


def _reached_through(state: Engagement, event: ContactChanged) -> Engagement:
    state = replace(state, contacts=(*state.contacts, event))
    if event.role == state.profile.starter().id:
        return replace(state, notice=replace(state.notice, test_manager=event.contact))
    acknowledged = state.acknowledgement and replace(state.acknowledgement, contact=event.contact)
    return replace(state, acknowledgement=acknowledged)


def _acknowledged(state: Engagement, event: NotificationAcknowledged) -> Engagement:
    day = calendar().day_of(event.acknowledged_at)
    facts = happening.after(state.procedure, state.facts, ACKNOWLEDGED, day)
    return replace(
        state, acknowledgement=event, facts=planned_meeting(state.procedure, facts, event.initiation_meeting_on)
    )


def _with_occurrence(state: Engagement, seen: Occurrence) -> Engagement:
    waiting = Waiting(seen, execution_of_fact(state.procedure, state.facts, seen))
    return replace(
        state,
        facts=_held(state, anchored(state.procedure, state.facts, seen), seen),
        confirmed=_confirming(state, seen),
        outcomes=MappingProxyType({**_standing(state, seen), seen.fact: (seen.outcome, seen.gate)}),
        recorded=state.recorded | {seen.name},
        waiting=(*state.waiting, waiting),
        left=MappingProxyType({**state.left, **_left(state.procedure, seen)}),
    )


def _standing(state: Engagement, seen: Occurrence) -> Mapping[str, tuple[str | None, str | None]]:
    """What was said last of each kind: once a gate has confirmed the start, not what was said of it before."""
    return {fact: said for fact, said in state.outcomes.items() if not (seen.confirmed and said[1] == seen.gate)}


def _held(state: Engagement, facts: Facts, seen: Occurrence) -> Facts:
    """What waits while a matter is before a body stops the clock of what counts from the anchors of its route."""
    hold = seen.hold
    route = next((each for each in state.profile.routes if hold and each.id == hold.route), None)
    if hold is None or route is None or not route.clock:
        return facts
    ended = calendar().day_of(hold.ended_at) if hold.ended_at else None
    began = calendar().day_of(hold.began_at)
    return facts.held(Hold(hold.right, frozenset(route.clock), hold.clause, began, ended))


def _confirming(state: Engagement, seen: Occurrence) -> Mapping[str, tuple[str, str]]:
    if not seen.gate or not seen.confirmed:
        return state.confirmed
    return MappingProxyType({**state.confirmed, seen.gate: seen.name})


def _moved(state: Engagement, event: StartRescheduled) -> Engagement:
    """What a gate had confirmed with the start before is confirmed no more, and no Test Schedule moves along: the gate
    which confirms them is still to come."""
    excused = state.facts.excused.union(event.excused)
    facts = replace(unconfirmed(state).having(START, event.start_date), excused=excused)
    gate = state.procedure.anchors[START].confirmed_by
    return replace(
        state,
        facts=facts,
        moved_from=state.facts,
        confirmed=MappingProxyType({name: by for name, by in state.confirmed.items() if name != gate}),
        done=MappingProxyType({key: step for key, step in state.done.items() if key not in event.reopened}),
        missed_since=frozenset(),
        kept=frozenset(),
    )


def unconfirmed(state: Engagement) -> Facts:
    """The facts without what the gate of the start confirmed beside it, which another start does away with."""
    facts, anchors = state.facts, state.procedure.anchors
    gate = anchors[START].confirmed_by
    if gate is None or gate not in state.confirmed:
        return facts
    for anchor in anchors.values():
        if anchor.confirmed_by == gate and anchor.id != START:
            facts = facts.having(anchor.id, None)
    return replace(facts, running_on=None)


def _left(procedure: Procedure, seen: Occurrence) -> Mapping[str, str]:
    """What a fact leaves to the steps that follow on its outcome."""
    steps = procedure.completed_by(seen.fact, seen.ref)
    following = (step.then.get(seen.outcome or "") for step in steps)
    return {ref: seen.leaves for ref in following if ref is not None}


def _completed(state: Engagement, event: StepCompleted) -> Engagement:
    left = tuple(each for each in state.waiting if each.occurrence.name != event.completed_by)
    return replace(state, done=MappingProxyType({**state.done, event.key: event}), waiting=left)


def _redated(rows: Mapping[str, Row], event: TimetableChanged) -> Mapping[str, Row]:
    kept = {key: row for key, row in rows.items() if key not in event.withdrawn}
    return MappingProxyType(kept | {row.key: row for row in event.deadlines})
