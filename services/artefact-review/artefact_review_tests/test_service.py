"""The running service: from the notice to the gate of the entry tests, and what is refused on the way."""

import io
import zipfile
from datetime import date
from hashlib import sha256
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest
from openpyxl import load_workbook

from artefact_review.files.reading import read_artefact
from chassis.process.files import FileUnknown
from contracts import artefact_review as facts
from testing.probe import Probe

from . import given
from .scenario import ACCESSION, ACKNOWLEDGED, NOTICE, RESCHEDULED, Scenario, draft, slower, weekly


async def test_from_the_notice_to_a_passed_entry_gate(service: Probe, engagement: str) -> None:
    scenario = Scenario(service, engagement)
    await service.deliver(ACCESSION, "ACME")
    await scenario.does(scenario.participant, "readiness-reports", 201, **weekly("2027-W03"))
    assert (await service.published(facts.ReadinessReported, engagement)).week == "2027-W03"

    files = await scenario.files()
    first = await scenario.sends("artefacts", {**files, "test_scripts": ("s.xlsx", draft(files["test_scripts"][1]))})
    assert first.status_code == 201
    assert first.json()["submission"] == 1
    assert [each["rule"] for each in first.json()["findings"] if not each["passed"]] == [
        "tests-have-scripts",
        "scripts-show-requirements",
    ]
    refused = await scenario.does(scenario.dcc, "review", 409, outcome="accepted")
    assert refused["type"] == "urn:assay:problem:checks-fail"
    remark = {"artefact": "test-scripts", "text": "SSI has no script.", "location": "Scripts"}
    await scenario.does(scenario.dcc, "review", outcome="returned", deficiencies=[remark])
    returned = await service.published(facts.ArtefactsReviewed, engagement)
    assert returned.deficiencies[0].id == "1.1"

    second = await scenario.sends("artefacts", {"test_scripts": files["test_scripts"]})
    assert second.json()["passed"] is True
    assert [each["reading"]["sheets"][0]["rows"] for each in second.json()["read"]] == [36]
    await _compares_its_versions(scenario)
    undecided = await scenario.does(scenario.dcc, "review", 409, outcome="accepted")
    assert undecided["clause"] == "CTSD 5.2.6"
    await scenario.does(scenario.dcc, "descoping-decisions", kind="response-code", item="E11", agreed=True)
    await scenario.does(scenario.dcc, "review", outcome="accepted")
    scope = await service.published(facts.ScopeAgreed, engagement)
    assert len(scope.tests) == 36
    assert (await scenario.reads("scope"))["status"] == "agreed"

    ready: dict[str, Any] = {"outcome": "ready", "start_date": "2027-03-01", "approved": ["test-readiness-report"]}
    unmet = await scenario.does(scenario.dcc, "entry-gate", 409, **ready)
    assert unmet["facts"]["criteria"] == "5.8.1c, 5.8.1d, 5.8.1e, 5.8.1f"
    assert "DCC's acknowledgement of the notification" in unmet["detail"]
    await service.deliver(ACKNOWLEDGED, engagement)
    for criterion in ("5.8.1d", "5.8.1e", "5.8.1f"):
        await scenario.does(scenario.participant, "entry-evidence", criterion=criterion, statement="It is so.")
    (missing,) = (each for each in (await scenario.reads("entry-criteria"))["criteria"] if not each["met"])
    still_to_come = "DCC's approval of the Test Readiness Report, which is given at the entry gate"
    assert (missing["criterion"], missing["statement"]) == ("5.8.1c", f"Missing: {still_to_come}.")
    await scenario.does(scenario.dcc, "entry-gate", **ready)
    assert (await scenario.reads("entry-criteria"))["met"] is True
    held = await service.published(facts.EntryGateHeld, engagement)
    assert held.outcome == "ready"
    assert sum(day.tests for day in held.schedule) == 36
    assert held.schedule[0].day == given.START
    await _brings_the_plan_up_to_date(scenario, files["test_plan"], service, engagement)

    submissions = (await scenario.reads("artefacts"))["submissions"]
    assert [one["review"] and one["review"]["outcome"] for one in submissions] == ["returned", "accepted", None]
    assert [one["update"] for one in submissions] == [False, False, True]
    assert [each["kind"] for each in submissions[1]["files"] if each["changed"]] == ["test-scripts"]
    sha256 = submissions[0]["files"][0]["sha256"]
    download = await scenario.participant.get(f"{scenario.path}/artefacts/{sha256}")
    assert download.content == files["test_plan"][1]


async def _compares_its_versions(scenario: Scenario) -> None:
    versions = (await scenario.reads("artefacts/test-scripts/versions"))["versions"]
    assert [(each["version"], each["submission"]) for each in versions] == [(1, 1), (2, 2)]
    found = await scenario.reads("artefacts/test-scripts/versions/1/differences/2")
    (sheet,) = found["differences"]["sheets"]
    assert [each["cells"] for each in sheet["changed"]] == [{"tests": {"was": "RC:E13:S1", "now": "SSI"}}]
    assert len((await scenario.reads("artefacts/test-plan/versions"))["versions"]) == 1


async def _brings_the_plan_up_to_date(scenario: Scenario, plan: Any, service: Probe, engagement: str) -> None:
    early = await scenario.sends("artefacts/updates", {"test_plan": plan})
    assert early.json()["type"] == "urn:assay:problem:nothing-revised"
    later = await scenario.sends("artefacts/updates", {"test_plan": ("plan.xlsx", slower(plan[1]))})
    assert (later.status_code, later.json()["submission"], later.json()["passed"]) == (201, 3, True), later.text
    updated = await service.published(facts.ArtefactsUpdated, engagement)
    assert (updated.changed, updated.last_day) == (("test-plan",), date(2027, 3, 15))
    found = await scenario.reads("artefacts/test-plan/versions/1/differences/2")
    assert [each["key"] for each in found["differences"]["sheets"][1]["changed"]] == [["D5"]]
    assert (await scenario.reads("entry-criteria"))["met"] is True


async def test_a_rescheduled_start_moves_weeks_templates_and_what_the_gate_confirms(
    service: Probe, engagement: str
) -> None:
    scenario = Scenario(service, engagement)
    await service.deliver(ACCESSION, "ACME")
    await scenario.does(scenario.participant, "readiness-reports", 201, **weekly("2027-W01"))
    await service.deliver(RESCHEDULED, engagement)
    weeks = {each["week"]: each["report"] for each in (await scenario.reads("readiness-reports"))["weeks"]}
    assert list(weeks) == ["2027-W01", *(f"2027-W{n:02}" for n in range(3, 11))]
    assert weeks["2027-W01"]["rag"] == "amber"
    plan = await scenario.participant.get(f"{scenario.path}/templates/test-plan")
    parts = load_workbook(io.BytesIO(plan.content))["Plan"].values
    assert any("Mon 15 March 2027" in str(row[2]) for row in parts)
    gate: dict[str, Any] = {"outcome": "prevented", "reason": "The bench is late."}
    refused = await scenario.does(scenario.dcc, "entry-gate", 422, **gate, start_date="2027-03-01")
    assert refused["remedy"] == "Confirm Mon 15 March 2027."
    await scenario.does(scenario.dcc, "entry-gate", **gate, start_date="2027-03-15")
    assert (await service.published(facts.EntryGateHeld, engagement)).start_date == date(2027, 3, 15)


async def test_a_dry_run_answers_as_a_submission_would_and_keeps_nothing(service: Probe, engagement: str) -> None:
    scenario = Scenario(service, engagement)
    files = await scenario.files()
    tried = await scenario.sends("artefacts/dry-run", files)
    assert tried.status_code == 200
    assert tried.json()["passed"] is True
    assert {each["kind"]: each["reading"]["format"] for each in tried.json()["read"]} == dict.fromkeys(
        given.KINDS, "xlsx"
    )
    assert (await scenario.reads("artefacts"))["submissions"] == []


async def test_the_same_key_submits_once(service: Probe, engagement: str) -> None:
    scenario = Scenario(service, engagement)
    files = await scenario.files()
    first = await scenario.sends("artefacts", files, **{"Idempotency-Key": "k"})
    again = await scenario.sends("artefacts", files, **{"Idempotency-Key": "k"})
    assert first.json() == again.json()
    assert len((await scenario.reads("artefacts"))["submissions"]) == 1


@pytest.mark.parametrize("template", given.KINDS)
async def test_templates_come_as_word_documents_and_those_of_one_table_as_csv_too(
    service: Probe, engagement: str, template: Any
) -> None:
    scenario = Scenario(service, engagement)
    formats = {"docx": "application/vnd.openxmlformats", "csv": "text/csv"}
    for format in formats if template != "test-plan" else ["docx"]:
        reply = await scenario.participant.get(f"{scenario.path}/templates/{template}", params={"format": format})
        assert reply.headers["content-type"].startswith(formats[format])
        assert read_artefact(template, given.READERS[template], "t", reply.content).kind == template


async def test_the_readiness_template_has_the_shape_of_a_report(service: Probe, engagement: str) -> None:
    scenario = Scenario(service, engagement)
    template = await scenario.reads("templates/readiness-report")
    assert (template["week"], template["key_items"][0]["target_close"]) == ("2027-W03", "2027-01-22")
    assert set(weekly("2027-W01")) <= set(template)
    weeks = (await scenario.reads("readiness-reports"))["weeks"]
    assert [each["week"] for each in weeks] == [f"2027-W0{n}" for n in range(1, 9)]
    await scenario.does(scenario.participant, "readiness-reports", 201, **weekly("2027-W03"))
    template = await scenario.reads("templates/readiness-report")
    assert (template["week"], template["key_items"][0]["target_close"]) == ("2027-W04", "2027-01-29")


async def test_a_refused_submission_leaves_no_file_behind(service: Probe, engagement: str) -> None:
    scenario = Scenario(service, engagement)
    scripts = b"script,title,tests,requirements,steps,expected_result\nT1,R,SR:4.2:CV1-OD:S1,R1,Send it.,It answers.\n"
    refused = await scenario.participant.post(f"{scenario.path}/artefacts", files={"test_scripts": ("s.csv", scripts)})
    assert refused.json()["type"] == "urn:assay:problem:artefacts-missing"
    with pytest.raises(FileUnknown):
        await service.runtime.files.get(sha256(scripts).hexdigest())


@pytest.mark.parametrize("template", ["test-plan", "readiness-report"])
async def test_a_template_that_is_not_one_table_is_refused_as_csv(
    service: Probe, engagement: str, template: str
) -> None:
    scenario = Scenario(service, engagement)
    reply = await scenario.participant.get(f"{scenario.path}/templates/{template}", params={"format": "csv"})
    assert reply.status_code == 422
    assert reply.json()["type"] == "urn:assay:problem:template-not-csv"
    assert "requirements-traceability-matrix, test-scripts, test-data-plan" in reply.json()["remedy"]


@pytest.mark.parametrize("format", ["xlsx", "docx"])
async def test_the_template_of_a_report_is_refused_as_a_file_and_says_how_it_comes(
    service: Probe, engagement: str, format: str
) -> None:
    scenario = Scenario(service, engagement)
    path = f"{scenario.path}/templates/readiness-report"
    reply = await scenario.participant.get(path, params={"format": format})
    assert reply.status_code == 422
    assert reply.json()["type"] == "urn:assay:problem:template-is-json"
    assert "without `format`" in reply.json()["remedy"]
    assert (await scenario.participant.get(path)).headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("file", "status", "problem"),
    [
        (b"%PDF-1.7", 422, "not-that-kind-of-file"),
        (b"PK\x03\x04 cut off", 422, "file-damaged"),
        (b"x" * 5_000_001, 413, "upload-too-large"),
        (b"a,b\n1,2\n", 422, "column-missing"),
        ("script,título".encode("cp1252"), 422, "not-that-kind-of-file"),
        (b"script,title,tests,requirements,steps,expected_result\n04-Feb,,,,,\n", 422, "cell-not-understood"),
    ],
)
async def test_bad_files_are_refused_with_a_problem_document(
    service: Probe, engagement: str, file: bytes, status: int, problem: str
) -> None:
    scenario = Scenario(service, engagement)
    for route in ("artefacts", "artefacts/dry-run"):
        reply = await scenario.sends(route, {"test_scripts": ("scripts.csv", file)})
        assert reply.status_code == status
        assert reply.json()["type"] == f"urn:assay:problem:{problem}"
        assert reply.json()["remedy"]


@pytest.mark.parametrize(
    ("part", "content", "problem", "said"),
    [
        ("xl/vbaProject.bin", b"macro", "workbook-suspicious", "it has macros"),
        ("xl/media/zeros.bin", b"\0" * 19_000_000, "workbook-suspicious", "times its size"),
        ("xl/media/zeros.bin", b"\0" * 21_000_000, "workbook-suspicious", "would unzip to"),
        ("xl/a.xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>', "workbook-suspicious", "XML entities"),
    ],
)
async def test_a_workbook_that_does_more_than_hold_tables_is_refused_unopened(
    service: Probe, engagement: str, part: str, content: bytes, problem: str, said: str
) -> None:
    scenario = Scenario(service, engagement)
    name, workbook = (await scenario.files())["test_scripts"]
    file = io.BytesIO(workbook)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(part, content)
    reply = await scenario.sends("artefacts/dry-run", {"test_scripts": (name, file.getvalue())})
    assert (reply.status_code, reply.json()["type"]) == (422, f"urn:assay:problem:{problem}")
    assert said in reply.json()["detail"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.xlsx", "passwd.xlsx"),
        ("C:\\Users\\pat\\scripts.xlsx", "scripts.xlsx"),
        ("scripts\u202excod.xlsx", "scriptsxcod.xlsx"),
        ("\u200f\u200e", "unnamed"),
        (f"{'n' * 1_000}.xlsx", f"{'n' * 195}.xlsx"),
        ("..", "unnamed"),
    ],
)
async def test_the_name_of_a_file_is_kept_without_folders_and_invisible_characters(
    service: Probe, engagement: str, sent: str, kept: str
) -> None:
    scenario = Scenario(service, engagement)
    _, workbook = (await scenario.files())["test_scripts"]
    files = await scenario.files()
    reply = await scenario.sends("artefacts", {**files, "test_scripts": (sent, workbook)})
    (scripts,) = (each for each in reply.json()["read"] if each["kind"] == "test-scripts")
    assert scripts["file_name"] == kept
    download = await scenario.participant.get(f"{scenario.path}/artefacts/{scripts['sha256']}")
    assert kept in unquote(download.headers["content-disposition"])


async def test_a_name_of_5000_characters_is_refused_in_words(service: Probe, engagement: str) -> None:
    scenario = Scenario(service, engagement)
    reply = await scenario.sends("artefacts/dry-run", {"test_scripts": (f"{'n' * 5_000}.xlsx", b"a,b\n")})
    assert (reply.status_code, reply.headers["content-type"]) == (400, "application/problem+json"), reply.text


async def test_another_party_neither_reads_nor_acts(service: Probe, engagement: str) -> None:
    stranger = service.client("participant", party="OTHER")
    path = f"/engagements/{engagement}"
    for read in ("artefacts", "scope", "entry-criteria", "readiness-reports", "templates/test-plan"):
        assert (await stranger.get(f"{path}/{read}")).status_code == 403
    assert (await stranger.post(f"{path}/readiness-reports", json=weekly("2027-W03"))).status_code == 403
    files = {"test_scripts": ("s.csv", b"a,b\n1,2\n")}
    assert (await stranger.post(f"{path}/artefacts", files=files)).status_code == 403


async def test_what_does_not_exist_is_not_found(service: Probe, engagement: str) -> None:
    scenario = Scenario(service, engagement)
    for path in (
        f"{scenario.path}/artefacts/{'0' * 64}",
        f"{scenario.path}/templates/x",
        f"{scenario.path}/artefacts/test-scripts/versions/1/differences/2",
        f"/engagements/{uuid4()}/scope",
    ):
        assert (await scenario.participant.get(path)).status_code == 404


async def test_an_engagement_keeps_the_edition_under_which_it_began(service: Probe) -> None:
    version = "ctsd-2026.1"
    id = str(uuid4())
    await service.deliver(NOTICE.model_copy(update={"rulebook": version}), id)
    async with service.client("dcc") as dcc:
        assert (await dcc.get(f"/engagements/{id}/scope")).json()["rulebook"] == version


async def test_a_notice_under_an_edition_that_is_not_known_here_is_parked(service: Probe) -> None:
    id = str(uuid4())
    await service.deliver(NOTICE.model_copy(update={"rulebook": "ctsd-1999.1"}), id)
    reason = await service.runtime.pool.fetchval("SELECT reason FROM parked WHERE subject = $1", id)
    assert "There is no edition 'ctsd-1999.1'" in reason
    await service.runtime.pool.execute("DELETE FROM parked WHERE subject = $1", id)
