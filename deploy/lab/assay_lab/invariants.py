"""What must hold of a stack whatever was done to it: nothing lost, nothing twice, nothing out of order."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from assay_lab.observed_facts import Arrival, Ledger, ObservedFacts, arrivals, issued, ledgers
from assay_stack.home import Home

SETTLE_SECONDS = 60.0
POLL_SECONDS = 0.2
CONSUMES: Mapping[str, tuple[str, ...]] = {
    "notification": ("artefact-review", "execution-tracker", "certification", "disputes"),
    "artefact-review": ("notification", "certification", "disputes"),
    "execution-tracker": ("notification", "artefact-review", "certification", "disputes"),
    "certification": ("notification", "artefact-review", "execution-tracker", "disputes"),
    "disputes": ("notification", "artefact-review", "certification"),
    "gateway": ("notification", "artefact-review", "execution-tracker", "certification", "disputes"),
}
"""Whose facts each service consumes."""
REGISTER = "/"
"""In the subject of a row of the eligibility register: its topic is compacted, and no service consumes it."""


@dataclass(frozen=True)
class Findings:
    """Counts; all but the first three must be zero."""

    engagements: int
    events: int
    certificates: int
    lost: int
    """facts that were committed and did not arrive at their topic, at a service that consumes it or in the figures
    of the dashboard; and numbered certificates that were never issued"""
    doubled: int
    """causes that acted twice, and facts that stand on their topic in two versions"""
    out_of_order: int
    """facts that arrived at their topic, or acted, after a later one of their subject"""
    certificates_doubled: int
    parked: int
    gaps: int
    """events that are missing from their streams"""

    @property
    def hold(self) -> bool:
        """Whether every invariant holds."""
        broken = (self.lost, self.doubled, self.out_of_order, self.certificates_doubled, self.parked, self.gaps)
        return not any(broken)


async def check(home: Home, settle_seconds: float = SETTLE_SECONDS) -> Findings:
    """Wait until everything that was committed has arrived everywhere (bounded), then count."""
    deadline = time.monotonic() + settle_seconds
    while True:
        found = await ledgers(home)
        if not _on_the_way(found) or time.monotonic() > deadline:
            return findings(ObservedFacts(found, await arrivals(home), await issued(home)))
        await asyncio.sleep(POLL_SECONDS)


def findings(observed: ObservedFacts) -> Findings:
    """What the observed comes to."""
    found = observed.ledgers
    issues = Counter(observed.issued)
    return Findings(
        engagements=len(set(_facts(found["execution-tracker"]))),
        events=_sum(found, "events"),
        certificates=len(observed.issued),
        lost=_on_the_way(found) + sum(_vanished(found[name], observed.arrivals.get(name, ())) for name in found),
        doubled=_sum(found, "doubled") + sum(_contradicted(each) for each in observed.arrivals.values()),
        out_of_order=_sum(found, "disordered") + sum(_out_of_order(each) for each in observed.arrivals.values()),
        certificates_doubled=max(
            sum(count - 1 for count in issues.values()), found["certification"].counts["certificates_doubled"]
        ),
        parked=_sum(found, "parked"),
        gaps=_sum(found, "gaps"),
    )


def _on_the_way(found: Mapping[str, Ledger]) -> int:
    """What has not arrived in every database, yet or for ever."""
    waiting = sum(_sum(found, name) for name in ("pending", "unchecked", "uncounted", "unsigned"))
    return waiting + sum(_unconsumed(found, name) for name in found)


def _unconsumed(found: Mapping[str, Ledger], name: str) -> int:
    consumed = found[name].consumed
    return sum(
        max(0, sequence - consumed.get((f"assay.{source}", subject), 0))
        for source in CONSUMES[name]
        for subject, sequence in _facts(found[source]).items()
    )


def _vanished(ledger: Ledger, arrived: Iterable[Arrival]) -> int:
    """Facts that are not on their topic; of a compacted one, those whose subject has not come to its last."""
    there: dict[str, set[int]] = defaultdict(set)
    for each in arrived:
        there[each.subject].update(range(1, each.sequence + 1) if each.compacted else (each.sequence,))
    return sum(max(0, last - len(there[subject])) for subject, last in ledger.published.items())


def _contradicted(arrived: Iterable[Arrival]) -> int:
    """Facts that stand on their topic in more than one version. To come again unchanged is no harm.

    What was lost with a database stands there beside what took its place in a later timeline.
    """
    versions: dict[tuple[str, int, int], set[bytes]] = defaultdict(set)
    for each in arrived:
        versions[each.subject, each.timeline, each.sequence].add(each.content)
    return sum(len(contents) - 1 for contents in versions.values())


def _out_of_order(arrived: Iterable[Arrival]) -> int:
    """A fact may come again after a crash; it may not come for the first time before an earlier one."""
    last: dict[str, int] = defaultdict(int)
    wrong = 0
    for each in _kept(arrived):
        wrong += each.sequence > last[each.subject] + 1
        last[each.subject] = max(last[each.subject], each.sequence)
    return wrong


def _kept(arrived: Iterable[Arrival]) -> Iterator[Arrival]:
    return (each for each in arrived if not each.compacted)


def _facts(ledger: Ledger) -> dict[str, int]:
    """What is consumed of what was published."""
    return {subject: sequence for subject, sequence in ledger.published.items() if REGISTER not in subject}


def _sum(found: Mapping[str, Ledger], count: str) -> int:
    return sum(ledger.counts.get(count, 0) for ledger in found.values())
