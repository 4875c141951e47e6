"""No service shows or changes anything of another Party's engagement, also without the gateway before it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.architecture.house import SERVICES, package
from tests.architecture.samples import request

from assay_stack.home import Home
from assay_stack.keys import make_keys
from contracts.code_administrator import PartyAcceded
from contracts.common import Contact
from contracts.notification import EngagementNotified
from kernel.principal import Role
from testing.probe import Kafka, Postgres, Probe, running

NOTICE = datetime(2026, 12, 1, 10, tzinfo=UTC)
INTENTION: dict[str, Any] = {
    "procedure": "uept",
    "role": "ES",
    "start_date": "2027-03-01",
    "test_manager": {"name": "Mo Manager", "email": "mo@supplier.invalid"},
    "code_administrator_notified": True,
    "descoping": [],
}


BEFORE_THE_PARTY_MATTERS = {
    "post /engagements/{engagement}/results/import": 422,  # the sample is no results file
    "post /engagements/{engagement}/completion-report": 422,  # the sample is no report
    "post /engagements/{engagement}/test-evidence": 422,  # the sample is no evidence
}
"""What is refused to everybody, before anything of the engagement is looked at."""


async def engagement_of(it: Probe, service: str) -> str:
    """An engagement of the Party SUPP, known to a service."""
    if service == "notification":
        accession = PartyAcceded(signifier="SUPP", name="Supplier plc", acceded_on=date(2026, 10, 1), reference="1")
        await it.deliver(accession, "SUPP")
        async with it.client(Role.PARTICIPANT, party="SUPP") as participant:
            return str((await participant.post("/engagements", json=INTENTION)).json()["id"])
    id = str(uuid4())
    manager = Contact(name="Mo Manager", email="mo@supplier.invalid")
    known = {"party": "SUPP", "party_name": "Supplier plc", "rulebook": "ctsd-2026.1", "notified_at": NOTICE}
    await it.deliver(EngagementNotified.model_validate({**INTENTION, **known, "test_manager": manager}), id)
    return id


def settings_of(service: str, folder: Path) -> dict[str, Any]:
    """What a service needs besides what every service needs."""
    home = Home(folder)
    home.make()
    make_keys(home)
    return {"signing": home.signing} if service == "certification" else {}


@pytest.mark.parametrize("service", SERVICES)
async def test_another_partys_token_is_refused_at_every_route_of_an_engagement(
    service: str, postgres: Postgres, kafka: Kafka, tmp_path: Path
) -> None:
    build = import_module(f"{package(service)}.wiring").build
    main = import_module(f"{package(service)}.main")
    settings = getattr(main, "Settings")  # noqa: B009 - each service's main names its settings
    async with running(build, postgres, kafka, settings, **settings_of(service, tmp_path)) as it:
        it.move_to(NOTICE)
        engagement = await engagement_of(it, service)
        assert list(asked(it.app.openapi()))
        assert await let_in(it, engagement, party="OTHER") == []


async def let_in(it: Probe, engagement: str, party: str) -> list[str]:
    """The routes for participants that answered a Party with anything but a refusal for its being another."""
    found = []
    async with it.client(Role.PARTICIPANT, party=party) as other:
        for method, path, sent in asked(it.app.openapi()):
            answer = await other.request(method, fitting(path, engagement), **sent)
            foreign = answer.status_code == 403 and answer.json()["type"].endswith(":foreign-party")
            if not foreign and answer.status_code != BEFORE_THE_PARTY_MATTERS.get(f"{method} {path}"):
                found.append(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
    return found


def asked(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation on an engagement that is for participants, and what is sent to it."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if "{engagement}" in path and Role.PARTICIPANT in operation["x-roles"]:
                yield method, path, request(document, operation)


def fitting(path: str, engagement: str) -> str:
    """A path with values in the place of its parameters."""
    values = {"{engagement}": engagement, "{number}": "1", "{sha256}": "0" * 64, "{template}": "test-plan"}
    values["{day}"] = "2027-03-01"
    for name, value in values.items():
        path = path.replace(name, value)
    return path
