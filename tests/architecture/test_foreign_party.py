"""No service shows or changes anything that the procedure does not give to a role and the organisation that holds it,
also without the gateway before it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.architecture.house import SERVICES, package
from tests.architecture.samples import request

from assay_stack.home import Home
from assay_stack.keys import make_keys
from contracts.code_administrator import PartyAcceded
from kernel.audience import Audience, ForeignParty, RoleUnknown, WrongRole
from kernel.refusal import Refusal
from rulebook.engine.profile import procedures, profile
from rulebook.engine.roles import every_role
from testing.notice import notified
from testing.probe import Kafka, Postgres, Probe, running

NOTICE = datetime(2026, 12, 1, 10, tzinfo=UTC)
INTENTION: dict[str, Any] = {
    "procedure": "uept",
    "subject": {"role": "ES"},
    "start_date": "2027-03-01",
    "test_manager": {"name": "Mo Manager", "email": "mo@supplier.invalid"},
    "confirmations": ["code-administrator-notified"],
}
REFUSED = {WrongRole: "wrong-role", ForeignParty: "foreign-party", RoleUnknown: "role-unknown"}
HOLDER = "SUPP"
FOREIGN = "OTHER"
ACTING_FOR = (HOLDER, FOREIGN, None)

BEFORE_THE_CALLER_MATTERS = {
    "post /engagements/{engagement}/results/import": 422,  # the sample is no results file
    "post /engagements/{engagement}/completion-report": 422,  # the sample is no report
    "post /engagements/{engagement}/test-evidence": 422,  # the sample is no evidence
    "get /engagements/{engagement}/certificate": 404,  # there is none yet
}
"""What is refused to everybody, before anything of the engagement is looked at."""


@dataclass(frozen=True)
class Asked:
    """A route of an engagement, the duty that it asks for, and what is sent to it."""

    method: str
    path: str
    duty: Any
    sent: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


async def engagement_of(it: Probe, service: str, procedure: str) -> str:
    """An engagement of a procedure, of the Party SUPP, known to a service."""
    if service == "notification":
        accession = PartyAcceded(signifier=HOLDER, name="Supplier plc", acceded_on=date(2026, 10, 1), reference="1")
        await it.deliver(accession, HOLDER)
        async with it.client("participant", party=HOLDER) as participant:
            answer = await participant.post("/engagements", json=INTENTION)
            assert answer.status_code == 201, answer.text
            return str(answer.json()["id"])
    id = str(uuid4())
    await it.deliver(notified(HOLDER, procedure=procedure, rulebook=profile(procedure).rulebook), id)
    return id


def settings_of(service: str, folder: Path) -> dict[str, Any]:
    """What a service needs besides what every service needs."""
    home = Home(folder)
    home.make()
    make_keys(home)
    return {"signing": home.signing} if service == "certification" else {}


@pytest.mark.parametrize("service", SERVICES)
async def test_every_role_and_organisation_does_what_its_procedure_lets_it_do_and_nothing_else(
    service: str, postgres: Postgres, kafka: Kafka, tmp_path: Path
) -> None:
    build = import_module(f"{package(service)}.wiring").build
    main = import_module(f"{package(service)}.main")
    settings = getattr(main, "Settings")  # noqa: B009 - each service's main names its settings
    async with running(build, postgres, kafka, settings, **settings_of(service, tmp_path)) as it:
        it.move_to(NOTICE)
        routes = list(asked(it.app.openapi()))
        assert routes
        for procedure in ("uept",) if service == "notification" else procedures():
            engagement = await engagement_of(it, service, procedure)
            audience = profile(procedure).audience({profile(procedure).starter().id: HOLDER})
            found = await answered_wrongly(it, routes, engagement, audience)
            assert not found, "\n".join([procedure, *found])


async def answered_wrongly(it: Probe, routes: list[Asked], engagement: str, audience: Audience) -> list[str]:
    """Every route that refused whom the procedure lets in, or did not refuse, in its words, whom it does not."""
    found = []
    for role, held_by_an_organisation in every_role().items():
        for party in ACTING_FOR if held_by_an_organisation else (FOREIGN,):
            async with it.client(authorization=f"Bearer {token(it, role, party)}") as caller:
                for route in routes:
                    answer = await caller.request(route.method, fitting(route.path, engagement), **route.sent)
                    if answer.status_code == BEFORE_THE_CALLER_MATTERS.get(str(route)):
                        continue
                    if said(answer) != (wanted := expected(audience, route, role, party)):
                        found.append(
                            f"{route} as {role} for {party}: {answer.status_code} {said(answer)}, not {wanted}"
                        )
    return found


def token(it: Probe, role: str, party: str | None) -> str:
    """A token for a role, beside those that an issuer gives for systems of its own."""
    return it.issuer.token(role, party, roles=["offline_access", role, "uma_authorization"])


def expected(audience: Audience, route: Asked, role: str, party: str | None) -> str:
    """The problem with which a caller is refused; none where the procedure lets it in."""
    try:
        audience.require(route.duty, role, party)
    except Refusal as refusal:
        return REFUSED[type(refusal)]
    return ""


def said(answer: httpx.Response) -> str:
    """The problem with which a caller was refused for who it is; none where it was let in, whatever came then."""
    if answer.status_code != 403:
        return ""
    problem = str(answer.json()["type"]).rpartition(":")[2]
    return problem if problem in REFUSED.values() else ""


def asked(document: dict[str, Any]) -> Iterator[Asked]:
    """Every operation on an engagement, and what is sent to it."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if "{engagement}" in path:
                yield Asked(method, path, operation["x-duty"], request(document, operation))


def fitting(path: str, engagement: str) -> str:
    """A path with values in the place of its parameters."""
    values = {"{engagement}": engagement, "{number}": "1", "{sha256}": "0" * 64, "{template}": "test-plan"}
    values |= {"{day}": "2027-03-01", "{was}": "1", "{now}": "2"}
    for name, value in values.items():
        path = path.replace(name, value)
    return path
