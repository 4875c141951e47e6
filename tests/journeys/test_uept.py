"""The scenario of one UEPT engagement, from accession to certificate, through the gateway of a real stack."""

import importlib.util
import json
import shutil
from collections.abc import Callable
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest
from pypdf import PdfReader

from assay_cli.trace import milestones, read
from assay_lab.api_client import ApiClient, Refused, eventually
from assay_lab.demo import EXAMPLE, fresh_party
from assay_lab.scenario import Scenario, ScenarioResult, Target
from assay_stack.home import Home
from assay_stack.mailbox import mails
from rulebook.engine.scope.scope import Item, scope

OpenClient = Callable[..., ApiClient]

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def scenario(there: Target) -> Scenario:
    return Scenario(there, EXAMPLE, fresh_party(EXAMPLE), lambda *_: None)


@pytest.fixture(scope="module")
def result(scenario: Scenario) -> ScenarioResult:
    return scenario.run()


@pytest.fixture
def steps(result: ScenarioResult) -> dict[str, dict[str, Any]]:
    asked_for = (step for step in result.timeline["steps"] if step["state"] not in ("not-applicable", "withdrawn"))
    return {step["key"]: step for step in asked_for}


def descoped(folder: Path) -> tuple[Item, ...]:
    return tuple(Item(one["kind"], one["item"]) for one in json.loads((folder / "descoping.json").read_text()))


def test_every_step_of_tables_1_3_and_5_is_done(steps: dict[str, dict[str, Any]]) -> None:
    tables = [f"5.6.1.{n}" for n in range(1, 10)] + [f"5.10.1.{n}" for n in range(1, 5)]
    tables += [f"5.17.1.{n}" for n in range(1, 4)]
    assert {step["ref"] for step in steps.values()} == set(tables)
    undone = [key for key, step in steps.items() if step["state"] not in ("done", "late")]
    assert undone == []


def test_only_the_forgotten_report_is_late(steps: dict[str, dict[str, Any]]) -> None:
    late = [key for key, step in steps.items() if step["in_time"] is False]
    assert [key.partition("/")[0] for key in late] == ["5.6.1.4"]
    assert all(step["due"] for step in steps.values() if step["ref"] != "5.10.1.2")


def test_the_start_that_was_too_early_was_refused_with_the_earliest_date(
    scenario: Scenario, result: ScenarioResult
) -> None:
    (refused,) = scenario.refusals
    assert (refused.status, refused.reason) == (422, "start-too-early")
    assert refused.problem["clause"] == "CTSD 5.6.1.1"
    assert refused.problem["facts"]["earliest"] == scenario.start.isoformat()


def test_both_sides_got_an_email_about_the_missed_deadline_and_one_about_the_late_report(
    scenario: Scenario, home: Home, steps: dict[str, dict[str, Any]]
) -> None:
    (late,) = (key for key, step in steps.items() if step["in_time"] is False)
    about = [mail for mail in mails(home.mail) if late in mail.subject and scenario.party in mail.subject]
    for what in ("deadline missed", "done late"):
        recipients = sorted(mail.recipients for mail in about if mail.subject.endswith(f"{late}: {what}"))
        assert recipients == ["morgan.hale@breeze-export.example", "priya.raman@dcc.example"], what


def mailed(home: Home, scenario: Scenario, headline: str, least: int) -> dict[str, EmailMessage]:
    """The mails about the engagement of which the subject ends so, by recipient, once there are so many."""

    def found() -> dict[str, EmailMessage]:
        about = (
            mail for mail in mails(home.mail) if scenario.party in mail.subject and mail.subject.endswith(headline)
        )
        return {mail.recipients: message_from_bytes(mail.file.read_bytes(), policy=policy.default) for mail in about}

    return eventually(lambda: each if len(each := found()) >= least else None, f"The e-mails that say {headline!r}")


def test_the_certificate_comes_with_the_email_that_tells_of_it(
    scenario: Scenario, result: ScenarioResult, home: Home
) -> None:
    for mail in mailed(home, scenario, "certificate issued", least=2).values():
        [attached] = mail.iter_attachments()
        assert attached.get_content() == result.pdf
        assert mail["In-Reply-To"], "all that a side is told of the engagement is one thread"
        html = mail.get_body(("html",))
        assert html is not None
        assert "<li>" in html.get_content() or "<p>" in html.get_content()


def test_dcc_gets_the_weekly_reports_and_the_documents_themselves(
    scenario: Scenario, result: ScenarioResult, home: Home
) -> None:
    assert "priya.raman@dcc.example" in mailed(home, scenario, "report of the week, green", least=1)
    handed_in = mailed(home, scenario, "CTSD 5.6.1.5: documents handed in", least=1)["priya.raman@dcc.example"]
    revised = mailed(home, scenario, "CTSD 5.6.1.7: documents handed in", least=1)["priya.raman@dcc.example"]
    for mail in (handed_in, revised):
        assert [each.get_content() for each in mail.iter_attachments()], "the documents are attached"


def test_a_calendar_program_reads_the_deadlines_through_the_gateway_without_a_token(
    scenario: Scenario, result: ScenarioResult, open_client: OpenClient
) -> None:
    client = open_client("participant", scenario.party)
    path = urlsplit(client.post("/calendar-feeds")["url"]).path
    assert open_client(None).file(path).startswith(b"BEGIN:VCALENDAR")
    with pytest.raises(Refused) as wrong:
        open_client(None).file(path.replace(path.split("/")[2], "x" * 43))
    assert (wrong.value.status, wrong.value.reason) == (404, "feed-unknown")


@pytest.fixture
def read_of(open_client: OpenClient, result: ScenarioResult) -> Callable[[str], Any]:
    """What DCC reads about the engagement."""
    return lambda path: open_client("dcc", None).get(f"/engagements/{result.engagement}/{path}")


def test_the_accession_came_as_an_event_and_is_what_the_first_criterion_of_entry_rests_on(
    scenario: Scenario, read_of: Callable[[str], Any]
) -> None:
    (accession,) = (each for each in read_of("entry-criteria")["criteria"] if each["criterion"] == "5.8.1a")
    assert accession["met"] is True
    assert json.loads((EXAMPLE / "party.json").read_text())["reference"] in accession["statement"]


def test_the_checks_found_one_test_without_a_script_and_nothing_in_the_revision(read_of: Callable[[str], Any]) -> None:
    first, revised = read_of("artefacts")["submissions"]
    (found,) = (finding for finding in first["findings"] if not finding["passed"])
    assert (found["rule"], found["artefact"]) == ("tests-have-scripts", "test-scripts")
    assert "SR:4.2:CV1-OD:S2" in found["message"]
    assert (first["review"]["outcome"], len(first["review"]["deficiencies"])) == ("returned", 1)
    assert all(finding["passed"] for finding in revised["findings"])
    assert revised["review"]["outcome"] == "accepted"
    assert [file["kind"] for file in revised["files"] if file["changed"]] == ["test-scripts"]


def test_the_descoping_of_a_response_code_was_agreed_and_the_scope_is_fixed_without_it(
    read_of: Callable[[str], Any],
) -> None:
    agreed = read_of("scope")
    assert agreed["status"] == "agreed"
    assert [(each["item"], each["reason"], each["status"]) for each in agreed["descoping"]] == [("E11", "b", "agreed")]
    assert {test["id"] for test in agreed["tests"]} == {test.id for test in scope("ES", descoped(EXAMPLE)).tests}


def test_every_criterion_of_the_entry_gate_was_met(read_of: Callable[[str], Any]) -> None:
    criteria = read_of("entry-criteria")
    assert criteria["gate"] == "ready"
    assert [each["criterion"] for each in criteria["criteria"]] == [f"5.8.1{letter}" for letter in "abcdef"]
    assert all(each["met"] for each in criteria["criteria"])


def test_one_issue_stays_outstanding_under_an_agreed_plan_and_one_was_closed_by_its_retest(
    read_of: Callable[[str], Any],
) -> None:
    outstanding, fixed = read_of("issues")["issues"]
    assert (outstanding["severity"], outstanding["status"], outstanding["agreed_by"]) == (3, "planned", "dcc")
    assert (fixed["severity"], fixed["status"]) == (2, "closed")
    results = read_of("results?limit=500")["results"]
    (retest,) = (each for each in results if each["result_id"] == fixed["verified_by"])
    assert (retest["purpose"], retest["outcome"], retest["verifies"]) == ("retest", "passed", fixed["issue"])


def test_each_days_dashboard_was_computed_from_the_results_of_the_files(read_of: Callable[[str], Any]) -> None:
    days = sorted(each["day"] for each in read_of("dashboards")["items"])
    dashboards = [{item["clause"]: item["content"] for item in read_of(f"dashboards/{day}")["items"]} for day in days]
    assert all(list(each) == [f"CTSD 6.5.2({letter})" for letter in "abcdefghij"] for each in dashboards)
    progress = [each["CTSD 6.5.2(e)"] for each in dashboards]
    assert [each["executed"] for each in progress] == [8, 15, 22, 29, 36]
    assert [each["tests"]["failed"] for each in progress] == [0, 1, 2, 1, 1]
    assert [each["CTSD 6.5.2(f)"]["total"] for each in dashboards] == [0, 1, 2, 2, 2]
    glide_path = dashboards[-1]["CTSD 6.5.2(d)"]["glide_path"]
    assert [day["planned"] for day in glide_path] == [8, 15, 22, 29, 36]


def test_every_exit_criterion_was_met_with_the_thresholds_of_table_7(read_of: Callable[[str], Any]) -> None:
    criteria = read_of("exit-criteria")
    assert criteria["outcome"] == "complete"
    assert [each["criterion"] for each in criteria["criteria"]] == [f"5.19.1{letter}" for letter in "abcde"]
    assert all(each["met"] for each in criteria["criteria"])
    assert [(each["outstanding"], each["threshold"]) for each in criteria["outstanding"]] == [
        (0, 0),
        (0, 0),
        (1, 5),
        (0, 10),
        (0, None),  # as agreed with DCC
    ]


def test_the_eligibility_register_has_exactly_the_srvs_of_the_scope_that_were_tested(result: ScenarioResult) -> None:
    expected = scope("ES", descoped(EXAMPLE)).srvs
    assert sorted(row["srv"] for row in result.eligibility) == sorted(expected)
    assert {row["certificate"] for row in result.eligibility} == {result.certificate["number"]}
    assert {row["role"] for row in result.eligibility} == {"ES"}


def test_the_certificate_is_a_signed_pdf_that_anybody_can_verify(result: ScenarioResult) -> None:
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(result.pdf)).pages)
    assert result.certificate["number"] in text
    assert b"/Sig" in result.pdf
    assert result.verification["valid"] is True
    assert json.loads(result.twin)["certificate"]["number"] == result.certificate["number"]


def test_a_wrong_code_does_not_verify(open_client: OpenClient, result: ScenarioResult) -> None:
    wrong = open_client(None).get(f"/certificates/{result.certificate['number']}/verification", code="wrong")
    assert wrong["valid"] is False


def test_the_trace_of_the_engagement_leads_from_every_fact_to_the_work_behind_it(
    home: Home, result: ScenarioResult
) -> None:
    def complete() -> list[Any] | None:
        found = milestones(read(home.telemetry), result.engagement.replace("-", ""))
        return found if any("certificate-issued" in each.event for each in found) else None

    found = eventually(complete, "The export of the certificate's milestone")
    services = {each.service for each in found}
    assert {"assay.notification", "assay.artefact-review", "assay.execution-tracker", "assay.certification"} <= services
    assert all(each.work for each in found)
    assert found[0].event == "assay.notification.engagement-notified.v1"


def test_another_party_sees_nothing_of_it(open_client: OpenClient, result: ScenarioResult) -> None:
    other = open_client("participant", "OTHER")
    paths = ["", "/timeline", "/timetable", "/scope", "/artefacts", "/results", "/dashboard", "/certificates"]
    for path in paths:
        with pytest.raises(Refused) as refused:
            other.get(f"/engagements/{result.engagement}{path}")
        assert refused.value.status == 403, path
    assert other.get("/engagements")["items"] == []


def test_a_command_in_the_wrong_phase_is_refused_with_what_would_be_right(
    open_client: OpenClient, result: ScenarioResult
) -> None:
    late = open_client("participant", result.party)
    results = {"run": "late", "results": [{"test": "SSI", "outcome": "passed"}]}
    for path, body in (("results", results), ("connectivity", {"web_service": "non-critical", "passed": True})):
        with pytest.raises(Refused) as refused:
            late.post(f"/engagements/{result.engagement}/{path}", body)
        assert refused.value.status == 409, path
        assert refused.value.problem["remedy"]


@pytest.fixture
def built(tmp_path: Path) -> Callable[[str], Path]:
    """The example's files, rebuilt for another role."""

    def build(role: str) -> Path:
        folder = tmp_path / role
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("artefacts", "results"))
        proposals = json.loads((folder / "descoping.json").read_text())
        artefacts, results = script("build_artefacts"), script("build_results")
        artefacts.build(role, [artefacts.Proposal(**each) for each in proposals], folder / "artefacts")
        results.build(role, descoped(folder), folder / "results")
        return folder

    return build


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLE.parent / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_import_supplier_goes_the_same_way_with_its_own_scope(there: Target, built: Callable[[str], Path]) -> None:
    folder = built("IS")
    told: list[tuple[date, str, str]] = []
    result = Scenario(there, folder, fresh_party(folder), lambda *what: told.append(what), role="IS").run()
    expected = scope("IS", descoped(folder))
    assert sorted(row["srv"] for row in result.eligibility) == sorted(expected.srvs)
    assert result.verification["valid"] is True
    says = [what for _, _, what in told]
    assert f"artefacts accepted; the scope is fixed at {len(expected.tests)} tests" in says
    assert any(what.startswith(f"dashboard published: {len(expected.tests)} of {len(expected.tests)}") for what in says)
