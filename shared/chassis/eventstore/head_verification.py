"""Whether the heads of a service's chain that were published are all there, its own, and those of this database."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chassis.eventstore.chain_verification import Break, PublishedHead
from chassis.eventstore.seal import SealKey
from chassis.process.database import Connection, load_queries
from contracts.audit import ChainHeadPublished

QUERIES = load_queries(Path(__file__).parent / "head_verification.sql")


@dataclass(frozen=True)
class HeadsOnTopic:
    """What lies on the topic of a service's heads, and whether its beginning is gone."""

    heads: tuple[ChainHeadPublished, ...] = ()
    cut_off: bool = False
    expected: int | None = None
    """how many the database said were published, before the topic was read: a relay that runs publishes more"""


async def heads_expected(connection: Connection) -> int:
    """How many heads of its timeline a service has published, as its database says."""
    row = await connection.fetchrow(QUERIES["stored"])
    return int(row["published"]) if row else 0


def is_own(head: ChainHeadPublished, key: SealKey) -> bool:
    """Whether a head carries the seal of the service that it names."""
    return head.seal == key.head(head.service, head.timeline, head.number, head.position, head.hash)


async def verify_heads(
    connection: Connection, service: str, on_topic: HeadsOnTopic, key: SealKey | None
) -> tuple[list[PublishedHead], list[Break]]:
    """The heads that the chain is to be compared with, and what is wrong with the heads themselves.

    Heads are numbered from 1 in each timeline; one that was published beyond the beginning of a later timeline was lost
    with its database, as operations have said.
    """
    stored = await connection.fetchrow(QUERIES["stored"])
    begun = await connection.fetch(QUERIES["timelines"])
    own: list[ChainHeadPublished] = []
    foreign: list[ChainHeadPublished] = []
    for each in on_topic.heads:
        (own if key is None or is_own(each, key) else foreign).append(each)
    found = [*_foreign(foreign, begun, key), *_missing(service, on_topic, own, stored, begun)]
    ends = {row["number"] - 1: row["position"] for row in begun}
    kept = [each for each in own if each.position <= _end(each.timeline, ends)]
    return [PublishedHead(each.position, each.hash) for each in kept], found


def _end(timeline: int, ends: dict[int, int]) -> float:
    """Up to which position the heads of a timeline are those of this database."""
    return min((position for number, position in ends.items() if number >= timeline), default=float("inf"))


def _foreign(heads: Iterable[ChainHeadPublished], begun: Iterable[Any], key: SealKey | None) -> Iterator[Break]:
    """What does not carry the service's seal: heads, and timelines among those that were begun."""
    for each in heads:
        yield Break(each.position, "a head that is not the service's own lies on the topic")
    for row in begun:
        parts = (row["number"], row["position"], row["hash"], row["reason"], row["actor"])
        if key and row["seal"] != key.timeline(*parts):
            yield Break(row["position"], f"timeline {row['number']} was begun by somebody without the service's key")


def _missing(
    service: str, on_topic: HeadsOnTopic, own: Sequence[ChainHeadPublished], stored: Any, begun: Sequence[Any]
) -> Iterator[Break]:
    """Heads that were published and are not on the topic any more."""
    if on_topic.cut_off:
        yield Break(0, "the topic of the heads does not begin at its beginning")
    if stored["position"] and not own:
        yield Break(stored["position"], f"no head of {service} lies on the topic, though there are events")
        return
    present = max((row["number"] for row in begun), default=1)
    expected = stored["published"] if on_topic.expected is None else on_topic.expected
    for timeline in sorted({each.timeline for each in own} | {present}):
        numbers = {each.number for each in own if each.timeline == timeline}
        last = max(*numbers, expected, 0) if timeline == present else max(numbers, default=0)
        if gone := sorted(set(range(1, last + 1)) - numbers):
            said = f"{len(gone)} heads of timeline {timeline} are gone from the topic, the first is number {gone[0]}"
            yield Break(0, said)
