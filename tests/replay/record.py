"""Records what a story left on the topics and in the streams of a stack: run it after `./assay demo`.

    .venv/bin/python tests/replay/record.py

It writes `history.jsonl` (every fact that was published, in the order in which the facts came about, then those own
events of a service that no fact of another led to, without which the facts would find nothing) and the golden files
that are missing, one for each stored name.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer

from assay_stack.home import Home
from assay_stack.ports import LOOPBACK
from assay_stack.postgres import database_url
from assay_stack.services import BEHIND_THE_GATEWAY, Service
from chassis.messaging.reading import lying
from contracts.topics import AUDIT, TOPICS

HISTORY = Path(__file__).with_name("history.jsonl")
SERVICES = Path(__file__).parents[2] / "services"
LONGEST_LIST = 3
EVENTS = "SELECT stream, version, type, data, metadata->>'cause' AS cause FROM event ORDER BY seq"


async def facts(home: Home) -> list[dict[str, Any]]:
    """Everything on the topics but the heads of chains, in the order of the broker's clock."""
    address = f"{LOOPBACK}:{home.ports(['kafka'])['kafka']}"
    names = [topic.name for topic in TOPICS if topic is not AUDIT]
    consumer = AIOKafkaConsumer(*names, bootstrap_servers=address, auto_offset_reset="earliest")
    try:
        await consumer.start()
        found = [record async for record in lying(consumer)]
    finally:
        await consumer.stop()
    found.sort(key=lambda record: (record.timestamp, record.partition, record.offset))
    return [
        {
            "topic": record.topic,
            "headers": {name: value.decode() for name, value in record.headers if name != "traceparent"},
            "value": orjson.loads(record.value),
        }
        for record in found
    ]


async def stored(home: Home, service: str) -> list[Any]:
    """Every event of a service."""
    connection = await asyncpg.connect(database_url(home, service))
    try:
        return list(await connection.fetch(EVENTS))
    finally:
        await connection.close()


def beginnings(service: str, events: list[Any]) -> Iterator[dict[str, Any]]:
    """The events of each stream before the first that a fact of another led to."""
    foreign = set()
    for event in events:
        if not event["cause"].startswith(("request:", "issue:", "timer")):
            foreign.add(event["stream"])
        elif event["stream"] not in foreign:
            yield {
                "service": service,
                "stream": event["stream"],
                "version": event["version"],
                "type": event["type"],
                "data": orjson.loads(event["data"]),
            }


def keep_golden(service: Service, events: list[Any]) -> None:
    """The richest event of each name that has no golden file yet, with its lists cut short."""
    folder = SERVICES / service.name / f"{service.package}_tests" / "golden"
    chosen: dict[Path, str] = {}
    for event in events:
        file = folder / event["stream"].partition("-")[0] / f"{event['type']}.story.json"
        chosen[file] = max(chosen.get(file, ""), event["data"], key=len)
    for file, data in chosen.items():
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(orjson.dumps(_short(orjson.loads(data)), option=orjson.OPT_INDENT_2) + b"\n")


def _short(value: Any) -> Any:
    if isinstance(value, list):
        return [_short(each) for each in value[:LONGEST_LIST]]
    return {key: _short(each) for key, each in value.items()} if isinstance(value, dict) else value


async def main() -> None:
    """Record the stack of ASSAY_HOME."""
    home = Home.here()
    lines = await facts(home)
    for service in BEHIND_THE_GATEWAY:
        events = await stored(home, service.name)
        keep_golden(service, events)
        lines.extend(beginnings(service.name, events))
    HISTORY.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))


if __name__ == "__main__":
    asyncio.run(main())
