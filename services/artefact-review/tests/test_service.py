"""The running service: real HTTP, PostgreSQL and Kafka."""

import io
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

import httpx
import pytest
from openpyxl import load_workbook

from artefact_review.files.reading import read_artefact
from artefact_review.wiring import build
from chassis.process.files import FileUnknown
from contracts import artefact_review as facts
from contracts.certification import CertificateIssued, CertifiedSrv
from contracts.common import Contact, DescopingProposal
from contracts.notification import NotificationAcknowledged, PartyRegistered, StartRescheduled
from testing.notice import notified
from testing.probe import Kafka, Postgres, Probe, running

from . import given

NOW = datetime(2027, 1, 22, 10, tzinfo=UTC)
E11 = DescopingProposal(kind="response-code", item="E11", reason="b", rationale="We can't.")
NOTICE = notified("ACME", descoping=(E11,))
ACCESSION = PartyRegistered(signifier="ACME", name="Acme Export Ltd", acceded_on=date(2026, 6, 1), reference="SEC-4711")
ACKNOWLEDGED = NotificationAcknowledged(
    contact=Contact(name="Priya", email="priya@dcc.example"),
    initiation_meeting_on=date(2026, 11, 27),
    acknowledged_at=datetime(2026, 11, 25, 10, tzinfo=UTC),
)
RESCHEDULED = StartRescheduled(
    was=given.START,
    start_date=date(2027, 3, 15),
    earliest=date(2027, 3, 8),
    reason="The bench is late.",
    rescheduled_by="dana",
    rescheduled_at=NOW,
)
FIELDS = {kind: kind.replace("-", "_") for kind in given.KINDS}


@pytest.fixture(scope="module")
async def service(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Probe]:
    async with running(build, postgres, kafka) as it:
        it.move_to(NOW)
        yield it


@pytest.fixture
async def engagement(service: Probe) -> str:
    id = str(uuid4())
    await service.deliver(NOTICE, id)
    return id


class Scenario:
    """An engagement as its participant and DCC see it."""

    def __init__(self, service: Probe, engagement: str) -> None:
        self.participant = service.client("participant", party="ACME")
        self.dcc = service.client("dcc")
        self.path = f"/engagements/{engagement}"

    async def does(self, who: httpx.AsyncClient, what: str, status: int = 200, **body: Any) -> dict[str, Any]:
        reply = await who.post(f"{self.path}/{what}", json=body)
        assert reply.status_code == status, reply.text
        answer: dict[str, Any] = reply.json()
        return answer

    async def reads(self, what: str) -> dict[str, Any]:
        reply = await self.participant.get(f"{self.path}/{what}")
        assert reply.status_code == 200, reply.text
        answer: dict[str, Any] = reply.json()
        return answer

    async def sends(self, what: str, files: dict[str, tuple[str, bytes]], **headers: str) -> httpx.Response:
        return await self.participant.post(f"{self.path}/{what}", files=files, headers=headers)

    async def files(self) -> dict[str, tuple[str, bytes]]:
        """The templates, completed."""
        found = {}
        for kind, field in FIELDS.items():
            reply = await self.participant.get(f"{self.path}/templates/{kind}")
            assert reply.status_code == 200, reply.text
            found[field] = (f"{kind}.xlsx", completed(reply.content))
        return found


def completed(template: bytes) -> bytes:
    workbook = load_workbook(io.BytesIO(template))
    for sheet in workbook.worksheets:
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                cell.value = "Written." if cell.value in (None, "") else cell.value
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def draft(scripts: bytes) -> bytes:
    workbook = load_workbook(io.BytesIO(scripts))
    sheet = workbook.worksheets[0]
    sheet.cell(sheet.max_row, 3).value = "RC:E13:S1"
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def weekly(week: str) -> dict[str, Any]:
    return {
        "week": week,
        "test_tool_available": True,
        "rag": "amber",
        "test_plan_produced": True,
        "test_schedule_produced": True,
        "requirements": {
            "identified": 20,
            "testable_in_progress": 5,
            "testable_not_started": 3,
            "not_testable": 2,
            "percent_complete": 50,
        },
        "scripts": {"planned": 36, "produced": 30, "in_progress": 4, "not_started": 2, "percent_complete": 83},
        "test_data_percent": 80,
        "resources": "Two testers are ready.",
        "environment": {"user_roles": ["ES"], "configuration_approved": True, "hardware": "Four bench meters."},
    }


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
    undecided = await scenario.does(scenario.dcc, "review", 409, outcome="accepted")
    assert undecided["clause"] == "CTSD 5.2.6"
    await scenario.does(scenario.dcc, "descoping-decisions", kind="response-code", item="E11", agreed=True)
    await scenario.does(scenario.dcc, "review", outcome="accepted")
    scope = await service.published(facts.ScopeAgreed, engagement)
    assert len(scope.tests) == 36
    assert (await scenario.reads("scope"))["status"] == "agreed"

    ready: dict[str, Any] = {
        "outcome": "ready",
        "start_date": "2027-03-01",
        "approved": ["test-readiness-report"],
    }
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

    hiscenario = (await scenario.reads("artefacts"))["submissions"]
    assert [one["review"]["outcome"] for one in hiscenario] == ["returned", "accepted"]
    assert [each["kind"] for each in hiscenario[1]["files"] if each["changed"]] == ["test-scripts"]
    sha256 = hiscenario[0]["files"][0]["sha256"]
    download = await scenario.participant.get(f"{scenario.path}/artefacts/{sha256}")
    assert download.content == files["test_plan"][1]


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
    assert any("2027-03-15" in str(row[2]) for row in parts)
    gate: dict[str, Any] = {"outcome": "prevented", "reason": "The bench is late."}
    refused = await scenario.does(scenario.dcc, "entry-gate", 422, **gate, start_date="2027-03-01")
    assert refused["remedy"] == "Confirm 2027-03-15."
    await scenario.does(scenario.dcc, "entry-gate", **gate, start_date="2027-03-15")
    assert (await service.published(facts.EntryGateHeld, engagement)).start_date == date(2027, 3, 15)


async def test_a_dry_run_answers_as_a_submission_would_and_keeps_nothing(service: Probe, engagement: str) -> None:
    scenario = Scenario(service, engagement)
    files = await scenario.files()
    tried = await scenario.sends("artefacts/dry-run", files)
    assert tried.status_code == 200
    assert tried.json()["passed"] is True
    assert (await scenario.reads("artefacts"))["submissions"] == []


async def test_the_same_key_submits_once(service: Probe, engagement: str) -> None:
    scenario = Scenario(service, engagement)
    files = await scenario.files()
    first = await scenario.sends("artefacts", files, **{"Idempotency-Key": "k"})
    again = await scenario.sends("artefacts", files, **{"Idempotency-Key": "k"})
    assert first.json() == again.json()
    assert len((await scenario.reads("artefacts"))["submissions"]) == 1


@pytest.mark.parametrize("template", given.KINDS[1:])
async def test_templates_of_one_table_come_as_csv_too(service: Probe, engagement: str, template: Any) -> None:
    scenario = Scenario(service, engagement)
    reply = await scenario.participant.get(f"{scenario.path}/templates/{template}", params={"format": "csv"})
    assert reply.headers["content-type"].startswith("text/csv")
    assert read_artefact(template, given.READERS[template], "t.csv", reply.content).kind == template


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


@pytest.mark.parametrize(
    ("file", "status", "problem"),
    [
        (b"%PDF-1.7", 422, "not-that-kind-of-file"),
        (b"PK\x03\x04 cut off", 422, "file-damaged"),
        (b"x" * 5_000_001, 413, "upload-too-large"),
        (b"a,b\n1,2\n", 422, "column-missing"),
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
        f"/engagements/{uuid4()}/scope",
    ):
        assert (await scenario.participant.get(path)).status_code == 404


async def test_a_notice_before_the_accession_is_taken_and_criterion_a_is_met_once_it_is_known(service: Probe) -> None:
    id = str(uuid4())
    await service.deliver(notified("NEW"), id)
    async with service.client("dcc") as dcc:

        async def met() -> dict[str, bool]:
            reply = await dcc.get(f"/engagements/{id}/entry-criteria")
            return {each["criterion"]: each["met"] for each in reply.json()["criteria"]}

        assert (await met())["5.8.1a"] is False
        assert (await met())["5.8.1b"] is True
        gate = {"outcome": "prevented", "reason": "Not yet.", "start_date": NOTICE.start_date.isoformat()}
        assert (await dcc.post(f"/engagements/{id}/entry-gate", json=gate)).status_code == 200
        await service.deliver(ACCESSION.model_copy(update={"signifier": "NEW"}), "NEW")
        assert (await met())["5.8.1a"] is True


async def test_facts_before_the_notice_are_taken_and_count_once_it_comes(service: Probe) -> None:
    id = str(uuid4())
    await service.deliver(ACKNOWLEDGED, id)
    assert (await service.client("dcc").get(f"/engagements/{id}/scope")).status_code == 404
    await service.deliver(NOTICE, id)
    reply = await service.client("dcc").get(f"/engagements/{id}/entry-criteria")
    said = {each["criterion"]: each["statement"] for each in reply.json()["criteria"]}
    assert "acknowledgement" not in said["5.8.1c"]


async def test_a_form_field_that_names_no_artefact_of_the_procedure_is_refused_with_the_known_ones(
    service: Probe, engagement: str
) -> None:
    scenario = Scenario(service, engagement)
    reply = await scenario.sends("artefacts", {"risk_register": ("r.xlsx", b"x")})
    assert (reply.status_code, reply.json()["type"]) == (422, "urn:assay:problem:artefact-kind-unknown")
    assert ", ".join(FIELDS.values()) in reply.json()["remedy"]
    path = f"/engagements/{engagement}/artefacts"
    text = await scenario.participant.post(path, files={"a": b""}, data={"test_plan": "as text"})
    assert text.json()["type"] in ("urn:assay:problem:artefact-kind-unknown", "urn:assay:problem:not-a-file")


async def test_a_proposal_is_withdrawn_by_the_party_and_no_more_decided_by_dcc(service: Probe, engagement: str) -> None:
    scenario = Scenario(service, engagement)
    item: dict[str, Any] = {"kind": "response-code", "item": "E11"}
    await scenario.does(scenario.dcc, "descoping-withdrawals", 403, **item)
    await scenario.does(scenario.participant, "descoping-withdrawals", **item)
    scope = await scenario.reads("scope")
    assert scope["descoping"][0]["status"] == "withdrawn"
    assert sum(scope["counts"].values()) == 38
    refused = await scenario.does(scenario.dcc, "descoping-decisions", 409, **item, agreed=True)
    assert refused["type"] == "urn:assay:problem:proposal-withdrawn-before"


def issued(*srvs: str) -> CertificateIssued:
    """The certificate of the Party's User Entry Process Tests."""
    return CertificateIssued(
        number="TCC-2026-0001",
        outcome="test-completion-certificate",
        title="Test Completion Certificate",
        subject=NOTICE.subject,
        recipient=NOTICE.participants[0],
        srvs=tuple(CertifiedSrv(srv=each, route="UEPT", issued_on=date(2026, 10, 1)) for each in srvs),
        supersedes=None,
        issued_at=datetime(2026, 10, 1, 10, tzinfo=UTC),
        pdf_sha256="0" * 64,
        json_sha256="0" * 64,
        verification_url="https://verify.invalid/TCC-2026-0001",
    )


async def test_additional_testing_without_artefacts_goes_from_the_notice_to_the_gate(service: Probe) -> None:
    id = str(uuid4())
    await service.deliver(ACCESSION, "ACME")
    await service.deliver(issued("4.2"), str(uuid4()))
    chosen: dict[str, Any] = {"procedure": "additional-sr-dust", "service_requests": ("4.2", "4.8.3")}
    await service.deliver(notified("ACME", confirmations=(), **chosen), id)
    scenario = Scenario(service, id)
    scope = await scenario.reads("scope")
    assert (scope["srvs"], scope["certified"]) == (["4.8.3"], ["4.2"])
    refused = await scenario.sends("artefacts", {"test_plan": ("p.xlsx", b"x")})
    assert refused.json()["type"] == "urn:assay:problem:artefacts-not-asked-for"
    await scenario.does(scenario.participant, "readiness-reports", 422, **weekly("2027-W03"))
    assert (await scenario.participant.get(f"{scenario.path}/templates/readiness-report")).status_code == 404
    for criterion in ("5.8.1d", "5.8.1e", "5.8.1f"):
        await scenario.does(scenario.participant, "entry-evidence", criterion=criterion, statement="It is so.")
    await scenario.does(scenario.dcc, "entry-evidence", criterion="5.4.2", statement="It is active in DUST.")
    days = [{"day": "2027-03-02", "tests": 1}, {"day": "2027-03-01", "tests": 2}]
    await scenario.does(scenario.dcc, "entry-gate", outcome="ready", start_date="2027-03-01", schedule=days)
    assert {test.srv for test in (await service.published(facts.ScopeAgreed, id)).tests} == {"4.8.3"}
    held = await service.published(facts.EntryGateHeld, id)
    assert (held.gate, held.body, held.last_day) == ("entry", "dcc", date(2027, 3, 2))


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
