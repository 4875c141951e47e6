"""Every reason to say no to what is asked of webhooks."""

from dataclasses import dataclass

from kernel.refusal import Kind, Refusal


@dataclass(unsafe_hash=True)
class WebhookUnknown(Refusal):
    """You have no such webhook."""

    kind = Kind.UNKNOWN
    remedy = "Use the id of one of your own, as GET /webhooks lists them."


@dataclass(unsafe_hash=True)
class EventUnknown(Refusal):
    """There is no event {event}."""

    remedy = "Name events as they are published, for example {near}; none for all."
    event: str
    near: str


@dataclass(unsafe_hash=True)
class WebhooksTooMany(Refusal):
    """You have {most} webhooks already."""

    kind = Kind.CONFLICT
    remedy = "Delete one that is not needed any more."
    most: int


@dataclass(unsafe_hash=True)
class WebhookOfNobody(Refusal):
    """A webhook is told what its organisation may see, and you act for none."""

    kind = Kind.FORBIDDEN
    remedy = "Act for the organisation, for example Assay-Acting-As: {role}/EXSUP."
    role: str


@dataclass(unsafe_hash=True)
class ReplayOfNothing(Refusal):
    """It is not said what is to be sent again."""

    remedy = "Name one delivery, or an instant from which on all is sent again."
