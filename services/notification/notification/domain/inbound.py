"""What the facts of other services lead to."""

from collections.abc import Sequence
from dataclasses import dataclass

from notification.domain.completion import completed, overtaken
from notification.domain.engagement import NotNotified, State, folded
from notification.domain.events import Event, FactRecorded
from notification.domain.occurrence import Occurrence
from notification.domain.timetabling import redated


@dataclass(frozen=True)
class RecordFact:
    """Another service published something that moves or completes steps."""

    engagement: str
    occurrence: Occurrence


def record_fact(command: RecordFact, state: State) -> Sequence[Event]:
    """A fact completes its step and moves what depends on it; one that is known changes nothing.

    One that comes before the notice is kept, and counts once the notice comes.
    """
    seen, event = command.occurrence, FactRecorded(command.occurrence)
    if isinstance(state, NotNotified):
        return () if seen.name in {each.name for each in state.early} else (event,)
    if seen.name in state.recorded:
        return ()
    done = completed(state, seen)
    after = folded(state, event, *done)
    dates = redated(after, f"{seen.fact} on {seen.day}") if after.facts != state.facts else ()
    return (event, *done, *dates, *overtaken(folded(after, *dates)))
