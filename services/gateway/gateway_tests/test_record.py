"""The whole record of an engagement: a real gateway before a real notification service."""

from typing import Any
from uuid import uuid4

import pytest

from contracts.artefact_review import ArtefactFile, ArtefactsSubmitted, Finding
from gateway.edge.api_documents import api_documents
from gateway.edge.openapi import Section, sections
from gateway.read_side import record
from testing.notice import NOTIFIED_AT

HOSTILE = '=HYPERLINK("http://attacker.invalid","plan")\u202excod.xlsx'


async def test_it_holds_the_overview_every_fact_in_order_and_what_each_service_answers(
    door: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "FACTS_AT_ONCE", 1)
    alone = [each for each in sections(api_documents()) if each.service == "notification"]
    engagement = await door.notify()
    submitted = ArtefactsSubmitted(
        submission=1,
        artefacts=(ArtefactFile(kind="test-plan", file_name=HOSTILE, sha256="a" * 64, size=1),),
        findings=(Finding(rule="plan-is-whole", clause="CTSD 6.4.3", passed=True, message=""),),
        submitted_by="mo",
        submitted_at=NOTIFIED_AT,
    )
    await door.gateway.deliver(submitted, engagement)
    async with door.client("participant", party="SUPP") as participant:
        answer = await participant.get(f"/engagements/{engagement}/record")
        assert answer.status_code == 200, answer.text
        overview = (await participant.get(f"/engagements/{engagement}/overview")).json()
    whole = answer.json()
    assert answer.headers["content-disposition"] == f'attachment; filename="engagement-{engagement}.json"'
    assert (whole["format"], whole["version"], whole["engagement"]) == ("assay-engagement-record", 1, engagement)
    assert whole["exported_by"] == {"name": "someone", "role": "participant", "party": "SUPP"}
    for part in ("subject", "participants", "roles", "gates", "artefacts", "phase"):
        assert whole["overview"][part] == overview[part]
    told = [(fact["source"], fact["sequence"]) for fact in whole["facts"]]
    assert told == sorted(told)
    assert {fact["type"] for fact in whole["facts"]} >= {
        "notification.engagement-notified",
        "artefact-review.artefacts-submitted",
    }
    assert whole["files"] == [{"file_name": HOSTILE, "sha256": "a" * 64}]
    assert {each.name for each in alone} <= set(whole["sections"]) | set(whole["without"])
    assert whole["sections"]["timetable"]["steps"]


async def test_another_party_gets_no_record_and_of_an_unknown_engagement_there_is_none(door: Any) -> None:
    engagement = await door.notify()
    async with door.client("participant", party="OTHER") as other:
        assert (await other.get(f"/engagements/{engagement}/record")).status_code == 403
        assert (await other.get(f"/engagements/{uuid4()}/record")).status_code == 404


def test_a_section_is_whatever_a_service_answers_without_being_told_more_than_the_engagement() -> None:
    json: dict[str, Any] = {"responses": {"200": {"content": {"application/json": {}}}}}
    file: dict[str, Any] = {"responses": {"200": {"content": {}}}}
    pages = {
        **json,
        "parameters": [{"in": "query", "name": "after"}, {"in": "query", "name": "limit", "schema": {"maximum": 9}}],
    }
    asked = {**json, "parameters": [{"in": "query", "name": "key"}]}
    paths = {"scope": json, "results": pages, "why": asked, "calendar.ics": file, "issues/{number}": json}
    document = {"paths": {f"/engagements/{{engagement}}/{name}": {"get": each} for name, each in paths.items()}}
    assert sections({"one": document}) == (
        Section("one", "scope", "/engagements/{engagement}/scope", None, None),
        Section("one", "results", "/engagements/{engagement}/results", "after", 9),
    )
