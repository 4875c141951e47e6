"""Which step a fact completes, and whether that was in time."""

from collections.abc import Iterable, Iterator

from notification.domain.anchors import execution_of_fact, is_of_testing, set_by_another_service
from notification.domain.engagement import Engagement, Waiting, folded
from notification.domain.events import DeadlineMissed, Event, Row, StepCompleted
from notification.domain.occurrence import Occurrence
from notification.domain.reminders import missed
from notification.domain.timetabling import last_moment, open_rows
from rulebook.engine.dating.holding import is_held
from rulebook.engine.procedures import Step

Closing = tuple[DeadlineMissed | StepCompleted, ...]
"""That a step was done, and that its date was missed where nobody has said so yet."""


def completed(state: Engagement, seen: Occurrence) -> Closing:
    """What an occurrence says of the step that it completes: done in time, or late.

    One that comes late proves that its date was missed, also where nobody has looked since. A step whose date can't be
    known yet is not completed yet.
    """
    return _first(state, seen, _open_in(state, execution_of_fact(state.procedure, state.facts, seen)))


def overtaken(state: Engagement) -> Iterator[Event]:
    """What is completed by facts that were heard before: their steps had no dates then."""
    for waiting in sorted(state.waiting, key=lambda each: each.occurrence.at):
        done = _first(state, waiting.occurrence, _left_to(state, waiting))
        state = folded(state, *done)
        yield from done


def closed(state: Engagement, row: Row, seen: Occurrence) -> Closing:
    """That a step was done by an occurrence."""
    in_time = _in_time(row, seen) or is_held(state.procedure.step(row.ref), row.due, state.facts)
    by = seen.by or state.profile.roles[row.sender].title
    done = StepCompleted(row.key, row.ref, row.due, seen.day, by, in_time, seen.name)
    return (done,) if in_time else (*missed(state, row, seen.at), done)


def execution_of(step: Step, key: str) -> int:
    """The execution to which a row of the timetable belongs: 0 is the first."""
    return 0 if step.each_round else int(key.partition("#")[2] or 0)


def _left_to(state: Engagement, waiting: Waiting) -> Iterator[Row]:
    """What came before a review opened a round is no part of that round."""
    rows = _open_in(state, waiting.round)
    return (row for row in rows if not state.procedure.step(row.ref).each_round)


def _open_in(state: Engagement, number: int) -> Iterator[Row]:
    """The open steps of an execution, in order: a later round of review is taken only when an earlier one is done."""
    return (row for row in open_rows(state) if execution_of(state.procedure.step(row.ref), row.key) == number)


def _first(state: Engagement, seen: Occurrence, rows: Iterable[Row]) -> Closing:
    row = next((row for row in rows if _fits(state.procedure.step(row.ref), row, seen)), None)
    return () if row is None or _is_awaited(state, row, seen) else closed(state, row, seen)


def _fits(step: Step, row: Row, seen: Occurrence) -> bool:
    of_its_period = seen.period is None or row.key.endswith(f"/{seen.period}")
    return of_its_period and step.is_completed_by(seen.fact, seen.outcome, seen.ref)


def _in_time(row: Row, seen: Occurrence) -> bool:
    if row.due is None or seen.done_earlier or row.at is None or seen.on is not None:
        return row.due is None or seen.done_earlier or seen.day <= row.due
    return seen.at <= last_moment(row, row.due)


def _is_awaited(state: Engagement, row: Row, seen: Occurrence) -> bool:
    """Whether the date of a step counts from what another service has still to say; a week or day has its own date."""
    if seen.period is not None:
        return False
    procedure, step = state.procedure, state.procedure.step(row.ref)
    facts = state.facts.in_round(execution_of(step, row.key), procedure.renewed)
    return any(
        _to_be_confirmed(state, step, anchor)
        if procedure.anchors[anchor].chosen
        else set_by_another_service(procedure, anchor, seen.fact) and facts.of(anchor) is None
        for anchor in step.timing.anchors()
    )


def _to_be_confirmed(state: Engagement, step: Step, anchor: str) -> bool:
    """Whether a gate has still to confirm the day; what is done before testing comes before the gate."""
    gate = state.procedure.anchors[anchor].confirmed_by
    return gate is not None and gate not in state.confirmed and is_of_testing(step)
