"""What happened, as a webhook is told: this service's public facts, and what it heard of others."""

from datetime import date, datetime
from typing import Any

import orjson

from kernel.stored import stored_name
from notification.domain.anchors import OWN
from notification.domain.engagement import Engagement
from notification.domain.events import DeadlineMissed, DeadlineReminded, FactRecorded, StepCompleted
from notification.domain.occurrence import Occurrence
from notification.emails.names import role_named
from notification.translation import public_fact
from rulebook.engine.dating.labels import label
from rulebook.engine.dating.states import StepState
from rulebook.engine.files import events


def name_of(event: Any) -> str | None:
    """The public name of what happened; None for what is nobody else's."""
    if isinstance(event, FactRecorded):
        return event.occurrence.fact
    name = f"{OWN}.{stored_name(type(event))}"
    return name if name in events() else None


def payload_of(id: str, event: Any, state: Engagement, at: datetime) -> str:
    """The body that is sent of what happened in an engagement. `state` is the engagement as it is now.

    What is about a step tells it in the same line as every other place does, unless the step fell away since.
    """
    contract = None if isinstance(event, FactRecorded) else public_fact(event)
    data = contract.model_dump(mode="json") if contract else _heard(event.occurrence)
    body = {"engagement": id, **data, **_label(event, state)}
    return orjson.dumps({"type": name_of(event), "timestamp": at.isoformat(), "data": body}).decode()


def _label(event: Any, state: Engagement) -> dict[str, str]:
    standing: StepState
    done_on: date | None = None
    match event:
        case DeadlineReminded():
            standing = "open"
        case DeadlineMissed():
            standing = "missed"
        case StepCompleted():
            standing, done_on = "done" if event.in_time else "late", event.done_on
        case _:
            return {}
    row = state.rows.get(event.key)
    if row is None:
        return {}
    by = role_named(row.sender, state)
    return {"label": label(row.action, by, standing, due=event.due, at=row.at, about=row.about, done_on=done_on)}


def _heard(seen: Occurrence) -> dict[str, Any]:
    told = {"by": seen.by, "outcome": seen.outcome, "period": seen.period, "happened_at": seen.at.isoformat()}
    return {**told, "headline": seen.headline, "details": list(seen.details)}
