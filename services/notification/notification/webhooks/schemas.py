"""What is asked and answered about webhooks."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from chassis.web.fields import LINE, Instant, Line
from chassis.web.http import Body
from notification.webhooks.addresses import LONGEST_URL

Url = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_URL, pattern=LINE)]


class NewWebhook(Body):
    """Where to call, and about which events, by their public names; none for all."""

    url: Url
    events: Annotated[tuple[Line, ...], Field(max_length=100)] = ()


class WebhookView(BaseModel):
    """A webhook. `previous_until`: until then messages are signed with the secret before, too.

    `failing_since`: nothing was taken since; `disabled_at` and `disabled_why`: it is called no more.
    """

    id: UUID
    url: str
    events: tuple[str, ...]
    created_by: str
    created_at: datetime
    previous_until: datetime | None
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_why: str | None


class WebhookSecret(BaseModel):
    """A secret, which is shown this once; each message is signed with it (Standard Webhooks, v1)."""

    id: UUID
    secret: str


class AttemptView(BaseModel):
    """How one attempt ended: the receiver's status, where it answered, and what it said."""

    number: int
    at: datetime
    status: int | None
    said: str


class DeliveryLog(BaseModel):
    """What a webhook was or is to be called about. `message` is its `webhook-id`, the same at each attempt."""

    id: int
    message: str
    type: str
    engagement: UUID
    at: datetime
    status: Literal["queued", "retrying", "delivered", "failed"]
    delivered_at: datetime | None
    attempts: tuple[AttemptView, ...]


class Replay(Body):
    """What is to be sent again: one delivery, or all about what happened from an instant on."""

    delivery: Annotated[int, Field(ge=1, le=2**62)] | None = None
    since: Instant | None = None


class Replayed(BaseModel):
    """How many deliveries are sent again."""

    deliveries: int
