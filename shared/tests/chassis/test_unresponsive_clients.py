"""A Kafka client that has become unresponsive is made anew, and no work of the background ends in silence."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.structs import BrokerMetadata

from chassis import timing
from chassis.messaging import kafka_clients
from chassis.messaging.consumer import Consumer
from chassis.messaging.kafka_clients import ClientHealth, ClientUnresponsive, Unstoppable
from chassis.process.tasks import UnexpectedCancel, UnexpectedReturn, run_forever_together, run_to_completion
from contracts.disputes import ReferralRightLapsed
from kernel.broker import client_options
from testing import ledger
from testing.ledger_facts import NOTIFIED, held
from testing.probe import Kafka, Postgres, Probe, running

NOBODY = client_options("127.0.0.1:1")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "CLIENT_UNRESPONSIVE_SECONDS", 0.5)
    monkeypatch.setattr(timing, "HEALTH_CHECK_SECONDS", 0.1)
    monkeypatch.setattr(timing, "KAFKA_ANSWER_SECONDS", 1.0)


class Made:
    """The Kafka clients that a service has made, in turn."""

    def __init__(self) -> None:
        self.consumers: list[AIOKafkaConsumer] = []
        self.producers: list[AIOKafkaProducer] = []


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    made, consumer = Made(), Consumer._consumer

    def consume(self: Consumer) -> AIOKafkaConsumer:
        made.consumers.append(consumer(self))
        return made.consumers[-1]

    def produce(*given: Any, **settings: Any) -> AIOKafkaProducer:
        made.producers.append(AIOKafkaProducer(*given, **settings))
        return made.producers[-1]

    monkeypatch.setattr(Consumer, "_consumer", consume)
    monkeypatch.setattr("chassis.messaging.relay.AIOKafkaProducer", produce)
    return made


@pytest.fixture
async def it(postgres: Postgres, kafka: Kafka, impatient: None, made: Made) -> AsyncIterator[Probe]:
    async with running(ledger.build, postgres, kafka) as probe:
        yield probe


async def cut_off(client: AIOKafkaClient) -> None:
    """Let a client look for its broker where nobody is."""
    client.cluster._brokers = {node: BrokerMetadata(node, "127.0.0.1", 1, None) for node in client.cluster._brokers}
    for connection in list(client._conns.values()):
        connection.close()


async def test_an_unresponsive_consumer_is_made_anew_and_goes_on(it: Probe, made: Made) -> None:
    id = str(uuid4())
    await it.deliver(NOTIFIED, id)
    await cut_off(made.consumers[-1]._client)
    await it.deliver(held("word"), id)
    assert len(made.consumers) > 1


async def test_an_unresponsive_producer_is_made_anew_and_what_it_held_is_published(it: Probe, made: Made) -> None:
    id = str(uuid4())
    await it.deliver(NOTIFIED, id)
    await cut_off(made.producers[-1].client)
    await it.deliver(held("word"), id)
    assert (await it.published(ReferralRightLapsed, id)).because == "word"
    assert len(made.producers) > 1


async def test_a_client_is_not_unresponsive_while_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "CLIENT_UNRESPONSIVE_SECONDS", 0.0)
    silent = ClientHealth(NOBODY)
    for _ in range(3):
        await silent.check(responded=False)
    assert silent == ClientHealth(NOBODY)


async def test_a_client_that_responded_meanwhile_is_not_unresponsive(
    kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "CLIENT_UNRESPONSIVE_SECONDS", 0.0)
    hears = ClientHealth(client_options(kafka.bootstrap))
    for responded in (False, True, False):
        await hears.check(responded)
    with pytest.raises(ClientUnresponsive, match="though Kafka answers others"):
        await hears.check(responded=False)


async def test_a_consumer_whose_own_tasks_cut_its_end_short_is_made_anew_and_leaves_nothing(
    it: Probe, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As aiokafka does when it is stopped while a fetch pauses after an error."""
    close = Fetcher.close

    async def cut_short(self: Fetcher) -> None:
        monkeypatch.setattr(Fetcher, "close", close)
        await close(self)
        raise asyncio.CancelledError

    monkeypatch.setattr(Fetcher, "close", cut_short)
    ending = made.consumers[-1]
    await cut_off(ending._client)
    await it.deliver(NOTIFIED, str(uuid4()))
    assert made.consumers[-1] is not ending
    assert ending._client._sync_task is None, "the client of the consumer whose end was cut short works on"


async def test_a_client_that_does_not_stop_is_waited_for_only_while_nobody_answers(
    kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "CLIENT_STOP_SECONDS", 0.1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await kafka_clients.stop(NOBODY, _for_ever())
    with pytest.raises(Unstoppable):
        await kafka_clients.stop(client_options(kafka.bootstrap), _for_ever())


def test_a_process_ends_though_a_thread_of_a_library_hangs() -> None:
    program = """
import threading, chassis.service as service
async def fail(*_):
    threading.Thread(target=threading.Event().wait).start()
    raise SystemExit(1)
service._serve = fail
service.run(lambda settings: None, lambda: None)
"""
    assert subprocess.run((sys.executable, "-c", program), timeout=30, check=False).returncode == 1


async def test_a_client_that_does_not_start_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "CLIENT_START_SECONDS", 0.1)
    with pytest.raises(ClientUnresponsive):
        await kafka_clients.start(_for_ever())


async def _for_ever() -> None:
    await asyncio.Event().wait()


async def _cancelled_from_within() -> None:
    raise asyncio.CancelledError


async def _at_its_end() -> None:
    pass


@pytest.mark.parametrize(
    ("work", "wrong"), [(_cancelled_from_within, UnexpectedCancel), (_at_its_end, UnexpectedReturn)]
)
async def test_work_that_ends_untold_is_told_of_and_ends_the_work_beside_it(work: Any, wrong: type[Exception]) -> None:
    with pytest.raises(ExceptionGroup) as told:
        async with asyncio.timeout(5):
            await run_forever_together(_for_ever(), work())
    assert [type(each) for each in told.value.exceptions] == [wrong]


async def test_work_that_is_told_to_end_ends_as_cancelled() -> None:
    working = asyncio.create_task(run_to_completion(_for_ever()))
    await asyncio.sleep(0)
    working.cancel()
    await asyncio.wait((working,), timeout=5)
    assert working.cancelled()
