"""Whoever is told to end ends, whatever else comes up at that moment."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from chassis.messaging.consumer import Consumer
from chassis.messaging.inbox import Inbox
from chassis.messaging.relay import Relay
from testing import ledger
from testing.probe import Kafka, Postgres, Probe, running


@pytest.fixture(scope="module")
async def it(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Probe]:
    async with running(ledger.build, postgres, kafka) as probe:
        yield probe


class Lost:
    """Work that finds, as it is told to end, that its connection is gone."""

    def __init__(self) -> None:
        self.works = asyncio.Event()

    async def work(self, *_: Any) -> None:
        self.works.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise ConnectionResetError("the connection is gone")


@pytest.mark.parametrize(("kind", "part"), [(Relay, "_lead"), (Consumer, "_consume")])
async def test_it_ends_though_its_connection_is_lost_at_that_moment(
    it: Probe, monkeypatch: pytest.MonkeyPatch, kind: type, part: str
) -> None:
    lost = Lost()
    monkeypatch.setattr(kind, part, lost.work)
    other = replace(it.runtime, settings=it.runtime.settings.model_copy(update={"instance": "2"}))
    topics = ledger.build(other.settings).topics()
    running = Relay(other) if kind is Relay else Consumer(other, Inbox(other, ledger.HANDLERS), topics)
    working = asyncio.create_task(running.run())
    await lost.works.wait()
    working.cancel()
    await asyncio.wait((working,), timeout=10)
    ended, _ = working.cancelled(), working.cancel()
    assert ended
