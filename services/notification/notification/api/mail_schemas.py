"""What is asked and answered about e-mails."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from chassis.web.fields import Email
from chassis.web.http import Body

Delivery = Literal["at-once", "daily"]


class AttachedView(BaseModel):
    """A document that goes with a mail."""

    model_config = ConfigDict(from_attributes=True)

    file_name: str
    sha256: str


class DeliveryView(BaseModel):
    """One answer of a mail server, or what came back: `code` is that of SMTP, where it answered with one."""

    at: datetime
    outcome: Literal["sent", "deferred", "refused", "needless", "bounced", "delayed", "delivered"]
    address: str | None
    code: int | None
    said: str


class MailView(BaseModel):
    """One e-mail: to whom, what it says, and what became of it. `mandatory`: it never waits for a digest."""

    key: str
    role: str
    address: str
    subject: str
    body: str
    files: tuple[AttachedView, ...]
    mandatory: bool
    written_at: datetime
    sent_at: datetime | None
    attempts: int
    problem: str | None
    status: Literal["queued", "waiting for the digest", "deferred", "sent", "refused", "needless", "bounced"]
    log: tuple[DeliveryView, ...]


class Undelivered(BaseModel):
    """A mail that was refused for good, or came back."""

    id: int
    key: str
    engagement: UUID
    role: str
    address: str | None
    subject: str
    at: datetime
    outcome: Literal["refused", "bounced"]
    code: int | None
    said: str


class MailPreference(Body):
    """How an address is to be told what need not be told at once; without one, the mailbox of the caller's role."""

    address: Email | None = None
    delivery: Delivery


class MailPreferenceView(BaseModel):
    """What was chosen for an address, or for the mailbox of a role."""

    address: str | None
    delivery: Delivery


class Reported(BaseModel):
    """How many reports on the delivery of mails were new."""

    new: int
