"""The order of messages: which of a batch have their turn, and which came before it. Pure.

A source numbers what it publishes about a subject without gaps, so that a number that was seen marks a duplicate, and
one that is missing marks a gap. Outside systems number nothing: of theirs, only a repetition is known.

A source whose database was brought back to an earlier state begins a new timeline: it goes on from the last number that
is left to it. What it numbers then takes the place of what was lost, though that was handled here.
"""

import shlex
from collections.abc import Iterator, Mapping, Sequence
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


def in_sequence(messages: Sequence[Message], known: Known) -> Sequenced:
    """Put a batch in its order."""
    sequencer = _Sequencer(known)
    for message in messages:
        sequencer.take(message)
    return sequencer.sequenced()


class _Sequencer:
    """How far a batch has come."""

    def __init__(self, known: Known) -> None:
        self._known = known
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
        if identity in self._new_unsequenced:
            self._new_unsequenced.discard(identity)
            self._ready.append(message)
        else:
            self._duplicates += 1

    def _take_sequenced(self, message: Message, sequence: int) -> None:
        self._release(message.key)
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

    def _revoke(self, key: Key, timeline: int, sequence: int) -> None:
        """Go back to where a new timeline begins."""
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
            self._ready.append(turn.message)
            if turn.parked is not None:
                self._unparked.append(turn.parked)

    def sequenced(self) -> Sequenced:
        """The batch in its order."""
        return Sequenced(
            tuple(self._ready),
            tuple(self._early()),
            tuple(self._advances()),
            tuple(self._unparked),
            self._duplicates,
            tuple(self._revoked),
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
