"""How the steps of a timetable move, are completed, come near and are missed."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, time

from notification.domain.anchors import ENTRY_GATE, Occurrence, round_of, said_by_another
from notification.domain.engagement import (
    DeadlineMissed,
    DeadlineReminded,
    Engagement,
    Row,
    StepCompleted,
    TimetableChanged,
    Waiting,
)
from rulebook.engine.dating.timetable import Facts, timetable
from rulebook.engine.dating.timing import FREE
from rulebook.engine.dating.working_days import LONDON, DayOutsideCalendar, calendar
from rulebook.engine.editions import root_of
from rulebook.engine.procedures import Procedure, Step, procedure

REMINDER_WORKING_DAYS = 2


def projected(state: Engagement, facts: Facts) -> dict[str, Row]:
    """The timetable as the rulebook has it for these facts, by key.

    Facts of others can't be refused: a step that would fall outside of the calendar has no date, and says why.
    """
    steps = steps_of(state)
    try:
        rows = _dated(steps, facts)
    except DayOutsideCalendar:
        rows = [row for step in steps.steps for row in _as_far_as_known(steps, step, facts)]
    return {row.key: row for row in rows}


def _dated(steps: Procedure, facts: Facts, only: Collection[str] = ()) -> Sequence[Row]:
    return [Row.of(deadline) for deadline in timetable(steps, facts, calendar(), only)]


def _as_far_as_known(steps: Procedure, step: Step, facts: Facts) -> Sequence[Row]:
    try:
        return _dated(steps, facts, (step.ref,))
    except DayOutsideCalendar as beyond:
        return [_undated(step, f"No date: bank holidays are known from {beyond.first} to {beyond.last} only")]


def _undated(step: Step, why: str) -> Row:
    return Row(
        key=step.ref,
        ref=step.ref,
        action=step.action,
        sender=step.sender,
        recipient=step.recipient,
        method=step.method,
        clause=step.clause,
        opens=None,
        due=None,
        conditional=step.conditional,
        why=why,
    )


def steps_of(state: Engagement) -> Procedure:
    """The procedure as it stood in the edition of the rules under which the engagement began."""
    return procedure(state.intention.procedure, root_of(state.intention.rulebook))


def redated(state: Engagement, reason: str) -> tuple[TimetableChanged, ...]:
    """What must change in the timetable so that it agrees with the facts. A completed step keeps its dates."""
    rows = projected(state, state.facts)
    changed = tuple(row for row in rows.values() if row.key not in state.done and row != state.rows.get(row.key))
    withdrawn = tuple(key for key in state.rows if key not in rows and key not in state.done)
    return (TimetableChanged(reason, changed, withdrawn),) if changed or withdrawn else ()


Completion = tuple[DeadlineMissed | StepCompleted, ...]
"""That a step was done, and that its date was missed where nobody has said so yet."""


def completed(state: Engagement, seen: Occurrence) -> Completion:
    """What an occurrence says of the step that it completes: done in time, or late.

    One that comes late proves that its date was missed, also where nobody has looked since. A step whose date can't be
    known yet is not completed yet.
    """
    return _closed(state, seen, _open_in(state, round_of(state.facts, seen.fact)))


def completed_again(state: Engagement, waiting: Waiting) -> Completion:
    """The same of one that waited. What came before a review opened a round is no part of that round."""
    steps = steps_of(state)
    rows = (row for row in _open_in(state, waiting.round) if not steps.step(row.ref).each_round)
    return _closed(state, waiting.occurrence, rows)


def _open_in(state: Engagement, number: int) -> Iterator[Row]:
    """The open steps of an execution, in order: a later round of review is taken only when an earlier one is done."""
    steps = steps_of(state)
    return (row for row in open_rows(state) if _execution_of(steps.step(row.ref), row) == number)


def _execution_of(step: Step, row: Row) -> int:
    return 0 if step.each_round else int(row.key.partition("#")[2] or 0)


def _closed(state: Engagement, seen: Occurrence, rows: Iterator[Row]) -> Completion:
    row = next((row for row in rows if _fits(steps_of(state).step(row.ref), row, seen)), None)
    if row is None or _is_awaited(state, row, seen):
        return ()
    in_time = row.due is None or seen.day <= row.due
    done = StepCompleted(row.key, row.ref, row.due, seen.day, seen.by, in_time, (seen.fact, seen.identity))
    return (done,) if in_time else (*missed(state, row, seen.happened_at), done)


def _fits(step: Step, row: Row, seen: Occurrence) -> bool:
    of_its_period = seen.period is None or row.key.endswith(f"/{seen.period}")
    return of_its_period and step.is_completed_by(seen.fact, seen.outcome)


def _is_awaited(state: Engagement, row: Row, seen: Occurrence) -> bool:
    """Whether the date of a step counts from what another service has still to say; a week or day has its own date."""
    if seen.period is not None:
        return False
    step = steps_of(state).step(row.ref)
    facts = state.facts.in_round(_execution_of(step, row))
    others = (anchor for anchor in step.timing.anchors() if said_by_another(anchor, seen.fact))
    return any(not start_is_confirmed(state) if anchor in FREE else facts.of(anchor) is None for anchor in others)


def start_is_confirmed(state: Engagement) -> bool:
    """Whether the entry quality gate has confirmed the start and the Test Schedule (CTSD 5.6.1.9)."""
    return all(step.ref in state.done for step in steps_of(state).completed_by(ENTRY_GATE))


def open_rows(state: Engagement) -> Iterator[Row]:
    """The steps that are still to be done, in the order of the procedure."""
    return (row for row in state.rows.values() if row.key not in state.done)


def missed(state: Engagement, row: Row, at: datetime) -> Iterable[DeadlineMissed]:
    """That a step's date has passed, unless it was said before."""
    if row.due is None or (row.key, row.due) in state.missed:
        return ()
    return (DeadlineMissed(row.key, row.ref, row.due, row.sender, at),)


def fallen_due(state: Engagement, now: datetime) -> tuple[DeadlineReminded | DeadlineMissed, ...]:
    """Every reminder and missed deadline there is to speak of by `now`, in order of date."""
    spoken = (said for row in open_rows(state) if (said := _to_say(state, row, now)) is not None)
    return tuple(sorted(spoken, key=lambda said: said.due))


def _to_say(state: Engagement, row: Row, now: datetime) -> DeadlineReminded | DeadlineMissed | None:
    look = next_look(state, row)
    if row.due is None or look is None or look > now:
        return None
    if now >= calendar().end_of(row.due):  # also when the reminder was slept through: it would come too late
        return DeadlineMissed(row.key, row.ref, row.due, row.sender, now)
    return DeadlineReminded(row.key, row.ref, row.due, row.sender, now)


def next_look(state: Engagement, row: Row) -> datetime | None:
    """When there is next something to say of a step, None where nothing is left or it has no date of its own yet."""
    if row.due is None or row.conditional or row.key in state.done or (row.key, row.due) in state.missed:
        return None
    reminder = reminder_day(row)
    if reminder is None or (row.key, row.due) in state.reminded:
        return calendar().end_of(row.due)
    return start_of(reminder)


def reminder_day(row: Row) -> date | None:
    """2 Working Days before the date, but after the day on which the step opens; None where that leaves no day."""
    if row.due is None:
        return None
    try:
        day = _before(row.due, row.opens)
    except DayOutsideCalendar:
        return None
    return day if day < row.due else None


def _before(due: date, opens: date | None) -> date:
    day = calendar().subtract(due, REMINDER_WORKING_DAYS)
    return day if opens is None else max(day, calendar().add(opens, 1))


def start_of(day: date) -> datetime:
    """The instant at which a day begins in Europe/London."""
    return datetime.combine(day, time(), LONDON)
