"""The start that follows from a body's determination that the entry criteria are met (CTSD 5.8.3)."""

from collections.abc import Sequence

from kernel.days import in_words
from notification.domain.completion import overtaken
from notification.domain.engagement import Engagement, folded
from notification.domain.events import Event, StartRescheduled
from notification.domain.occurrence import Determination, Occurrence
from notification.domain.timetabling import redated
from rulebook.engine.dating.facts import START
from rulebook.engine.dating.replanning import earliest_practicable_start, move_start


def schedule_start(state: Engagement, seen: Occurrence) -> Sequence[Event]:
    """A start that has passed is moved to the earliest practicable one; another one stands.

    The step of the decision that was determined otherwise needs no time any more.
    """
    was, today, found, steps = state.facts.start, seen.day, seen.determination, state.procedure
    confirming = steps.anchors[START].confirmed_by
    if found is None or seen.gate != confirming or state.start_is_confirmed or was >= today:
        return ()
    done = _done(state, found)
    earliest = earliest_practicable_start(steps, state.facts, today, state.calendar, done)
    moved = move_start(steps, state.facts, earliest, today, state.calendar, done)
    reason = f"the {state.profile.roles[found.body].title} determined that the entry criteria are met: {found.reasons}"
    excused = tuple(sorted(moved.facts.excused - state.facts.excused))
    event = StartRescheduled(was, moved.start, earliest, reason, seen.by, seen.at, excused)
    dates = redated(folded(state, event), f"start moved from {in_words(was)} to {in_words(moved.start)}: {reason}")
    return (event, *dates, *overtaken(folded(state, event, *dates)))


def _done(state: Engagement, found: Determination) -> frozenset[str]:
    steps = {step.ref for step in state.procedure.completed_by(found.decision)}
    return frozenset({*state.done, *(key for key, row in state.rows.items() if row.ref in steps)})
