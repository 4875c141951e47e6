"""What the house could not read of what an outside system sent. The subject is where the record lies."""

from contracts.base import Contract


class MessageRejected(Contract, name="rejected.message-rejected"):
    """A record of an inbound topic that breaks its contract: it was left out, and nothing followed from it."""

    rejected_by: str
    topic: str
    partition: int
    offset: int
    reason: str
    headers: dict[str, str]
    value: str
