"""The public events as a page for people: what each says, who tells it, who hears it."""

import inspect
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Final

from contracts import REGISTRY, Contract
from contracts.topics import TOPICS, Topic
from gateway.read_side.projection import PROJECTION

HEAD: Final = """\
# Public events: who tells what, and who hears it

Written from contracts and handlers by `python -m tests.contracts.generate`. Every field is in `docs/asyncapi.json`.
"""


def page(services: Sequence[str]) -> bytes:
    """The page; `services` are those that have handlers of their own."""
    heard = {service: import_module(f"{service.replace('-', '_')}.event_handlers").HANDLERS for service in services}
    heard["gateway"] = dict.fromkeys(PROJECTION.contracts)
    return "\n".join((HEAD, *(line for topic in TOPICS for line in _topic(topic, heard)))).encode()


def _topic(topic: Topic, heard: dict[str, dict[type[Contract], object]]) -> Iterator[str]:
    yield from (
        f"## {topic.name}",
        "",
        f"Written by {topic.owner}.",
        "",
        "| event | says | heard by |",
        "|---|---|---|",
    )
    for contract in (each for each in REGISTRY.values() if topic.name == each.TOPIC):
        says = inspect.getdoc(contract) or contract.TYPE
        by = ", ".join(service for service, handlers in heard.items() if contract in handlers)
        yield f"| {contract.fact().partition('.')[2]} | {says.splitlines()[0]} | {by} |"
    yield ""
