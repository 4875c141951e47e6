"""An Export Supplier's engagement, and artefacts for it that pass the checks."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from artefact_review import templates
from artefact_review.domain import readiness, review, submission
from artefact_review.domain.documents import Artefact, ArtefactKind
from artefact_review.domain.party import PartyAdmitted
from artefact_review.files.reading import read_artefact
from artefact_review.files.writing import Row, xlsx
from rulebook.engine.scope.scope import Item, scope

ENGAGEMENT = "0b6f3c1e-6f1c-4d6c-9f39-2a2b3c4d5e6f"
START = date(2027, 3, 1)
NOW = datetime(2027, 1, 22, 10, tzinfo=UTC)
E11 = review.Proposal("response-code", "E11", "b", "Our head-end can't produce it.")
ACCEDED = PartyAdmitted("ACME", "Acme Export Ltd", date(2026, 6, 1), "SEC-4711")
KINDS: tuple[ArtefactKind, ...] = (
    "test-plan",
    "requirements-traceability-matrix",
    "test-scripts",
    "test-data-plan",
)


def opened(role: str = "ES", *proposals: review.Proposal) -> review.ReviewOpened:
    return review.ReviewOpened("uept", "ACME", "Acme Export Ltd", role, START, proposals, NOW)


def engagement(role: str = "ES", *proposals: review.Proposal) -> templates.Engagement:
    left = scope(role, [Item(one.kind, one.item) for one in proposals])
    return templates.Engagement("Acme Export Ltd", role, START, left, proposals)


def tables(role: str = "ES", *proposals: review.Proposal) -> dict[str, dict[str, list[Row]]]:
    """The rows of all four artefacts, complete, to be spoilt."""
    found: dict[str, dict[str, list[Row]]] = {
        kind: {sheet: [*rows] for sheet, rows in templates.sheets(kind, engagement(role, *proposals)).items()}
        for kind in KINDS
    }
    plan, scripts = found["test-plan"]["Plan"], found["test-scripts"]["Scripts"]
    found["test-plan"]["Plan"] = [(row[0], row[1], row[2] or "As agreed.") for row in plan]
    header, *rows = scripts
    found["test-scripts"]["Scripts"] = [header, *((*row[:4], "Send it.", "It is answered.") for row in rows)]
    return found


def read(found: dict[str, dict[str, list[Row]]]) -> tuple[Artefact, ...]:
    return tuple(read_artefact(kind, f"{kind}.xlsx", xlsx(found[kind])) for kind in KINDS)


def artefacts(role: str = "ES", *proposals: review.Proposal) -> tuple[Artefact, ...]:
    return read(tables(role, *proposals))


def without_a_script(role: str = "ES", *proposals: review.Proposal) -> tuple[Artefact, ...]:
    """Artefacts whose last script, and every mention of it, is missing."""
    found = tables(role, *proposals)
    found["test-scripts"]["Scripts"].pop()
    found["requirements-traceability-matrix"]["Requirements"].pop()
    return read(found)


def submit(sent: Sequence[Artefact]) -> submission.SubmitArtefacts:
    return submission.SubmitArtefacts(ENGAGEMENT, tuple(sent), "pat", NOW)


def submitted(sent: Sequence[Artefact], number: int = 1) -> review.ArtefactsSubmitted:
    kinds = tuple(artefact.kind for artefact in sent)
    return review.ArtefactsSubmitted(number, tuple(sent), kinds, (), "pat", NOW)


def reviewed(outcome: Any, number: int = 1) -> review.ArtefactsReviewed:
    return review.ArtefactsReviewed(number, outcome, (), "dana", NOW)


def decided(proposal: review.Proposal, *, agreed: bool) -> review.DescopingDecided:
    return review.DescopingDecided(review.Descoped(proposal.kind, proposal.item), agreed, "As said.", "dana", NOW)


def report(rag: readiness.Rag = "green") -> readiness.ReadinessReport:
    item = readiness.KeyItem("risk", "The bench is late.", "high", 3, "Chased.", START - timedelta(days=20))
    return readiness.ReadinessReport(
        previous_stage_exit_criteria=None,
        test_tool_available=True,
        key_items=(item,),
        rag=rag,
        test_plan_produced=True,
        test_schedule_produced=True,
        requirements=readiness.RequirementProgress(20, 5, 3, 2, 50),
        scripts=readiness.ScriptProgress(36, 30, 4, 2, 83),
        test_data_percent=80,
        resources="Two testers are ready.",
        environment=readiness.Environment(("ES",), True, "Four bench meters."),
    )
