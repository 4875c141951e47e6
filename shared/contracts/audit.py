"""How far the chain of a service's stored events has come, told outside of its database. The subject is the service."""

from contracts.base import Contract, Instant


class ChainHeadPublished(Contract, name="audit.chain-head-published"):
    """The first `position` events of a service are linked by `hash` (SHA-256, hexadecimal): they stay as they are.

    Heads of a timeline are numbered from 1 without gaps; the same number may come twice. `seal` is a keyed hash of the
    rest but the time, hexadecimal.
    """

    service: str
    timeline: int
    number: int
    position: int
    hash: str
    published_at: Instant
    seal: str
