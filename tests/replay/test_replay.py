"""Whatever Kafka makes of a delivery, every service ends where it ends when each fact comes once and in order.

Facts come twice, in batches cut anywhere, and again after a crash; those of one source keep their order, or are late;
those of different sources overtake each other.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.replay.replaying import SERVICES, Line, Outcome, Story, Told, told

from chassis.messaging.consumer import in_order_of_time
from chassis.messaging.records import Record
from testing.probe import Postgres

MOST_AT_ONCE = 12
MOST_AGAIN = 4
HEARS_SEVERAL = tuple(name for name in SERVICES if name != "notification")
"""notification keeps a history of its dates and mails, which tells in what order it heard: see its own tests below."""

Deliveries = list[tuple[Sequence[Line], bool]]
thoroughly = settings(
    max_examples=8,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass(frozen=True)
class Teller:
    """Tells the story to one service, from tests that are not coroutines."""

    runner: asyncio.Runner
    told: Told

    def tell(self, deliver: Callable[[list[Line]], Deliveries]) -> Outcome:
        """Tell it once more, about somebody new."""
        story = Story.new()
        return self.runner.run(self.told.tell(deliver(story.lines(self.told.service)), story))


@pytest.fixture(scope="module")
def tellers(postgres: Postgres) -> Iterator[Callable[[str], Teller]]:
    """A teller for each service that is asked for."""
    with asyncio.Runner() as runner:
        opened: dict[str, tuple[Any, Teller]] = {}

        def teller(name: str) -> Teller:
            if name not in opened:
                opening = told(name, postgres.database())
                opened[name] = (opening, Teller(runner, runner.run(opening.__aenter__())))
            return opened[name][1]

        yield teller
        for opening, _ in opened.values():
            runner.run(opening.__aexit__(None, None, None))


def once_and_in_order(lines: list[Line]) -> Deliveries:
    return [(lines, False)]


def after_an_absence(lines: list[Line]) -> Deliveries:
    """As the consumer takes up what lies on all partitions."""
    fetched: dict[str, list[ConsumerRecord[bytes, bytes]]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: line.source):
        fetched[line.source].append(_fetched(line.record))
    return [([Line("", record) for record in in_order_of_time(fetched.values(), "")], False)]


def far_behind(source: str, lines: list[Line]) -> Deliveries:
    """Everything that one source says comes after all the others."""
    others = [line for line in lines if line.source != source]
    return [(others, False), ([line for line in lines if line.source == source], False)]


def _fetched(record: Record) -> "ConsumerRecord[bytes, bytes]":
    stands = (record.topic, record.partition, record.offset, 0, 0, b"", record.value, 0, 0, len(record.value))
    return ConsumerRecord(*stands, record.headers)


def again_and_again(draw: Any, lines: list[Line]) -> Deliveries:
    """In order, cut anywhere, with what came before once more, and with crashes."""
    return list(_cut(draw, [lines]))


def overtaking(draw: Any, lines: list[Line]) -> Deliveries:
    """Likewise, but each source goes its own pace, and what is in one batch comes in any order."""
    sources = sorted({line.source for line in lines})
    queues = [[line for line in lines if line.source == source] for source in sources]
    return [(draw(st.permutations(batch)), crashes) for batch, crashes in _cut(draw, queues)]


def _cut(draw: Any, queues: list[list[Line]]) -> Iterator[tuple[list[Line], bool]]:
    reached = [0] * len(queues)
    while left := [n for n, queue in enumerate(queues) if reached[n] < len(queue)]:
        n = draw(st.sampled_from(left))
        since, until = reached[n] - draw(st.integers(0, MOST_AGAIN)), reached[n] + draw(st.integers(1, MOST_AT_ONCE))
        reached[n] = until
        yield queues[n][max(0, since) : until], draw(st.booleans())


def _difference(name: str, expected: Any, found: Any) -> None:
    for key in sorted({*expected, *found}):
        assert found.get(key) == expected.get(key), f"{name} {key} is another"


@pytest.mark.parametrize("service", SERVICES)
@thoroughly
@given(data=st.data())
def test_what_comes_again_or_after_a_crash_changes_nothing(
    tellers: Callable[[str], Teller], service: str, data: st.DataObject
) -> None:
    teller = tellers(service)
    expected, found = teller.tell(once_and_in_order), teller.tell(partial(again_and_again, data.draw))
    assert expected.parked == found.parked == []
    _difference("the stream", expected.streams, found.streams)
    _difference("the table", expected.tables, found.tables)


@pytest.mark.parametrize("service", HEARS_SEVERAL)
@thoroughly
@given(data=st.data())
def test_sources_that_overtake_each_other_lead_to_the_same_end(
    tellers: Callable[[str], Teller], service: str, data: st.DataObject
) -> None:
    teller = tellers(service)
    expected, found = teller.tell(once_and_in_order), teller.tell(partial(overtaking, data.draw))
    assert expected.parked == found.parked == []
    _difference("the state", expected.states, found.states)
    _difference("the table", expected.tables, found.tables)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_was_away_hears_everything_in_the_order_of_time(
    tellers: Callable[[str], Teller], service: str
) -> None:
    expected, found = tellers(service).tell(once_and_in_order), tellers(service).tell(after_an_absence)
    assert expected.parked == found.parked == []
    _difference("the stream", expected.streams, found.streams)
    _difference("the table", expected.tables, found.tables)


@thoroughly
@given(data=st.data())
def test_notification_dates_and_closes_the_same_steps_however_sources_overtake_each_other(
    tellers: Callable[[str], Teller], data: st.DataObject
) -> None:
    teller = tellers("notification")
    expected, found = teller.tell(once_and_in_order), teller.tell(partial(overtaking, data.draw))
    assert expected.parked == found.parked == []
    assert _steps_done(found) == _steps_done(expected)


@pytest.mark.parametrize("source", ["assay.artefact-review", "assay.execution-tracker", "assay.certification"])
def test_notification_dates_and_closes_the_same_steps_when_one_source_is_far_behind(
    tellers: Callable[[str], Teller], source: str
) -> None:
    """Seen when more lies on the topics than is fetched at once, so that the order of time can't be restored."""
    teller = tellers("notification")
    expected, found = teller.tell(once_and_in_order), teller.tell(partial(far_behind, source))
    assert expected.parked == found.parked == []
    assert _steps_done(found) == _steps_done(expected)


def _steps_done(outcome: Outcome) -> dict[str, tuple[object, ...]]:
    rows = map(json.loads, outcome.tables["deadline"])
    return {row["key"]: (row["due"], row["done_on"], row["in_time"], row["missed"]) for row in rows}


@pytest.mark.parametrize("service", SERVICES)
def test_the_story_says_something_to_every_service(tellers: Callable[[str], Teller], service: str) -> None:
    outcome = tellers(service).tell(once_and_in_order)
    assert any(outcome.streams.values()) or any(outcome.tables.values())
