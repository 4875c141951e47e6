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
CONTACT: dict[str, Any] = {"contact": {"name": "Lee", "email": "lee@laboratory.invalid"}}
DELIVERED: dict[str, Any] = {
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


WHY: dict[str, Any] = {"reason": "The devices are dropped."}


async def test_a_withdrawal_is_the_starters_with_a_reason_and_the_end_of_every_command(it: Probe, trial: str) -> None:
    withdrawal = f"{trial}/withdrawal"
    for body in ({}, {"reason": 1}, {"reason": "x" * 100_000}, {**WHY, "more": 1}):
        assert (await refused(it, "requester", withdrawal, body))[0] == 422, body
    blank = {"reason": " "}
    assert await refused(it, "requester", withdrawal, blank) == (422, "withdrawal-reason-missing", "TRIAL 2.1")
    assert await refused(it, "laboratory", withdrawal, WHY) == (403, "wrong-role", "TRIAL 2.1")
    assert (await send(it, "requester", withdrawal, WHY))[0] == 200
    for role, path, body in (
        ("requester", withdrawal, WHY),
        ("laboratory", f"{trial}/acknowledgement", CONTACT),
        ("laboratory", f"{trial}/start", {"ground": "timescale-missed", "reason": "Late"}),
        ("requester", f"{trial}/steps/T5", DELIVERED),
        ("requester", f"{trial}/contact", CONTACT["contact"]),
    ):
        assert await refused(it, role, path, body) == (409, "engagement-is-withdrawn", "TRIAL 2.1"), path
    seen = (await send(it, "requester", trial))[1]["withdrawal"]
    assert (seen["reason"], seen["role"]) == (WHY["reason"], "requester")


async def test_a_contact_is_a_person_whom_each_side_names_for_itself(it: Probe, trial: str) -> None:
    contact, lee = f"{trial}/contact", CONTACT["contact"]
    for body in ({}, {"name": "Lee"}, {**lee, "email": "nowhere"}, {**lee, "name": ""}, {**lee, "more": 1}):
        assert (await refused(it, "requester", contact, body))[0] == 422, body
    assert await refused(it, "laboratory", contact, lee) == (409, "no-contact-yet", "TRIAL 2.2")
    assert await refused(it, "board", contact, lee) == (403, "wrong-role", "TRIAL 2.1")
    assert await refused(it, "requester", contact, REQUEST["test_manager"]) == (409, "contact-unchanged", "TRIAL 2.1")
    assert (await send(it, "requester", contact, lee))[0] == 200
    seen = (await send(it, "laboratory", trial))[1]
    assert seen["test_manager"]["name"] == "Lee"
    assert [change["was"]["name"] for change in seen["contact_changes"]] == ["Mo Manager"]


async def test_a_start_is_moved_on_a_ground_that_holds_by_who_decides(it: Probe, trial: str) -> None:
    start, why = f"{trial}/start", {"reason": "The laboratory is closed"}
    for body in ({}, {**why, "start_date": "soon"}, {**why, "start_date": "2027-02-30"}, {**why, "ground": ["a"]}):
        assert (await refused(it, "laboratory", start, body))[0] == 422, body
    assert await refused(it, "laboratory", start, why) == (422, "reschedule-ground-missing", "TRIAL 2.1")
    weather = {**why, "ground": "weather"}
    assert await refused(it, "laboratory", start, weather) == (422, "reschedule-ground-unknown", "TRIAL 2.1")
    missed = {**why, "ground": "timescale-missed"}
    assert await refused(it, "laboratory", start, missed) == (409, "ground-does-not-hold", "TRIAL 2.1")
    assert await refused(it, "requester", start, missed) == (403, "wrong-role", "TRIAL 2.1")
