"""A provisional approval in the running service: it lapses with its day, once, also where two replicas look."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from artefact_review.tasks.lapses import lapse_approvals
from contracts import artefact_review as facts
from testing.probe import Probe

from .scenario import ACCESSION, ACKNOWLEDGED, NOW, Scenario, weekly

OVER = datetime(2027, 1, 28, tzinfo=UTC)
APPROVED: dict[str, Any] = {"outcome": "provisional", "start_date": "2027-03-01"}
BENCH = {"criterion": "5.8.1d", "document": "The bench's acceptance", "by": "2027-01-27"}


@pytest.fixture
async def scenario(service: Probe, engagement: str) -> Scenario:
    """An engagement of which everything is there but the evidence for its environment."""
    service.move_to(NOW)
    scenario = Scenario(service, engagement)
    await service.deliver(ACCESSION, "ACME")
    await service.deliver(ACKNOWLEDGED, engagement)
    await scenario.does(scenario.participant, "readiness-reports", 201, **weekly("2027-W03"))
    assert (await scenario.sends("artefacts", await scenario.files())).status_code == 201
    await scenario.does(scenario.dcc, "descoping-decisions", kind="response-code", item="E11", agreed=True)
    await scenario.does(scenario.dcc, "review", outcome="accepted")
    for criterion in ("5.8.1e", "5.8.1f"):
        await scenario.does(scenario.participant, "entry-evidence", criterion=criterion, statement="It is so.")
    return scenario


async def test_what_is_provided_in_time_passes_the_gate(service: Probe, engagement: str, scenario: Scenario) -> None:
    refused = await scenario.does(scenario.dcc, "entry-gate", 422, **APPROVED)
    assert (refused["clause"], refused["facts"]["criteria"]) == ("CTSD 5.8.2(c)", "5.8.1d")
    await scenario.does(scenario.dcc, "entry-gate", **APPROVED, outstanding=[BENCH])
    standing = await scenario.reads("entry-criteria")
    assert (standing["gate"], standing["provisional"]["lapses_at"]) == ("provisional", "2027-01-28T00:00:00+00:00")
    assert standing["provisional"]["outstanding"] == [{**BENCH, "provided": False}]
    await scenario.does(scenario.participant, "entry-evidence", criterion="5.8.1d", statement="Accepted on Monday.")
    assert (await service.published(facts.OutstandingProvided, engagement)).statement == "Accepted on Monday."
    assert (await service.published(facts.EntryGateHeld, engagement)).outcome == "ready"
    assert (await scenario.reads("entry-criteria"))["provisional"] is None


async def test_what_is_not_provided_lapses_exactly_once(service: Probe, engagement: str, scenario: Scenario) -> None:
    await scenario.does(scenario.dcc, "entry-gate", **APPROVED, outstanding=[BENCH])
    service.move_to(OVER)
    await asyncio.gather(*(lapse_approvals(service.runtime) for _ in range(5)))
    lapsed = await service.published(facts.ProvisionalApprovalLapsed, engagement)
    assert [each.criterion for each in lapsed.outstanding] == ["5.8.1d"]
    assert (await scenario.reads("entry-criteria"))["gate"] == "lapsed"
    await scenario.does(scenario.participant, "entry-evidence", criterion="5.8.1d", statement="Accepted, a day late.")
    said = await service.runtime.pool.fetch("SELECT type FROM event WHERE stream = $1", f"review-{engagement}")
    names = [row["type"] for row in said]
    assert (names.count("provisional-approval-lapsed"), names.count("entry-gate-held")) == (1, 0)
