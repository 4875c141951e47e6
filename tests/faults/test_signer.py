"""The process ends at every named point between the request of certificates and their issue: there is one of each form.

A number that was given out is signed after the next start; a file that was stored stays.
"""

import ast
from dataclasses import replace
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import certification
from assay_stack.home import Home
from assay_stack.keys import make_keys
from chassis.process.failpoints import EXIT_CODE
from contracts import execution_tracker
from testing.completions import PDF, REVIEWED
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
    unsuccessful=(),
    runs=(),
)
BY_EVIDENCE = NOTIFIED.model_copy(update={"procedure": "additional-sr-dust"})
"""A procedure that ends with two certificates."""
FORMS = ("authority-to-proceed", "test-completion-certificate")


def points(folder: Path) -> list[str]:
    """Every name that stands in a call of failpoint."""
    calls = (
        node for file in folder.rglob("*.py") for node in ast.walk(ast.parse(file.read_text())) if _is_failpoint(node)
    )
    return sorted(ast.literal_eval(call.args[0]) for call in calls if isinstance(call, ast.Call))


def _is_failpoint(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "failpoint"


POINTS = [name for name in points(Path(certification.__path__[0])) if name.startswith("signer.")]


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
async def test_one_certificate_of_each_form_is_issued_when_the_process_ends(
    postgres: Postgres, kafka: Kafka, signing: Path, name: str
) -> None:
    async with outside(postgres, kafka, ASSAY_SIGNING=str(signing)) as it:
        it = replace(it, source=MAIN)
        engagement = str(uuid4())
        await it.send(BY_EVIDENCE, engagement)
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
    """Take the engagement to its certificates."""
    form = {"files": [("files", ("dashboard.pdf", PDF))], "data": {"note": "Every test passed."}}
    path = f"/engagements/{engagement}"
    await send(it, "participant", f"{path}/test-evidence", **form)
    await send(it, "dcc", f"{path}/completion-report/receipt")
    await send(it, "dcc", f"{path}/exit-gate", json=REVIEWED)
    await send(it, "dcc", f"{path}/certificate", json={"signatory": "Dana Clerk"})


async def send(it: Outside, role: str, path: str, **content: Any) -> None:
    """Send a request again until it is answered, as a client does that got no answer."""

    async def accepted() -> bool:
        async with it.client(role, "ACME", **{"idempotency-key": path}) as client:
            answer = await client.post(path, **content)
            assert answer.status_code != HTTPStatus.UNPROCESSABLE_ENTITY, answer.text
            return bool(answer.is_success)

    await it.until(accepted, f"{path} was not accepted")


async def check(it: Outside, engagement: str) -> None:
    """One certificate of each form, issued once, in the bytes that were stored first, and published in order."""

    async def issued() -> Any:
        async with it.client("dcc") as client:
            answer = await client.get(f"/engagements/{engagement}/certificates")
            found = answer.json() if answer.is_success else []
            return found if [each["status"] for each in found] == ["issued"] * len(FORMS) else None

    async def published() -> bool:
        return not await it.fetch("SELECT 1 FROM outbox")

    certificates = await it.until(issued, "the certificates were not issued")
    await it.until(published, "not everything was published")
    types = [each["type"] for each in await it.fetch("SELECT type FROM event ORDER BY seq")]
    assert [types.count(each) for each in ("evidence-submitted", "certificate-prepared", "certificate-issued")] == [
        *(1, 2, 2),
    ]
    rows = await it.fetch("SELECT form, number, pdf_sha256, json_sha256 FROM certificate ORDER BY form")
    assert tuple(row["form"] for row in rows) == FORMS
    for certificate, row in zip(certificates, rows, strict=True):
        await are_genuine(it, certificate, row)
    sequences = await it.published("assay.certification")
    assert sequences[engagement] == list(range(1, len(sequences[engagement]) + 1))
    assert (await it.verdict()).intact


async def are_genuine(it: Outside, certificate: Any, row: Any) -> None:
    """The PDF and the twin of a certificate are those whose hashes were recorded, and can be verified."""
    async with it.client("dcc") as client:
        pdf, twin = [(await client.get(certificate["links"][kind])).content for kind in ("pdf", "json")]
        assert (sha256(pdf).hexdigest(), sha256(twin).hexdigest()) == (row["pdf_sha256"], row["json_sha256"])
        for file in (pdf, twin):
            answer = (await client.post("/certificates/verification", files={"file": ("certificate", file)})).json()
            assert (answer["valid"], answer["number"]) == (True, row["number"])
