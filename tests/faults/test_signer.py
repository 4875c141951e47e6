"""The process ends at every named point between the request of a certificate and its issue: there is one, and it holds.

A number that was given out is signed after the next start; a file that was stored stays.
"""

import ast
import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import certification
from assay_stack.home import Home
from assay_stack.keys import make_keys
from certification.testing.facts import PDF
from chassis.process.failpoints import EXIT_CODE
from contracts import execution_tracker
from kernel.principal import Role
from testing.ledger_facts import NOTIFIED, NOW
from testing.ledger_process import Outside, outside
from testing.probe import Kafka, Postgres

MAIN = "import runpy; runpy.run_module('certification.main', run_name='__main__')"
EXECUTED = execution_tracker.ExecutionCompleted(
    criteria=(),
    scheduled=3,
    tests=execution_tracker.TestCounts(passed=3, failed=0, blocked=0, not_run=0, ready=0),
    issues_total=0,
    issues_by_status={},
    issues_by_severity={},
    srvs=("6.2.4", "8.9"),
    completed_by="Tess",
    completed_at=NOW,
)
REPORT = {
    "approach": "Every script by hand.",
    "scope": "All tests in scope.",
    "environment_updates": "None.",
    "tests": {"scheduled": 3, "passed": 3, "failed": 0},
    "runs": [{"run": "Run 1", "passed": 3, "failed": 0}],
    "issues": {"total": 0, "by_status": {}, "by_severity": {}},
    "explanations": [],
}


def points(folder: Path) -> list[str]:
    """Every name that stands in a call of failpoint."""
    calls = (
        node for file in folder.rglob("*.py") for node in ast.walk(ast.parse(file.read_text())) if _is_failpoint(node)
    )
    return sorted(ast.literal_eval(call.args[0]) for call in calls if isinstance(call, ast.Call))


def _is_failpoint(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "failpoint"


POINTS = points(Path(certification.__path__[0]))


def test_every_step_of_the_signer_has_a_point_of_its_own() -> None:
    steps = ("rendered", "signed", "stored-pdf", "made-twin", "stored-twin", "recorded")
    assert set(POINTS) == {f"signer.{step}" for step in steps}
    assert len(POINTS) == len(steps)


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signer's key and certificate."""
    home = Home(tmp_path_factory.mktemp("signing"))
    home.make()
    make_keys(home)
    return home.signing


@pytest.mark.parametrize("name", POINTS)
async def test_one_certificate_is_issued_when_the_process_ends(
    postgres: Postgres, kafka: Kafka, signing: Path, name: str
) -> None:
    async with outside(postgres, kafka, ASSAY_SIGNING=str(signing)) as it:
        it = replace(it, source=MAIN)
        engagement = str(uuid4())
        await it.send(NOTIFIED, engagement)
        await it.send(EXECUTED, engagement)
        it.start(ASSAY_FAILPOINT=name)
        try:
            await request(it, engagement)
            await it.until(it.has_died, f"{name} was never reached")
            await check(it, engagement)
            assert it.exits == [EXIT_CODE]
        finally:
            it.kill()


async def request(it: Outside, engagement: str) -> None:
    """Take the engagement to its certificate."""
    gate = {"outcome": "complete", "meeting_on": datetime.now(UTC).date().isoformat(), "report_approved": True}
    form = {"files": {"file": ("r.pdf", PDF)}, "data": {"report": json.dumps(REPORT)}}
    path = f"/engagements/{engagement}"
    await send(it, Role.PARTICIPANT, f"{path}/completion-report", **form)
    await send(it, Role.DCC, f"{path}/completion-report/receipt")
    await send(it, Role.DCC, f"{path}/exit-gate", json=gate)
    await send(it, Role.DCC, f"{path}/certificate", json={"signatory": "Dana Clerk"})


async def send(it: Outside, role: Role, path: str, **content: Any) -> None:
    """Send a request again until it is answered, as a client does that got no answer."""

    async def accepted() -> bool:
        async with it.client(role, "ACME", **{"idempotency-key": path}) as client:
            answer = await client.post(path, **content)
            assert answer.status_code != HTTPStatus.UNPROCESSABLE_ENTITY, answer.text
            return bool(answer.is_success)

    await it.until(accepted, f"{path} was not accepted")


async def check(it: Outside, engagement: str) -> None:
    """One certificate, issued once, in the bytes that were stored first, and published in order."""

    async def issued() -> Any:
        async with it.client(Role.DCC) as client:
            found = (await client.get(f"/engagements/{engagement}/certificate")).json()
            return found if found.get("status") == "issued" else None

    async def published() -> bool:
        return not await it.fetch("SELECT 1 FROM outbox")

    certificate = await it.until(issued, "the certificate was not issued")
    await it.until(published, "not everything was published")
    (row,) = await it.fetch("SELECT number, pdf_sha256, json_sha256 FROM certificate")
    types = [each["type"] for each in await it.fetch("SELECT type FROM event ORDER BY seq")]
    assert [types.count(each) for each in ("report-submitted", "certificate-prepared", "certificate-issued")] == [
        1,
        1,
        1,
    ]
    async with it.client(Role.DCC) as client:
        pdf, twin = [(await client.get(certificate["links"][kind])).content for kind in ("pdf", "json")]
        assert (sha256(pdf).hexdigest(), sha256(twin).hexdigest()) == (row["pdf_sha256"], row["json_sha256"])
        for file in (pdf, twin):
            answer = (await client.post("/certificates/verification", files={"file": ("certificate", file)})).json()
            assert (answer["valid"], answer["number"]) == (True, row["number"])
    sequences = await it.published("assay.certification")
    assert sequences[engagement] == list(range(1, len(sequences[engagement]) + 1))
    assert (await it.verdict()).intact
