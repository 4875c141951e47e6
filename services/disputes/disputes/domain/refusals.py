"""Every reason to say no."""

from dataclasses import dataclass

from kernel.refusal import Kind, Refusal


@dataclass(unsafe_hash=True)
class EngagementUnknown(Refusal):
    """There is no engagement {engagement}."""

    kind = Kind.UNKNOWN
    remedy = "Use the id that the notification was answered with."
    engagement: str
