"""The process ends at a named point between a determination and what it does: that is done, and once."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.faults.test_signer import BY_EVIDENCE, EXECUTED, send

from assay_stack.home import Home
from assay_stack.keys import make_keys
from chassis.process.failpoints import EXIT_CODE
from contracts import artefact_review, certification
from contracts.disputes import MatterDetermined
from testing.completions import PDF
from testing.ledger_facts import NOTIFIED, NOW
from testing.ledger_process import Outside, outside
from testing.probe import Kafka, Postgres

TAKEN = ("inbox.written", "consumer.handled")
"""Where a service takes what others say."""


def determined(decision: str, gate: str, outcome: str) -> MatterDetermined:
    """The Panel found the criteria of a gate met."""
    return MatterDetermined(
        right=f"{gate}#1",
        route=gate,
        clause="CTSD 5.8.3",
        body="panel",
        upheld=True,
        reasons="They are met.",
        final=True,
        decision=decision,
        values={"gate": gate, "outcome": outcome},
        determined_by="pat",
        determined_at=NOW,
    )


@dataclass(frozen=True)
class Owner:
    """A service that owns a gate: what it hears first, how the gate is refused, and what the determination comes to."""

    service: str
    heard: tuple[Any, ...]
    refused: tuple[tuple[str, str, dict[str, Any]], ...]
    fact: MatterDetermined
    comes_to: dict[str, int]


ENTRY = Owner(
    "artefact_review",
    (NOTIFIED,),
    (
        (
            "dcc",
            "entry-gate",
            {"json": {"outcome": "prevented", "reason": "No.", "start_date": str(NOTIFIED.start_date)}},
        ),
    ),
    determined(artefact_review.EntryGateHeld.fact(), "entry", "prevented"),
    {"entry-gate-determined": 1, "entry-gate-held": 2},
)
EXIT = Owner(
    "certification",
    (BY_EVIDENCE, EXECUTED),
    (
        (
            "participant",
            "test-evidence",
            {"files": [("files", ("d.pdf", PDF))], "data": {"note": "Every test passed."}},
        ),
        ("dcc", "completion-report/receipt", {}),
        (
            "dcc",
            "exit-gate",
            {"json": {"outcome": "further-testing", "reason": "No.", "not_met": {"5.19.1a": "Run 2 is missing."}}},
        ),
    ),
    determined(certification.ExitGateHeld.fact(), "exit", "further-testing"),
    {"exit-gate-determined": 1, "exit-gate-held": 2, "certificate-prepared": 2, "certificate-issued": 2},
)


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signer's key and certificate."""
    home = Home(tmp_path_factory.mktemp("signing"))
    home.make()
    make_keys(home)
    return home.signing


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        *((ENTRY, name) for name in TAKEN),
        *((EXIT, name) for name in ("inbox.written", "certificates.owed", "shell.committed")),
    ],
    ids=lambda each: each.service if isinstance(each, Owner) else each,
)
async def test_what_was_determined_is_done_once_when_the_process_ends(
    postgres: Postgres, kafka: Kafka, signing: Path, owner: Owner, name: str
) -> None:
    main = f"import runpy; runpy.run_module('{owner.service}.main', run_name='__main__')"
    async with outside(postgres, kafka, ASSAY_SIGNING=str(signing)) as it:
        it = replace(it, source=main)
        engagement = str(uuid4())
        for fact in owner.heard:
            await it.send(fact, engagement)
        it.start()
        for role, path, content in owner.refused:
            await send(it, role, f"/engagements/{engagement}/{path}", **content)
        it.kill()
        it.exits.clear()
        it.start(ASSAY_FAILPOINT=name)
        await it.send(owner.fact, engagement)
        await it.until(it.has_died, f"{name} was never reached")
        try:
            await check(it, owner)
            assert it.exits == [EXIT_CODE]
        finally:
            it.kill()


async def check(it: Outside, owner: Owner) -> None:
    """Each event that follows stands there as often as it should, and everything is published."""

    async def done() -> bool:
        return await counted() == owner.comes_to and not await it.fetch("SELECT 1 FROM outbox")

    async def counted() -> dict[str, int]:
        rows = await it.fetch("SELECT type, count(*) FROM event WHERE type = ANY ($1) GROUP BY type", [*owner.comes_to])
        return {row["type"]: row["count"] for row in rows}

    await it.until(done, "it was not done")
    assert await counted() == owner.comes_to
    assert (await it.verdict()).intact
