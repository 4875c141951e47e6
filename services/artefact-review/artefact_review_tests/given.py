"""Engagements, and artefacts for them that pass the checks."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from artefact_review import templates
from artefact_review.domain import events, readiness, review, submission
from artefact_review.domain.artefacts import Artefact, Documents
from artefact_review.domain.party import CertificateNoted, Party, PartyAdmitted
from artefact_review.files.reading import read_artefact
from artefact_review.files.writing import Row, xlsx
from kernel.engagement import Participant, Subject
from rulebook.engine.profile import profile
from rulebook.engine.scope.scope import Item, Scope, tests_of

ENGAGEMENT = "0b6f3c1e-6f1c-4d6c-9f39-2a2b3c4d5e6f"
START = date(2027, 3, 1)
NOW = datetime(2027, 1, 22, 10, tzinfo=UTC)
RULEBOOK = "ctsd-2026.1"
E11 = events.Proposal("response-code", "E11", "b", "Our head-end can't produce it.")
ADMITTED = PartyAdmitted("ACME", "Acme Export Ltd", date(2026, 6, 1), "SEC-4711")
ACCEDED = Party(ADMITTED)
READERS = {each.kind: each.reader for each in profile("uept").handed_in}
KINDS = tuple(READERS)
Tables = dict[str, dict[str, list[Row]]]


def subject(role: str = "ES") -> Subject:
    name = f"Acme Export Ltd in the User Role {role}"
    return Subject("role", f"ACME/{role}", name, {"party": "ACME", "role": role})


def opened(role: str = "ES", *proposals: events.Proposal, procedure: str = "uept", srvs: Any = ()) -> Any:
    party = (Participant("participant", "ACME", "Acme Export Ltd"),)
    return events.ReviewOpened(procedure, RULEBOOK, subject(role), party, START, srvs, proposals, NOW)


def certificate(
    *srvs: str, form: str = "test-completion-certificate", number: str = "TCC-1", role: str = "ES"
) -> CertificateNoted:
    return CertificateNoted(number, form, subject(role), srvs, None, datetime(2026, 10, 1, 10, tzinfo=UTC))


def scope(role: str = "ES", *proposals: events.Proposal) -> Scope:
    items = [Item(one.kind, one.item) for one in proposals]
    return tests_of(profile("uept"), subject(role).fields, descoped=items)


def tables(role: str = "ES", *proposals: events.Proposal, tests: Scope | None = None) -> Tables:
    """The rows of all four artefacts, complete, to be spoilt."""
    engagement = templates.Engagement("Acme Export Ltd", START, tests or scope(role, *proposals), proposals)
    found: Tables = {
        kind: {sheet: [*rows] for sheet, rows in templates.sheets(reader, engagement).items()}
        for kind, reader in READERS.items()
    }
    plan, scripts = found["test-plan"]["Plan"], found["test-scripts"]["Scripts"]
    found["test-plan"]["Plan"] = [(row[0], row[1], row[2] or "As agreed.") for row in plan]
    header, *rows = scripts
    found["test-scripts"]["Scripts"] = [header, *((*row[:4], "Send it.", "It is answered.") for row in rows)]
    header, *items = found["test-data-plan"]["Test Data"]
    found["test-data-plan"]["Test Data"] = [header, *((*row[:2], "made up", *row[3:]) for row in items)]
    return found


def read(found: Tables) -> tuple[Artefact, ...]:
    """The artefacts as they are read from workbooks; those that a test leaves as they were are read once for all."""
    return tuple(_read(kind, json.dumps(found[kind])) for kind in KINDS)


@cache
def _read(kind: str, sheets: str) -> Artefact:
    return read_artefact(kind, READERS[kind], f"{kind}.xlsx", xlsx(json.loads(sheets)))


def artefacts(role: str = "ES", *proposals: events.Proposal) -> tuple[Artefact, ...]:
    return read(tables(role, *proposals))


def with_artefacts(sent: Sequence[Artefact], role: str = "ES", *proposals: events.Proposal) -> review.Review:
    """A review with artefacts on the table."""
    return review.Review(opened(role, *proposals), documents=Documents(tuple(sent)))


def without_a_script(role: str = "ES", *proposals: events.Proposal) -> tuple[Artefact, ...]:
    """Artefacts whose last script, and every mention of it, is missing."""
    found = tables(role, *proposals)
    found["test-scripts"]["Scripts"].pop()
    found["requirements-traceability-matrix"]["Requirements"].pop()
    return read(found)


def submit(sent: Sequence[Artefact]) -> submission.SubmitArtefacts:
    return submission.SubmitArtefacts(ENGAGEMENT, tuple(sent), ACCEDED, "pat", NOW)


def submitted(sent: Sequence[Artefact], number: int = 1) -> events.ArtefactsSubmitted:
    kinds = tuple(artefact.kind for artefact in sent)
    return events.ArtefactsSubmitted(number, tuple(sent), kinds, (), "pat", NOW)


def reviewed(outcome: Any, number: int = 1) -> events.ArtefactsReviewed:
    return events.ArtefactsReviewed(number, outcome, (), "dana", NOW)


def decided(proposal: events.Proposal, *, agreed: bool) -> events.DescopingDecided:
    return events.DescopingDecided(events.Descoped(proposal.kind, proposal.item), agreed, "As said.", "dana", NOW)


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
