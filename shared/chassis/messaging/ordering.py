"""The order of messages: which of a batch have their turn, and which came before it. Pure.

A source numbers what it publishes about a subject without gaps, so that a number that was seen marks a duplicate, and
one that is missing marks a gap. Outside systems number nothing: of theirs, only a repetition is known.

A source whose database was brought back to an earlier state begins a new timeline: it goes on from the last number that
is left to it. What it numbers then takes the place of what was lost, though that was handled here.

A message whose type nothing handles has its turn and leads to nothing. Which these were is kept: a later release that
handles the type takes them late, each once and in their order.
"""

import shlex
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from chassis.messaging.decoding import OWN_PREFIX, Key, Message


@dataclass(frozen=True)
class Gap:
    """The numbers of a source about a subject that have not come though a later one has: `first` to `last`."""

    source: str
    subject: str
    first: int
    last: int

    def __str__(self) -> str:
        numbers = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        return f"{numbers} of {self.source} about {self.subject}"

    @property
    def command(self) -> str:
        """How operations get what is missing."""
        service, subject = self.source.removeprefix(OWN_PREFIX), shlex.quote(self.subject)
        return f"assay republish {service} --subject {subject} --from {self.first} --reason ..."


@dataclass(frozen=True)
class OutOfOrder:
    """A message that came before its turn: in this batch, or in a former one and parked under a number."""

    message: Message
    parked: int | None = None


@dataclass(frozen=True)
class Known:
    """What the database knows of the subjects of a batch."""

    expected: Mapping[Key, int]
    """the next number of each source and subject; none where nothing has come yet"""
    out_of_order: Mapping[Key, Mapping[int, OutOfOrder]]
    """what is parked and only waits for its turn, by number"""
    timelines: Mapping[Key, int] = field(default_factory=dict)
    """in which timeline each source and subject was handled last; in the first where nothing has come yet"""
    blocked: frozenset[Key] = frozenset()
    """those of which an earlier message is parked"""
    new_unsequenced: frozenset[Key] = frozenset()
    """source and id of each message of an outside system that has not come before"""
    unhandled: Mapping[Key, Sequence[tuple[int, int]]] = field(default_factory=dict)
    """the numbers that had their turn and led to nothing, as ranges: the first, and the one after the last"""
    revoked: Mapping[Key, Sequence[tuple[int, int]]] = field(default_factory=dict)
    """of those that have unhandled numbers: each timeline that was begun, and the first number that it gave out"""


@dataclass(frozen=True)
class Advance:
    """How far a batch brings a source and subject, from what was expected before (0: nothing had come yet)."""

    key: Key
    expected_before: int
    expected_after: int
    timeline: int = 1


@dataclass(frozen=True)
class Revoked:
    """What was handled of a source and subject and is no more: the source began a timeline from before it."""

    key: Key
    timeline: int
    first: int
    last: int


@dataclass
class Settled:
    """What a batch changes of a source and subject's unhandled numbers."""

    late: set[int] = field(default_factory=set)
    """handled now"""
    added: set[int] = field(default_factory=set)
    """without a handler"""
    revoked_from: int | None = None
    """from here on they are no more"""

    def revoke(self, first: int) -> None:
        """What was numbered from here on is no more."""
        self.revoked_from = first if self.revoked_from is None else min(first, self.revoked_from)
        self.added = {each for each in self.added if each < first}


@dataclass(frozen=True)
class Sequenced:
    """A batch in its order."""

    ready: tuple[Message, ...]
    """the messages that have their turn, each followed by those that waited for it"""
    early: tuple[tuple[Message, str], ...] = ()
    """those that came before their turn, and which gap they wait for"""
    advances: tuple[Advance, ...] = ()
    """what must not have moved meanwhile: all that moves, and all that an early message was compared with"""
    unparked: tuple[int, ...] = ()
    """the numbers of parked messages that are among those ready"""
    duplicates: int = 0
    revoked: tuple[Revoked, ...] = ()
    unhandled: tuple[Message, ...] = ()
    """those that have their turn, and nothing handles them"""
    settled: Mapping[Key, Settled] = field(default_factory=dict)


def in_sequence(
    messages: Sequence[Message], known: Known, handles: Callable[[str], bool] = lambda _type: True
) -> Sequenced:
    """Put a batch in its order; `handles` says whether anything handles a type."""
    sequencer = _Sequencer(known, handles)
    for message in messages:
        sequencer.take(message)
    return sequencer.sequenced()


class _Sequencer:
    """How far a batch has come."""

    def __init__(self, known: Known, handles: Callable[[str], bool]) -> None:
        self._known = known
        self._handles = handles
        self._unhandled: list[Message] = []
        self._settled: dict[Key, Settled] = defaultdict(Settled)
        self._expected = dict(known.expected)
        self._timelines = dict(known.timelines)
        self._revoked: list[Revoked] = []
        self._waiting = {key: dict(waiting) for key, waiting in known.out_of_order.items()}
        self._new_unsequenced = set(known.new_unsequenced)
        self._ready: list[Message] = []
        self._unparked: list[int] = []
        self._duplicates = 0

    def take(self, message: Message) -> None:
        """Take the next message of the batch."""
        sequence = message.envelope.sequence
        if sequence is None:
            self._take_unsequenced(message)
        else:
            self._take_sequenced(message, sequence)

    def _take_unsequenced(self, message: Message) -> None:
        identity = (message.envelope.source, message.envelope.id)
        if not self._handles(message.envelope.type):
            self._unhandled.append(message)
        elif identity in self._new_unsequenced:
            self._new_unsequenced.discard(identity)
            self._ready.append(message)
        else:
            self._duplicates += 1

    def _take_sequenced(self, message: Message, sequence: int) -> None:
        self._release(message.key)
        if self._is_late(message, sequence):
            self._settled[message.key].late.add(sequence)
            self._ready.append(message)
            return
        waiting, timeline = self._waiting.setdefault(message.key, {}), message.envelope.timeline
        if timeline > self._timelines.get(message.key, 1) and sequence < self._expected.get(message.key, 1):
            self._revoke(message.key, timeline, sequence)
        if (
            timeline < self._timelines.get(message.key, 1)
            or sequence < self._expected.get(message.key, 1)
            or (sequence in waiting and timeline <= waiting[sequence].message.envelope.timeline)
        ):
            self._duplicates += 1
            return
        self._drop(waiting.get(sequence))
        waiting[sequence] = OutOfOrder(message)
        self._release(message.key)

    def _is_late(self, message: Message, sequence: int) -> bool:
        """Whether a message had its turn when nothing handled its type, and something does now."""
        if sequence >= self._known.expected.get(message.key, 1) or not self._handles(message.envelope.type):
            return False
        if not any(first <= sequence < beyond for first, beyond in self._known.unhandled.get(message.key, ())):
            return False
        revoked = self._known.revoked.get(message.key, ())
        if any(message.envelope.timeline < timeline and first <= sequence for timeline, first in revoked):
            return False
        settled = self._settled[message.key]
        return sequence not in settled.late and (settled.revoked_from is None or sequence < settled.revoked_from)

    def _revoke(self, key: Key, timeline: int, sequence: int) -> None:
        """Go back to where a new timeline begins."""
        self._settled[key].revoke(sequence)
        self._revoked.append(Revoked(key, timeline, sequence, self._expected[key] - 1))
        self._timelines[key], self._expected[key] = timeline, sequence

    def _drop(self, lost: OutOfOrder | None) -> None:
        """Forget what waits for its turn and is no more."""
        if lost is not None and lost.parked is not None:
            self._unparked.append(lost.parked)

    def _release(self, key: Key) -> None:
        """Make ready what waits for its turn and has it now."""
        waiting = self._waiting.get(key, {})
        while turn := waiting.pop(self._expected.get(key, 1), None):
            if turn.message.envelope.timeline < self._timelines.get(key, 1):
                self._drop(turn)
                continue
            self._timelines[key] = turn.message.envelope.timeline
            self._expected[key] = self._expected.get(key, 1) + 1
            self._take_turn(turn.message, self._expected[key] - 1)
            if turn.parked is not None:
                self._unparked.append(turn.parked)

    def _take_turn(self, message: Message, sequence: int) -> None:
        if self._handles(message.envelope.type):
            self._ready.append(message)
        else:
            self._unhandled.append(message)
            self._settled[message.key].added.add(sequence)

    def sequenced(self) -> Sequenced:
        """The batch in its order."""
        return Sequenced(
            tuple(self._ready),
            tuple(self._early()),
            tuple(self._advances()),
            tuple(self._unparked),
            self._duplicates,
            tuple(self._revoked),
            tuple(self._unhandled),
            self._settled,
        )

    def _early(self) -> Iterator[tuple[Message, str]]:
        for key in self._waiting:
            if early := self._early_of(key):
                expected = self._expected.get(key, 1)
                gap = Gap(*key, expected, min(self._waiting[key]) - 1)
                reason = f"gap: {gap} did not come before it; get what is missing with `{gap.command}`"
                yield from ((message, reason) for message in early)

    def _early_of(self, key: Key) -> list[Message]:
        """Of what waits for its turn, that which came in this batch."""
        waiting = self._waiting[key]
        return [waiting[sequence].message for sequence in sorted(waiting) if waiting[sequence].parked is None]

    def _advances(self) -> Iterator[Advance]:
        before = self._known.expected
        moved = {key for key, expected in self._expected.items() if expected != before.get(key)}
        moved |= {each.key for each in self._revoked}
        # What is parked as too early must not have had its turn meanwhile. Where nothing has come yet, 1 is expected.
        for key in sorted(moved | {key for key in self._waiting if self._early_of(key)}):
            yield Advance(key, before.get(key, 0), self._expected.get(key, 1), self._timelines.get(key, 1))
