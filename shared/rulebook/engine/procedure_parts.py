"""What a procedure is: its steps, the anchors that they count from, and what follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from rulebook.engine.dating.timing import Timing
from rulebook.engine.errors import RulebookError
from rulebook.engine.files import ROOT

RECORDED: Final = "notification.step-recorded"
"""The fact that completes a step without a rule of its own; it names the step by its ref."""
WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "returned": "What was handed in was returned",
        "revised": "The start is revised, and what follows is rescheduled",
        "reopened": "Further testing was asked for",
        "rescheduled": "Testing is rescheduled",
    }
)
"""What reasons say of a review that returns, and of further testing, where a procedure has no words of its own."""


@dataclass(frozen=True)
class Anchor:
    """What dates count from. `chosen`: people choose the day and a gate confirms it; otherwise a step sets it.

    `renewed_by` is the public event that tells the day in a further round, which people choose anew.
    """

    id: str
    words: str
    chosen: bool = False
    confirmed_by: str | None = None
    renewed_by: str | None = None


@dataclass(frozen=True)
class Step:
    """One row of a procedural table. `sets` is the anchor that is known once the step is done."""

    ref: str
    action: str
    sender: str
    recipient: str
    method: str
    clause: str
    timing: Timing
    information: tuple[str, ...]
    completed_by: tuple[str, ...]
    conditional: bool = False
    only_if: str = ""
    each_round: bool = False
    number: Literal["first", "later"] | None = None
    outcome: str | None = None
    then: Mapping[str, str] = field(default_factory=dict)
    reminders: tuple[int, ...] = ()
    """How many Working Days before its date it is called to mind, the earliest first."""
    sets: str | None = None
    root: Path = field(default=ROOT, compare=False, repr=False)
    """The edition that it belongs to."""

    @property
    def is_recorded(self) -> bool:
        """Whether it has no rule of its own: it is recorded by its ref, with the information that it asks for."""
        return RECORDED in self.completed_by

    def is_completed_by(self, fact: str, outcome: str | None = None, ref: str | None = None) -> bool:
        """Whether a public event may complete this step; `outcome` is the event's, where it has one.

        A fact that tells of a step by its ref completes that step alone.
        """
        return fact in self.completed_by and self.outcome in (None, outcome) and ref in (None, self.ref)


@dataclass(frozen=True)
class RescheduleGround:
    """A ground on which the start may be moved. It holds as long as `fact` is what was said last of its kind, with
    `outcome` where one is named; of a missed deadline, as long as the start was not moved for it.
    """

    id: str
    clause: str
    words: str
    fact: str
    outcome: str | None = None


@dataclass(frozen=True)
class Procedure:
    """The steps of one kind of engagement, and the notice that a start needs.

    `excludes` are clauses that don't apply. A procedure that is `planned_only` can be planned and explained, but the
    services don't run it yet.
    """

    id: str
    title: str
    notice_working_days: int
    notice_clause: str
    reschedule_clause: str
    steps: tuple[Step, ...]
    anchors: Mapping[str, Anchor]
    excludes: tuple[str, ...] = ()
    planned_only: bool = False
    reschedules: tuple[RescheduleGround, ...] = ()
    words: Mapping[str, str] = field(default_factory=lambda: WORDS)
    root: Path = field(default=ROOT, compare=False, repr=False)
    """The edition that it belongs to."""

    def step(self, ref: str) -> Step:
        """The step of a ref."""
        if (step := self._by_ref.get(ref)) is None:
            raise RulebookError(f"Procedure {self.id} has no step {ref}. Known: {', '.join(self._by_ref)}.")
        return step

    @cached_property
    def _by_ref(self) -> Mapping[str, Step]:
        return {step.ref: step for step in self.steps}

    @cached_property
    def chosen(self) -> frozenset[str]:
        """The anchors whose day people choose."""
        return frozenset(anchor.id for anchor in self.anchors.values() if anchor.chosen)

    @cached_property
    def renewed(self) -> frozenset[str]:
        """The anchors that begin anew in a further round: those that its steps set."""
        return frozenset(step.sets for step in self.taken_again if step.sets)

    def leads_back(self, step: Step, outcome: str | None) -> bool:
        """Whether an outcome of a step opens a further round."""
        return any(step.ref == each.ref and outcome == back for each, back, _ in self._back)

    def returns(self, step: Step, outcome: str | None) -> bool:
        """Whether an outcome of a step opens the steps of each round, as a review with deficiencies does."""
        follows = step.then.get(outcome or "")
        return follows is not None and self.step(follows).each_round

    def reviews(self, step: Step) -> bool:
        """Whether a step is a review: one of its outcomes opens the steps of each round."""
        return any(self.returns(step, outcome) for outcome in step.then)

    @cached_property
    def taken_again(self) -> tuple[Step, ...]:
        """The steps of a further round: from the one to which an outcome leads back, as further testing does (5.19.2).

        Not those of each day or week: they belong to the first time.
        """
        refs = [step.ref for step in self.steps]
        first = min((refs.index(ref) for _, _, ref in self._back), default=len(refs))
        return tuple(step for step in self.steps[first:] if step.timing.rule not in ("each-week", "daily"))

    @cached_property
    def daily(self) -> tuple[Step, ...]:
        """The steps that are owed each day up to a day that an anchor sets."""
        return tuple(step for step in self.steps if step.timing.rule == "daily" and step.timing.until)

    @cached_property
    def left_behind(self) -> frozenset[str]:
        """The refs of the steps to which the other outcomes lead: where one leads back, they fall away."""
        return frozenset(ref for step, back, _ in self._back for outcome, ref in step.then.items() if outcome != back)

    @cached_property
    def sources_of_rounds(self) -> frozenset[str]:
        """The services whose events open a further round."""
        opening = (step for step in self.steps if any(self.leads_back(step, outcome) for outcome in step.then))
        return frozenset(fact.partition(".")[0] for step in opening for fact in step.completed_by)

    @cached_property
    def _back(self) -> tuple[tuple[Step, str, str], ...]:
        """Each outcome that leads back, and to which step; those of each round have rounds of their own."""
        return tuple(
            (step, outcome, ref)
            for number, step in enumerate(self.steps)
            for outcome, ref in step.then.items()
            if ref in {each.ref for each in self.steps[: number + 1] if not each.each_round}
        )

    def in_order_of_anchors(self) -> tuple[Step, ...]:
        """The steps so that each comes after those that set the anchors it counts from."""
        order = TopologicalSorter(dependencies(self.steps)).static_order()
        return tuple(self.step(ref) for ref in order)

    def completed_by(self, fact: str, ref: str | None = None) -> tuple[Step, ...]:
        """The steps that a public event may complete, in the order of the table: the first time, and later ones.

        A fact that tells of a step by its ref completes that step alone.
        """
        steps = self._by_fact.get(fact, ())
        return steps if ref is None else tuple(step for step in steps if step.ref == ref)

    @cached_property
    def _by_fact(self) -> Mapping[str, tuple[Step, ...]]:
        facts = dict.fromkeys(fact for step in self.steps for fact in step.completed_by)
        return {fact: tuple(step for step in self.steps if fact in step.completed_by) for fact in facts}


def dependencies(steps: tuple[Step, ...]) -> dict[str, list[str]]:
    """For each step the refs of those that set its anchors."""
    setter = {step.sets: step.ref for step in steps if step.sets}
    return {step.ref: [setter[each] for each in sorted(step.timing.anchors()) if each in setter] for step in steps}
