"""Where a step of a timetable stands on a day, in the words of the law's `states.toml`."""

from datetime import date
from typing import Final, Literal

StepState = Literal["pending", "open", "due", "missed", "done", "late", "withdrawn", "not-applicable"]
OWED: Final[tuple[StepState, ...]] = ("pending", "open", "due", "missed")
"""The states of what is still to be done."""


def step_state(
    today: date,
    *,
    opens: date | None,
    due: date | None,
    missed: bool = False,
    withdrawn: bool = False,
    done_on: date | None = None,
    in_time: bool | None = None,
) -> StepState:
    """The state of a step on a day: it is `due` on its last day, and `missed` once an event has said so of its date."""
    if done_on is not None:
        return "done" if in_time else "late"
    if withdrawn:
        return "withdrawn"
    return "missed" if missed else _to_be_done(opens, due, today)


def _to_be_done(opens: date | None, due: date | None, today: date) -> StepState:
    if (opens or due) is None or (opens is not None and opens > today):
        return "pending"
    return "due" if due is not None and due <= today else "open"
