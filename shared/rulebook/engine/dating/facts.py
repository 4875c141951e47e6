"""What has happened in an engagement, and what follows of it for each step: the input and output of a timetable.

Anchors are data: a procedure names its own, and `Facts` holds a day for each that is known, by its name:

    facts = Facts({"notified": monday, "start": day})
    facts.of("start"); facts.having("acknowledged", day); facts.having("report-received", day, number=1)
    facts.reopened(day)             # a gate asked for a further execution, which begins a round
    facts.scheduled(1, day)         # on which that is to begin
    facts.reviewed(day, accepted)   # the review of a submission; each that is returned opens the steps of `each_round`
    facts.in_round(1, procedure.renewed)  # as the first further execution has them
    facts.planned_for("acknowledged", day)  # a meeting's day, by the anchor of the step that names it

Which of these an event does follows from the procedure's data: `rulebook.engine.dating.happening.after`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from types import MappingProxyType
from typing import Any, Final

from rulebook.engine.dating.explanation import Explanation

START: Final = "start"
"""The day on which testing starts: every notice gives it."""
NOTIFIED: Final = "notified"
"""The day on which the notice was received."""
LAST_DAY: Final = "planned-last-day"
"""The last day that was planned, where a procedure plans one."""
NOTHING: Final[Mapping[str, date]] = MappingProxyType({})


@dataclass(frozen=True)
class Review:
    """A review of what was submitted, the first or of what was revised."""

    on: date
    accepted: bool


@dataclass(frozen=True)
class Round:
    """A further execution and its completion (CTSD 5.19.2), with anchors of its own.

    `opened_on` is the day on which the gate asked for it; it can be heard of after what followed. `scheduled` is the
    day on which it is to begin, once that was agreed. `closed_on` is the day on which a body found that nothing of it
    is owed any more (CTSD 5.19.5); what was done of it before that may be heard of later.
    """

    opened_on: date | None = None
    days: Mapping[str, date] = field(default_factory=lambda: NOTHING)
    scheduled: date | None = None
    closed_on: date | None = None


@dataclass(frozen=True)
class Hold:
    """A time in which no time runs from some anchors, by a clause, because a matter is before a body.

    `right` tells it from others; `ended` is the day on which time runs again, None where it does not yet.
    """

    right: str
    anchors: frozenset[str]
    clause: str
    began: date
    ended: date | None = None


@dataclass(frozen=True)
class Facts:
    """What has happened in an engagement so far, as far as dates depend on it.

    `days` holds the day of each anchor that is known, in the first execution; `rounds` are the further ones.
    `planned` are the days planned for meetings, by the anchor from which each counts. `agreed_days` are those
    that were agreed in place of a daily step (CTSD 5.10.1.3); `None`: daily. `running_on` is the day up to which
    testing is known to go on; a daily step is owed as long as it does. `excused` are the keys of steps that a moved
    start would ask for on days that had gone by when it was moved: they are not owed. `holds` are the times in which no
    time runs for some steps.
    """

    days: Mapping[str, date]
    reviews: tuple[Review, ...] = ()
    rounds: tuple[Round, ...] = ()
    planned: Mapping[str, date] = field(default_factory=lambda: NOTHING)
    agreed_days: tuple[date, ...] | None = None
    running_on: date | None = None
    excused: frozenset[str] = frozenset()
    holds: tuple[Hold, ...] = ()

    @property
    def start(self) -> date:
        """The day on which testing starts."""
        return self.days[START]

    @property
    def notified(self) -> date:
        """The day on which the notice was received."""
        return self.days[NOTIFIED]

    def of(self, anchor: str) -> date | None:
        """The day of an anchor, when it is known."""
        return self.days.get(anchor)

    def having(self, anchor: str, day: date | None, number: int = 0) -> "Facts":
        """The facts with another day for an anchor, of the first execution or of a further one, counted from 1."""
        if number == 0:
            return replace(self, days=_with(self.days, anchor, day))
        own = self._reaching(number)[number - 1]
        return self._with_round(number, days=_with(own.days, anchor, day))

    def held(self, hold: Hold) -> "Facts":
        """The facts with a hold; one that is known of the same right and day is that one, as it is told now."""
        others = [each for each in self.holds if (each.right, each.began) != (hold.right, hold.began)]
        return replace(self, holds=tuple(sorted((*others, hold), key=lambda each: (each.began, each.right))))

    def reviewed(self, day: date, accepted: bool) -> "Facts":
        """The facts after a review."""
        return replace(self, reviews=(*self.reviews, Review(day, accepted)))

    def planned_for(self, anchor: str, day: date) -> "Facts":
        """The facts with the day that is planned for a meeting which counts from an anchor."""
        return replace(self, planned=_with(self.planned, anchor, day))

    def reopened(self, day: date) -> "Facts":
        """The facts when a gate has asked for a further execution."""
        return self._with_round(len(self.opened()) + 1, opened_on=day)

    def scheduled(self, number: int, day: date) -> "Facts":
        """The facts with the day on which a further execution is to begin."""
        return self._with_round(number, scheduled=day)

    def closed(self, number: int, day: date) -> "Facts":
        """The facts when a body has found that nothing of a further execution is owed any more."""
        return self._with_round(number, closed_on=day)

    def opened(self) -> tuple[int, ...]:
        """The further executions that a gate has asked for, counted from 1."""
        return tuple(number for number, each in enumerate(self.rounds, start=1) if each.opened_on is not None)

    def in_round(self, number: int, renewed: frozenset[str]) -> "Facts":
        """The facts as a further execution has them: its own days for the anchors that begin anew in it.

        `renewed` are these anchors: `procedure.renewed`.
        """
        if number == 0:
            return self
        own = self._reaching(number)[number - 1]
        kept = {anchor: day for anchor, day in self.days.items() if anchor not in renewed}
        return replace(self, days=MappingProxyType({**kept, **own.days}))

    def _with_round(self, number: int, **changed: Any) -> "Facts":
        rounds = self._reaching(number)
        own = replace(rounds[number - 1], **changed)
        return replace(self, rounds=(*rounds[: number - 1], own, *rounds[number:]))

    def _reaching(self, number: int) -> tuple[Round, ...]:
        return (*self.rounds, *(Round() for _ in range(number - len(self.rounds))))


def _with(days: Mapping[str, date], key: str, day: date | None) -> Mapping[str, date]:
    others = {name: each for name, each in days.items() if name != key}
    return MappingProxyType(others if day is None else {**others, key: day})


@dataclass(frozen=True)
class Deadline:
    """One step with its dates. `key` is the ref, with the week, day or round after it.

    `opens` is the first day on which it can be done, `due` the last, `at` the hour of that day where there is one;
    `due` is `None` until its anchor is known. `conditional` is true as long as it is not settled whether the step must
    be taken at all. `because` is what `why` says, in its parts.
    """

    key: str
    ref: str
    action: str
    sender: str
    recipient: str
    method: str
    clause: str
    opens: date | None
    due: date | None
    conditional: bool
    why: str
    completed_by: tuple[str, ...]
    because: Explanation | None = field(default=None, compare=False, repr=False)
    at: time | None = None
