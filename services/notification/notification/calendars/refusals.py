"""Every reason to say no to what is asked of calendar feeds."""

from dataclasses import dataclass

from kernel.refusal import Kind, Refusal


@dataclass(unsafe_hash=True)
class FeedUnknown(Refusal):
    """There is no such calendar feed, or none any more."""

    kind = Kind.UNKNOWN
    remedy = "Make another one with POST /calendar-feeds, and subscribe to the address that it answers with."


@dataclass(unsafe_hash=True)
class FeedsTooMany(Refusal):
    """You have {most} calendar feeds already."""

    kind = Kind.CONFLICT
    remedy = "Revoke one that is not read any more."
    most: int
