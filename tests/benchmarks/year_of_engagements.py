"""A year of engagements: a few real ones, and their streams once more under other ids, Parties and days.

A copy is written as a service writes: its events are decoded, folded, sealed with the stack's key, projected and
published by the service's own code, in one transaction; only nobody decides. The relay, the consumers of
other services, the gateway and the stream job take it from there.
"""

import re
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from hashlib import sha256
from random import Random
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import orjson
from tests.benchmarks.report import Tell

from artefact_review import aggregates as artefact_review
from assay_lab.invariants import CONSUMES
from assay_stack.home import Home
from assay_stack.keys import seal_key
from assay_stack.postgres import database_url
from certification import aggregates as certification
from chassis.eventstore.aggregate import AnyAggregate, Change, Publication
from chassis.eventstore.cause import Cause
from chassis.eventstore.seal import read_key
from chassis.eventstore.store import Origin, PendingEvent, numbered, published_by, write
from disputes import aggregates as disputes
from execution_tracker import aggregates as execution_tracker
from kernel.principal import Principal
from notification import aggregates as notification

AGGREGATES: Mapping[str, tuple[AnyAggregate, ...]] = {
    "disputes": (disputes.MATTERS,),
    "certification": (certification.COMPLETION,),
    "execution-tracker": (execution_tracker.EXECUTION,),
    "artefact-review": (artefact_review.PARTY, artefact_review.REVIEW),
    "notification": (notification.PARTY, notification.ENGAGEMENT),
}
"""What each service keeps, in the order in which a copy is written: the timer finds it last."""

WEEK = timedelta(weeks=1)
WEEKS_OF_A_YEAR = 52
COPIES_AT_ONCE = 8
"""Of a transaction in each service: what is held in memory, and how long a service waits for another's locks."""
SHARE_UNDER_WAY = 0.4
"""Of all stories: an engagement takes about five months of the year."""


@dataclass(frozen=True)
class StoredEvent:
    """An event as a service has stored it."""

    aggregate: AnyAggregate
    id: str
    type: str
    data: str
    metadata: str
    at: datetime


@dataclass(frozen=True)
class StoredAnswer:
    """What a request was answered."""

    caller: str
    key: str
    fingerprint: str
    outcome: str
    at: datetime


@dataclass(frozen=True)
class Story:
    """One Party's real engagements, one after the other, and where each may be cut off."""

    party: str
    engagements: tuple[str, ...]
    events: Mapping[str, tuple[StoredEvent, ...]]
    """by service, in the order of commits"""
    answers: Mapping[str, tuple[StoredAnswer, ...]]
    cuts: tuple[tuple[datetime, ...], ...]
    """for each engagement, instants of its life at which no fact was on its way; the last is after its end"""


async def read_story(home: Home, party: str, engagements: Sequence[str]) -> Story:
    """A Party's engagements, as every service has stored them."""
    ids, events, answers = (party, *engagements), {}, {}
    told: dict[tuple[str, str], datetime] = {}
    for service, aggregates in AGGREGATES.items():
        async with connected(home, service) as connection:
            streams = {aggregate.stream(id): (aggregate, id) for aggregate in aggregates for id in ids}
            rows = await connection.fetch(
                "SELECT stream, type, data::text, metadata::text, recorded_at FROM event "
                "WHERE stream = ANY($1) ORDER BY seq",
                list(streams),
            )
            events[service] = tuple(StoredEvent(*streams[stream], *rest) for stream, *rest in rows)
            rows = await connection.fetch(
                "SELECT caller, key, fingerprint, outcome::text, handled_at FROM request "
                "WHERE outcome->>'id' = ANY($1) ORDER BY handled_at",
                list(ids),
            )
            answers[service] = tuple(StoredAnswer(*row) for row in rows)
            rows = await connection.fetch(
                "SELECT subject || ':' || sequence AS id, time FROM public_message WHERE subject = ANY($1)", list(ids)
            )
            told |= {(f"assay.{service}", row["id"]): row["time"] for row in rows}
    return Story(party, tuple(engagements), events, answers, tuple(_cuts(engagements, events, told)))


def _cuts(
    engagements: Sequence[str],
    events: Mapping[str, Sequence[StoredEvent]],
    told: Mapping[tuple[str, str], datetime],
) -> Iterator[tuple[datetime, ...]]:
    """Midnights that no fact crosses: told before and acted upon after."""
    every = [event for stored in events.values() for event in stored]
    crossings = []
    for event in every:
        by = orjson.loads(event.metadata)
        if (before := told.get((by["actor"], by["cause"]))) is not None:
            crossings.append((before, event.at))
    begins = [min(event.at for event in every if event.id == id) for id in engagements]
    ends = [*begins[1:], max(event.at for event in every) + timedelta(days=1)]
    for begin, end in zip(begins, ends, strict=True):
        days = {event.at.date() for event in every if begin < event.at <= end} | {end.date()}
        yield tuple(
            midnight
            for midnight in map(_midnight, sorted(days))
            if begin < midnight and not any(before <= midnight < after for before, after in crossings)
        )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time_of_day(), UTC)


@dataclass(frozen=True)
class Copy:
    """A story once more, cut off at an instant, so many days earlier or later."""

    story: Story
    number: int
    until: datetime
    shift: timedelta

    @property
    def engagements(self) -> int:
        """How many engagements of the story had begun by then."""
        begun = {event.id for event in self.story.events["notification"] if event.at <= self.until}
        return len(begun.intersection(self.story.engagements))


def plan(stories: Sequence[Story], engagements: int, now: datetime) -> list[Copy]:
    """Copies with so many engagements together: of each kind, in every phase, spread over the year before now.

    What is under way was cut off within the last week: nobody has missed what a year's rest would have let them miss.
    """
    copies: list[Copy] = []
    left, chance = engagements, Random(engagements)
    while left > 0:
        number = len(copies) + 1
        story = stories[number // 2 % len(stories)]
        last = left > 1 and number % 2 == 0  # the story's last engagement too, or its first alone
        *midnights, end = story.cuts[-1 if last else 0]
        is_open = chance.random() < SHARE_UNDER_WAY
        until = chance.choice(midnights) if is_open else end
        weeks = (now - until) // WEEK - (0 if is_open else chance.randrange(WEEKS_OF_A_YEAR))
        copies.append(Copy(story, number, until, weeks * WEEK))
        left -= copies[-1].engagements
    return copies


NAMES = re.compile(
    r"(?P<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
    r"|(?P<day>\b\d{4}-[01]\d-[0-3]\d(?!\d))"
    r"|(?P<week>\b\d{4}-W\d{2}\b)"
    r"|(?P<words>\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2} "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d{4}\b)"
    r"|(?P<hash>\b[0-9a-f]{64}\b)"
    r"|(?P<number>\b[A-Z]+-\d{4}-\d{4,}-[A-Z]+\b)"
)


def _in_words_later(text: str, shift: timedelta) -> str:
    """A day in words, so much later; the month is written out where it was."""
    _, day, month, year = text.split()
    moved = datetime.strptime(f"{day} {month[:3]} {year}", "%d %b %Y").replace(tzinfo=UTC) + shift
    written = f"{moved:%B}" if len(month) > 3 else f"{moved:%b}"
    return f"{moved:%a} {moved.day} {written} {moved.year}"


@dataclass
class Numbers:
    """Gives certificates numbers that nobody has: gapless under each prefix and year, as the service does."""

    last: Counter[str]

    def next(self, number: str) -> str:
        """A number with the prefix, the year and the letters of another."""
        begin, year, _, letters = number.rsplit("-", 3)
        self.last[f"{begin}-{year}"] += 1
        return f"{begin}-{year}-{self.last[f'{begin}-{year}']:04d}-{letters}"


@dataclass
class Renaming:
    """Gives everything in a text that names something of the story the copy's own name, wherever it stands."""

    copy: Copy
    numbers: Numbers
    certificate_hashes: frozenset[str]
    _numbers: dict[str, str] = field(default_factory=dict)

    def __call__(self, text: str) -> str:
        """The text of the copy."""
        party = self.copy.story.party
        return NAMES.sub(self._renamed, text).replace(party, f"{party}-{self.copy.number}")

    def at(self, instant: datetime) -> datetime:
        """An instant of the copy."""
        return instant + self.copy.shift

    def _renamed(self, found: re.Match[str]) -> str:
        text, shift = found[0], self.copy.shift
        match found.lastgroup:
            case "uuid":
                return str(uuid5(UUID(text), str(self.copy.number)))
            case "day":
                return (date.fromisoformat(text) + shift).isoformat()
            case "week":
                year, week, _ = (date.fromisoformat(f"{text}-1") + shift).isocalendar()
                return f"{year}-W{week:02d}"
            case "words":
                return _in_words_later(text, shift)
            case "number":
                if text not in self._numbers:
                    self._numbers[text] = self.numbers.next(text)
                return self._numbers[text]
            case "hash" if text in self.certificate_hashes:
                return sha256(f"{text} {self.copy.number}".encode()).hexdigest()
        return text


@dataclass
class Seeder:
    """Writes copies into the databases of a stack that runs."""

    home: Home
    numbers: Numbers
    certificate_hashes: frozenset[str]
    origins: Mapping[str, Origin]
    events: int = 0
    messages: int = 0

    async def seed(self, copies: Sequence[Copy], tell: Tell) -> None:
        """Write all of them."""
        began = time.monotonic()
        for first in range(0, len(copies), COPIES_AT_ONCE):
            await self._write(copies[first : first + COPIES_AT_ONCE])
            done = min(first + COPIES_AT_ONCE, len(copies))
            if done == len(copies) or first // COPIES_AT_ONCE % 10 == 0:
                tell(f"{done} of {len(copies)} stories, {self.events} events after {time.monotonic() - began:.0f} s")

    async def _write(self, copies: Sequence[Copy]) -> None:
        renamings = [Renaming(copy, self.numbers, self.certificate_hashes) for copy in copies]
        pending = {
            service: [event for renaming in renamings for event in _events(renaming, service)] for service in AGGREGATES
        }
        published = {service: published_by(events) for service, events in pending.items()}
        await self._mark_inboxes(published)
        for service in AGGREGATES:
            await self._write_service(service, pending[service], published[service], renamings)

    async def _mark_inboxes(self, published: Mapping[str, Sequence[tuple[Publication, datetime, str, str]]]) -> None:
        """Before anything is told: what a copy holds, each service has handled already. Only the gateway has not."""
        told = {
            service: Counter(each.subject for each, *_ in publications if f"assay.{service}" == each.contract.TOPIC)
            for service, publications in published.items()
        }
        for service in AGGREGATES:
            rows = [
                (f"assay.{source}", subject, self.origins[source].timeline, last + 1)
                for source in CONSUMES[service]
                for subject, last in told[source].items()
            ]
            async with connected(self.home, service) as connection:
                await connection.executemany(
                    "INSERT INTO inbox (source, subject, timeline, next_sequence) VALUES ($1, $2, $3, $4)", rows
                )

    async def _write_service(
        self,
        service: str,
        pending: Sequence[PendingEvent],
        published: Sequence[tuple[Publication, datetime, str, str]],
        renamings: Iterable[Renaming],
    ) -> None:
        origin = self.origins[service]
        async with connected(self.home, service) as connection, connection.transaction():
            public = await numbered(connection, origin, published)
            await write(connection, origin, pending, public)
            answers = [answer for renaming in renamings for answer in _answers(renaming, service)]
            await connection.executemany("INSERT INTO request VALUES ($1, $2, $3, $4, $5)", answers)
        self.events += len(pending)
        self.messages += len(public.messages)


async def seeder(home: Home, stories: Sequence[Story]) -> Seeder:
    """What writes copies of some stories."""
    async with connected(home, "certification") as connection:
        certificates = await connection.fetch("SELECT prefix, year, serial, pdf_sha256, json_sha256 FROM certificate")
        last: Counter[str] = Counter()
        for row in certificates:
            key = f"{row['prefix']}-{row['year']}"
            last[key] = max(last[key], row["serial"])
    hashes = frozenset(row[name] for row in certificates for name in ("pdf_sha256", "json_sha256"))
    origins = {service: Origin(read_key(seal_key(home, service))) for service in AGGREGATES}
    return Seeder(home, Numbers(last), hashes, origins)


def _events(renaming: Renaming, service: str) -> Iterator[PendingEvent]:
    """A copy's events, folded one after the other."""
    states: dict[str, Any] = {}
    versions: defaultdict[str, int] = defaultdict(int)
    for stored in renaming.copy.story.events[service]:
        if stored.at > renaming.copy.until:
            continue
        aggregate, id = stored.aggregate, renaming(stored.id)
        stream = aggregate.stream(id)
        event = aggregate.codec.decode(stored.type, renaming(stored.data))
        before = states[stream] if stream in states else aggregate.initial()
        states[stream] = aggregate.evolve(before, event)
        versions[stream] += 1
        by = orjson.loads(renaming(stored.metadata))
        cause = Cause(by["cause"], Principal(by["actor"], by["role"], by["party"]))
        change = Change(id, versions[stream], event, states[stream], renaming.at(stored.at), cause.actor.name)
        yield PendingEvent(aggregate, change, cause, by["trace"])


def _answers(renaming: Renaming, service: str) -> Iterator[tuple[str, str, str, str, datetime]]:
    for stored in renaming.copy.story.answers[service]:
        if stored.at <= renaming.copy.until:
            key, outcome = renaming(stored.key), renaming(stored.outcome)
            yield renaming(stored.caller), key, stored.fingerprint, outcome, renaming.at(stored.at)


@asynccontextmanager
async def connected(home: Home, service: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection to a service's database."""
    connection = await asyncpg.connect(database_url(home, service))
    try:
        yield connection
    finally:
        await connection.close()
