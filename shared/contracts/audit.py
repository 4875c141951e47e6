"""How far the chain of a service's stored events has come, told outside of its database. The subject is the service."""

from contracts.base import Contract, Instant


class ChainHeadPublished(Contract, name="audit.chain-head-published"):
    """The first `position` events of a service are sealed by `hash` (SHA-256, hexadecimal): they stay as they are."""

    service: str
    position: int
    hash: str
    published_at: Instant
