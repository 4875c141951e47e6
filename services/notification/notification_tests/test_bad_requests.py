"""Who is refused on the wire, and what of a recorded step: each time with a problem document that cites the clause."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from testing.made_up import PROCEDURE, made_up_law
from testing.probe import Kafka, Postgres, Probe

from .given import REQUEST_OF_TRIAL, at
from .serving import service

REQUEST: dict[str, Any] = {
    "procedure": PROCEDURE,
    "subject": dict(REQUEST_OF_TRIAL.subject),
    "start_date": REQUEST_OF_TRIAL.start_date.isoformat(),
    "test_manager": {"name": "Mo Manager", "email": "mo@supplier.invalid"},
}
CONTACT = {"contact": {"name": "Lee", "email": "lee@laboratory.invalid"}}
DELIVERED = {
    "done_on": date(2027, 3, 15).isoformat(),
    "information": {"delivery note": "N 12", "number of devices": "3"},
}


@pytest.fixture
async def it(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Probe]:
    with made_up_law():
        async with service(postgres, kafka) as running:
            running.move_to(REQUEST_OF_TRIAL.now)
            yield running


@pytest.fixture
async def trial(it: Probe) -> str:
    """A trial that was requested."""
    answer = await send(it, "requester", "/engagements", REQUEST)
    assert answer[0] == 201, answer
    return f"/engagements/{answer[1]['id']}"


async def send(it: Probe, role: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    """The status and content of an answer, to a requester of ACME or a body that is no organisation."""
    async with it.client(role, "ACME" if role == "requester" else None) as client:
        answer = await (client.get(path) if body is None else client.post(path, json=body))
        return answer.status_code, answer.json()


async def refused(it: Probe, role: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, str, str | None]:
    """The status of a refusal, its problem and the clause that it cites."""
    status, problem = await send(it, role, path, body)
    assert problem["detail"]
    assert problem["remedy"]
    return status, problem["type"].rpartition(":")[2], problem.get("clause")


async def test_a_role_that_the_procedure_does_not_know_is_refused_whatever_it_asks(it: Probe, trial: str) -> None:
    for path, body in (
        ("/engagements", REQUEST),
        (trial, None),
        (f"{trial}/timetable", None),
        (f"{trial}/acknowledgement", CONTACT),
        (f"{trial}/steps/T5", DELIVERED),
    ):
        assert await refused(it, "panel", path, body) == (403, "role-unknown", "TRIAL 2.1"), path


async def test_a_role_that_no_procedure_knows_is_nobody(it: Probe, trial: str) -> None:
    assert await refused(it, "king", trial) == (401, "not-authenticated", None)


async def test_a_step_is_recorded_by_its_sender_with_its_information_in_its_turn_and_once(
    it: Probe, trial: str
) -> None:
    step = f"{trial}/steps/T5"
    it.move_to(at("2027-03-15"))
    assert await refused(it, "requester", step, DELIVERED) == (409, "step-before-its-turn", "TRIAL 2.5")
    assert (await send(it, "laboratory", f"{trial}/acknowledgement", CONTACT))[0] == 200
    assert await refused(it, "board", step, DELIVERED) == (403, "wrong-role", "TRIAL 2.1")
    assert await refused(it, "laboratory", step, DELIVERED) == (403, "wrong-role", "TRIAL 2.5")
    bare = {**DELIVERED, "information": {"delivery note": "N 12"}}
    assert await refused(it, "requester", step, bare) == (422, "information-missing", "TRIAL 2.5")
    assert (await send(it, "requester", step, DELIVERED))[0] == 200
    assert await refused(it, "requester", step, DELIVERED) == (409, "step-already-done", "TRIAL 2.5")
