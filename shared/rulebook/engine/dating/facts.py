"""What has happened in an engagement, and what follows of it for each step: the input and output of a timetable."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from rulebook.engine.dating.explanation import Explanation
from rulebook.engine.procedures import Side


@dataclass(frozen=True)
class Review:
    """DCC's review of the artefacts, the first or of revised ones."""

    on: date
    accepted: bool


@dataclass(frozen=True)
class Round:
    """A further execution and its completion (CTSD 5.19.2), with anchors of its own. `None`: not yet.

    `opened_on` is the day on which the gate asked for it; it can be heard of after what followed.
    """

    opened_on: date | None = None
    execution_completed_on: date | None = None
    report_received_on: date | None = None
    receipt_confirmed_on: date | None = None
    gate_held_on: date | None = None


@dataclass(frozen=True)
class Facts:
    """What has happened in an engagement so far, as far as dates depend on it. `None`: not yet.

    `initiation_meeting_on` and `planned_last_day` are plans: the meeting's date (CTSD 5.6.1.2) and the last day of the
    Test Schedule. `gate_held_on` is the day of the successful exit quality gate. `agreed_dashboard_days` are those that
    DCC agreed in place of a daily dashboard (CTSD 5.10.1.3); `None`: daily. `rounds` are the further executions; the
    anchors beside it are those of the first. `excused` are the keys of steps that a moved start would ask for on days
    that had gone by when it was moved: they are not owed.
    """

    notified_on: date
    start_date: date
    acknowledged_on: date | None = None
    initiation_meeting_on: date | None = None
    reviews: tuple[Review, ...] = ()
    planned_last_day: date | None = None
    execution_completed_on: date | None = None
    report_received_on: date | None = None
    receipt_confirmed_on: date | None = None
    gate_held_on: date | None = None
    agreed_dashboard_days: tuple[date, ...] | None = None
    rounds: tuple[Round, ...] = ()
    excused: frozenset[str] = frozenset()

    def of(self, anchor: str) -> date | None:
        """The day of an anchor, when it is known."""
        day: date | None = getattr(self, FIELD_OF[anchor])
        return day

    def having(self, anchor: str, day: date | None, number: int = 0) -> "Facts":
        """The facts with another day for an anchor, of the first execution or of a further one, counted from 1."""
        changed: dict[str, Any] = {FIELD_OF[anchor]: day}
        return self._with_round(number, **changed) if number else replace(self, **changed)

    def reopened(self, day: date) -> "Facts":
        """The facts when a gate has asked for a further execution."""
        return self._with_round(len(self.opened()) + 1, opened_on=day)

    def opened(self) -> tuple[int, ...]:
        """The further executions that a gate has asked for, counted from 1."""
        return tuple(number for number, each in enumerate(self.rounds, start=1) if each.opened_on is not None)

    def in_round(self, number: int) -> "Facts":
        """The facts as a further execution has them: its own anchors in place of those of the first."""
        if number == 0:
            return self
        own = self._reaching(number)[number - 1]
        return replace(
            self,
            execution_completed_on=own.execution_completed_on,
            report_received_on=own.report_received_on,
            receipt_confirmed_on=own.receipt_confirmed_on,
            gate_held_on=own.gate_held_on,
        )

    def _with_round(self, number: int, **changed: Any) -> "Facts":
        rounds = self._reaching(number)
        own = replace(rounds[number - 1], **changed)
        return replace(self, rounds=(*rounds[: number - 1], own, *rounds[number:]))

    def _reaching(self, number: int) -> tuple[Round, ...]:
        return (*self.rounds, *(Round() for _ in range(number - len(self.rounds))))


FIELD_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "notified": "notified_on",
        "acknowledged": "acknowledged_on",
        "start": "start_date",
        "planned-last-day": "planned_last_day",
        "execution-completed": "execution_completed_on",
        "report-received": "report_received_on",
        "receipt-confirmed": "receipt_confirmed_on",
        "gate-held": "gate_held_on",
    }
)
"""Which field of Facts holds the day of each anchor."""


@dataclass(frozen=True)
class Deadline:
    """One step with its dates. `key` is the ref, with the week, day or round after it.

    `opens` is the first day on which it can be done, `due` the last; `due` is `None` until its anchor is known.
    `conditional` is true as long as it is not settled whether the step must be taken at all. `because` is what `why`
    says, in its parts.
    """

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
    completed_by: tuple[str, ...]
    because: Explanation | None = field(default=None, compare=False, repr=False)
