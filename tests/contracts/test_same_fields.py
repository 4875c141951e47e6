"""Events and contracts of the same fields are told by their names: where the names part, it is seen here."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest
from tests.contracts.generate import FOLDER, ROOT, SERVICES

from chassis.eventstore.aggregate import Aggregate, AnyAggregate
from chassis.messaging.handlers import Handlers, Received
from contracts import REGISTRY, Contract

OF_THE_STATE = {"certification.certificate-issued"}
"""What is told of the event together with the state after it."""
ENGAGEMENT = "00000000-0000-0000-0000-000000000001"


def package(service: str) -> str:
    """The Python package of a service."""
    return service.replace("-", "_")


def aggregates(service: str) -> Iterator[AnyAggregate]:
    """Every kind of stream of a service."""
    module = import_module(f"{package(service)}.aggregates")
    yield from {id(each): each for each in vars(module).values() if isinstance(each, Aggregate)}.values()


def events(service: str) -> dict[str, type]:
    """The events of a service's streams, by the names of their classes."""
    return {event.__name__: event for each in aggregates(service) for event in each.codec.events.values()}


def contracts(service: str) -> list[type[Contract]]:
    """The contracts of a service."""
    return [each for each in REGISTRY.values() if each.__module__ == f"contracts.{package(service)}"]


@pytest.mark.parametrize("service", SERVICES)
def test_an_event_has_what_the_contract_of_its_name_tells(service: str) -> None:
    missing = {
        contract.fact(): lacking
        for contract in contracts(service)
        if (event := events(service).get(contract.__name__)) and contract.fact() not in OF_THE_STATE
        if (lacking := [name for name in contract.model_fields if not _has(event, name)])
    }
    assert missing == {}, "name them in the event as in the contract, or tell it in translation.py"


def _has(event: type, name: str) -> bool:
    return name in getattr(event, "__dataclass_fields__", {}) or isinstance(getattr(event, name, None), property)


@pytest.mark.parametrize("service", SERVICES)
def test_every_contract_is_told_of_an_event_of_its_name_or_in_the_translation(service: str) -> None:
    source = (ROOT / "services" / service / package(service) / "translation.py").read_text()
    untold = [
        contract.fact()
        for contract in contracts(service)
        if contract.__name__ not in events(service) and f".{contract.__name__}(" not in source
    ]
    assert untold == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_handler_takes_the_kept_example_of_its_fact(service: str) -> None:
    handlers: Handlers = import_module(f"{package(service)}.event_handlers").HANDLERS
    for contract, handler in handlers.items():
        for command in handler(_received(contract)):
            command.aggregate.decide(command.command, command.aggregate.initial())


def _received(contract: type[Contract]) -> Received[Any]:
    example = contract.model_validate_json((FOLDER / "examples" / f"{contract.TYPE}.json").read_bytes())
    return Received("1", "assay.test", ENGAGEMENT, 1, example, datetime(2027, 1, 4, 9, tzinfo=UTC))
