"""A step of the timetable as it is answered."""

from collections.abc import Callable, Sequence
from datetime import date

from notification.api.schemas import StepView
from notification.read_models import Row
from notification.timetable import label_of, state_of


def step_view(
    row: Row, datings: Sequence[Row], today: date, reader: str | None, called: Callable[[str], str]
) -> StepView:
    """A step with its state and earlier dates, as somebody reads it who holds a role; `called` says what roles are
    called."""
    told = {
        "state": state_of(row, today),
        "label": label_of(row, today, reader, called),
        "history": datings[:-1],
    }
    return StepView.model_validate({**row, **told})
