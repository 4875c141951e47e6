"""What the facts of other services lead to: each comes as the event that it becomes here."""

from collections.abc import Sequence

from kernel.days import in_words
from notification.domain.completion import completed, overtaken
from notification.domain.engagement import NotNotified, State, folded
from notification.domain.events import Event, FactRecorded
from notification.domain.scheduling import schedule_start
from notification.domain.timetabling import redated


def record_fact(fact: FactRecorded, state: State) -> Sequence[Event]:
    """A fact completes its step and moves what depends on it; one that is known changes nothing.

    One that comes before the notice is kept, and counts once the notice comes.
    """
    seen = fact.occurrence
    if isinstance(state, NotNotified):
        return () if seen.name in {each.name for each in state.early} else (fact,)
    if seen.name in state.recorded:
        return ()
    if state.withdrawal is not None:
        # What was done before, and only heard of after, is done all the same; no date moves any more.
        return (fact, *(completed(state, seen) if seen.at <= state.withdrawal.withdrawn_at else ()))
    done = completed(state, seen)
    after = folded(state, fact, *done)
    dates = redated(after, f"{seen.happened} on {in_words(seen.day)}") if after.facts != state.facts else ()
    following = (*dates, *overtaken(folded(after, *dates)))
    return (fact, *done, *following, *schedule_start(folded(after, *following), seen))
