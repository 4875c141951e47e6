"""Whatever is repeated, delayed, cut into batches or mixed between sources: the end is that of the sequential run."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chassis.eventstore import chain_verification
from chassis.eventstore.runtime import state_cache
from chassis.messaging.cloudevents import Envelope
from chassis.messaging.inbox import Inbox
from chassis.messaging.records import Record
from chassis.observability.gauges import parked_count
from chassis.process.database import Connection
from testing import ledger
from testing.ledger_facts import NOTIFIED, NOW, confirmed, held
from testing.probe import SEAL_KEY, Kafka, Postgres, Probe, running

SOURCES = ("assay.notification", "assay.certification")
SUBJECTS = 2
WORDS = "abcdefghij"


class Died(ConnectionError):
    """The process ended."""


class Loop:
    """Runs what the machine does, which is not asynchronous, in one event loop beside it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What it comes to."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)


class Deliveries(RuleBasedStateMachine):
    """What sources send, and the ways in which it may arrive."""

    probe: Probe
    loop: Loop

    @initialize()
    def begin(self) -> None:
        self.inbox = Inbox(self.probe.runtime, ledger.HANDLERS)
        self.subjects = [str(uuid4()) for _ in range(SUBJECTS)]
        self.sent: dict[tuple[str, str], list[Record]] = defaultdict(list)
        self.arrived: dict[tuple[str, str], set[int]] = defaultdict(set)
        for subject in self.subjects:
            self._send(SOURCES[0], subject, NOTIFIED)
            self._handle([self._pick(SOURCES[0], subject, 0)])

    def _send(self, source: str, subject: str, contract: Any) -> None:
        number = len(self.sent[source, subject]) + 1
        event = Envelope(f"{source}:{subject}:{number}", source, contract.TYPE, subject, NOW, number)
        headers, value = tuple(event.headers()), contract.model_dump_json().encode()
        self.sent[source, subject].append(Record(source, 0, number, headers, value))

    def _pick(self, source: str, subject: str, at: int) -> Record:
        self.arrived[source, subject].add(at)
        return self.sent[source, subject][at]

    def _handle(self, records: list[Record]) -> None:
        self.loop.run(self.inbox.handle(records))

    @rule(source=st.sampled_from(SOURCES), subject=st.integers(0, SUBJECTS - 1), word=st.sampled_from(WORDS))
    def a_source_says_something(self, source: str, subject: int, word: str) -> None:
        at = len(self.sent[source, self.subjects[subject]])
        says = held if source == SOURCES[0] else confirmed
        self._send(source, self.subjects[subject], says(f"{SOURCES.index(source) * 'z'}{word}{'x' * at}"))

    @precondition(lambda self: any(self.sent.values()))
    @rule(data=st.data())
    def any_of_it_arrives(self, data: st.DataObject) -> None:
        """A batch: late, early, again, in any order."""
        sendable = [(key, at) for key, records in sorted(self.sent.items()) for at in range(len(records))]
        chosen = data.draw(st.lists(st.sampled_from(sendable), min_size=1, max_size=8))
        self._handle([self._pick(*key, at) for key, at in chosen])

    @precondition(lambda self: any(self.sent.values()))
    @rule(data=st.data())
    def the_process_dies_before_the_commit(self, data: st.DataObject) -> None:
        """Nothing of the batch was kept: it comes again, sooner or later."""
        records = [record for each in self.sent.values() for record in each]
        chosen = data.draw(st.lists(st.sampled_from(records), min_size=1, max_size=8))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.probe.runtime, "transaction", self._dying)
            with pytest.raises(Died):
                self._handle(chosen)

    @asynccontextmanager
    async def _dying(self) -> AsyncIterator[Connection]:
        async with self.probe.runtime.pool.acquire() as connection, connection.transaction():
            yield connection
            raise Died

    @rule()
    def the_process_starts_anew(self) -> None:
        """Nothing that it remembers is needed."""
        self.inbox = Inbox(self.probe.runtime, ledger.HANDLERS)
        self.probe.runtime.cache = state_cache()

    @invariant()
    def what_arrived_without_a_gap_has_acted_once_and_in_order(self) -> None:
        if not hasattr(self, "subjects"):
            return
        for subject in self.subjects:
            entries = self._entries(subject)
            for number, source in enumerate(SOURCES):
                ours = [entry for entry in entries if entry.startswith("z") == bool(number)]
                assert ours == self._expected(source, subject)

    def _entries(self, subject: str) -> list[str]:
        query = "SELECT entry FROM entry WHERE id = $1 ORDER BY version"
        return [row["entry"] for row in self.loop.run(self.probe.runtime.pool.fetch(query, subject))]

    def _expected(self, source: str, subject: str) -> list[str]:
        """What a run in order would have entered of what has arrived without a gap."""
        arrived = self.arrived[source, subject]
        whole = next(at for at in range(len(arrived) + 1) if at not in arrived)
        records = self.sent[source, subject][:whole]
        return [word for record in records if (word := _word(record)) is not None]

    def teardown(self) -> None:
        """In the end everything has arrived: nothing is parked, and the chain holds."""
        if not hasattr(self, "subjects"):
            return
        for (source, subject), records in sorted(self.sent.items()):
            self._handle([self._pick(source, subject, at) for at in range(len(records))])
        self.what_arrived_without_a_gap_has_acted_once_and_in_order()
        assert self.loop.run(parked_count(self.probe.runtime.pool)) == (0, 0)
        assert self.loop.run(self._intact())

    async def _intact(self) -> bool:
        connection = await asyncpg.connect(self.probe.runtime.settings.database_url)
        try:
            return (await chain_verification.verify(connection, key=SEAL_KEY)).intact
        finally:
            await connection.close()


def _word(record: Record) -> str | None:
    said = orjson.loads(record.value)
    word: str | None = said.get("guidance") or said.get("confirmed_by")
    return word


@pytest.fixture
async def machine(postgres: Postgres, kafka: Kafka) -> Any:
    async with running(ledger.build, postgres, kafka) as probe:
        Deliveries.probe, Deliveries.loop = probe, Loop(asyncio.get_running_loop())
        yield Deliveries


# The strategies draw nothing at random by themselves: the loop beside them does, in Kafka's clients.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module")
async def test_however_messages_arrive_the_end_is_that_of_the_sequential_run(machine: Any) -> None:
    chosen = settings(max_examples=25, stateful_step_count=20, suppress_health_check=list(HealthCheck))
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=chosen)
