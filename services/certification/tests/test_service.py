"""The service as it runs, on a real Kafka and PostgreSQL: from execution to the exit gate."""

from typing import Any
from uuid import uuid4

import pytest

from certification.testing.facts import (
    AGREED,
    COMPLETE,
    ISSUES,
    NOW,
    PDF,
    PROPOSED,
    RAISED,
    REPORT,
    SRVS,
    certified,
    completed,
    executed,
    execution,
    notice,
    submit,
)
from contracts import Contract
from contracts.certification import CertificateIssued
from contracts.execution_tracker import IssueFixed, Outcome, ResultRecorded
from kernel.principal import Role
from testing.probe import Probe

NEEDLESS = {"tests": ["NO:SUCH:TEST"], "explanation": "It is not there."}


async def test_the_exit_criteria_stand_with_their_figures_against_table_7(service: Probe) -> None:
    engagement = await executed(service, "FIGURE")
    async with service.client(Role.PARTICIPANT, "FIGURE") as client:
        answer = (await client.get(f"/engagements/{engagement}/exit-criteria")).json()
    assert [verdict["met"] for verdict in answer["criteria"]] == [True, True, True, False, False]
    assert [(row["outstanding"], row["threshold"]) for row in answer["outstanding"]] == [
        *((0, 0), (0, 0), (1, 5), (0, 10), (0, None)),
    ]


async def test_a_plan_that_replaced_the_agreed_one_is_not_agreed(service: Probe) -> None:
    engagement = str(uuid4())

    async def hear(*facts: Contract) -> list[bool]:
        for fact in facts:
            await service.deliver(fact, engagement)
        async with service.client(Role.DCC) as dcc:
            answer = (await dcc.get(f"/engagements/{engagement}/exit-criteria")).json()
        return [verdict["met"] for verdict in answer["criteria"][:3]]

    assert await hear(notice("PLAN", "uept"), RAISED, PROPOSED, AGREED, PROPOSED, execution(SRVS)) == [
        *(True, False, False),
    ]
    assert await hear(AGREED) == [True, True, True]


async def test_the_report_has_each_issue_in_the_state_that_its_fix_and_its_retests_left_it_in(service: Probe) -> None:
    engagement = uuid4()
    fixed = IssueFixed(issue=1, fix="Rounded half up.", fixed_at=NOW)
    for fact in (notice("STATE", "uept"), RAISED, fixed, retest("blocked"), execution(SRVS)):
        await service.deliver(fact, str(engagement))

    async def answered(status: str) -> str:
        answer = await submit(service, engagement, "STATE", {**REPORT, "issues": {**ISSUES, "by_status": {status: 1}}})
        return answer.reason_phrase if answer.is_success else str(answer.json()["detail"])

    assert "planned issues: 1 reported, 0 recorded; fixed issues: 0 reported, 1 recorded." in await answered("planned")
    assert await answered("fixed") == "Created"
    await service.deliver(retest("failed"), str(engagement))
    assert "open issues: 0 reported, 1 recorded" in await answered("fixed")
    assert await answered("open") == "Created"


def retest(outcome: Outcome) -> ResultRecorded:
    """A retest of the one issue, with any outcome but a pass."""
    return ResultRecorded(
        result_id=uuid4(),
        test=RAISED.test,
        run="Run 2",
        purpose="retest",
        outcome=outcome,
        verifies=1,
        script=None,
        recorded_by="Tess",
        executed_at=NOW,
    )


async def test_a_participant_is_told_on_request_whether_dcc_considers_its_testing_complete(service: Probe) -> None:
    engagement = await executed(service, "ASKS")
    await submit(service, engagement, "ASKS")
    further = {"outcome": "further-testing", "meeting_on": "2027-05-07", "reason": "Run 2 lacks its evidence"}
    async with service.client(Role.PARTICIPANT, "ASKS") as client, service.client(Role.DCC) as dcc:

        async def told() -> Any:
            return (await client.get(f"/engagements/{engagement}/completion-status")).json()

        async def decide(gate: Any) -> None:
            await dcc.post(f"/engagements/{engagement}/completion-report/receipt")
            assert (await dcc.post(f"/engagements/{engagement}/exit-gate", json=gate)).status_code == 200

        undecided = {"complete": False, "since": None, "decision": None, "certificate": None}
        assert await told() == undecided
        await decide(further)
        decision = (await told())["decision"]
        assert (decision["outcome"], decision["reason"]) == ("further-testing", further["reason"])
        assert (await told())["complete"] is False
        await service.deliver(execution(SRVS), str(engagement))
        assert await told() == undecided
        await submit(service, engagement, "ASKS")
        await decide(COMPLETE)
        complete = await told()
        assert (complete["complete"], complete["certificate"]) == (True, None)
        assert complete["since"] == complete["decision"]["decided_at"]
        await dcc.post(f"/engagements/{engagement}/certificate")
        issued = await service.published(CertificateIssued, str(engagement))
        assert await told() == {**complete, "certificate": issued.number}


async def test_further_testing_opens_the_engagement_for_a_new_report(service: Probe) -> None:
    engagement = await executed(service, "MORE")
    await submit(service, engagement, "MORE")
    async with service.client(Role.DCC) as dcc:
        await dcc.post(f"/engagements/{engagement}/completion-report/receipt")
        further = {"outcome": "further-testing", "meeting_on": "2027-05-07", "reason": "Run 2 lacks its evidence"}
        assert (await dcc.post(f"/engagements/{engagement}/exit-gate", json=further)).status_code == 200
        assert (await submit(service, engagement, "MORE")).status_code == 409
        await service.deliver(execution(SRVS), str(engagement))
        assert (await submit(service, engagement, "MORE")).json()["report"] == 2
        reports = (await dcc.get(f"/engagements/{engagement}/completion-report")).json()
        assert [report["number"] for report in reports] == [2, 1]
        file = await dcc.get(f"/engagements/{engagement}/completion-report/1/file")
        assert file.content == PDF


async def test_another_party_sees_and_does_nothing(service: Probe) -> None:
    engagement, issued = await certified(service, "MINE")
    async with service.client(Role.PARTICIPANT, "OTHER") as other:
        for path in (
            f"/engagements/{engagement}/exit-criteria",
            f"/engagements/{engagement}/completion-status",
            f"/engagements/{engagement}/certificate",
            f"/engagements/{engagement}/completion-report",
            f"/engagements/{engagement}/completion-report/1/file",
            f"/certificates/{issued.number}/pdf",
            f"/certificates/{issued.number}/json",
            "/eligibility?party=MINE",
        ):
            assert (await other.get(path)).status_code == 403, path
        assert (await other.get("/eligibility")).json() == []
    assert (await submit(service, engagement, "OTHER")).status_code == 403


async def test_a_participant_neither_holds_the_gate_nor_makes_out_certificates(service: Probe) -> None:
    engagement = await executed(service, "SELF")
    async with service.client(Role.PARTICIPANT, "SELF") as client:
        assert (await client.post(f"/engagements/{engagement}/exit-gate", json=COMPLETE)).status_code == 403
        assert (await client.post(f"/engagements/{engagement}/certificate")).status_code == 403
        assert (await client.post(f"/engagements/{engagement}/completion-report/receipt")).status_code == 403


@pytest.mark.parametrize(
    ("report", "data", "name", "said"),
    [
        ("nonsense", PDF, "r.pdf", "malformed-request"),
        ({**REPORT, "extra": 1}, PDF, "r.pdf", "malformed-request"),
        ({**REPORT, "tests": {"scheduled": -1, "passed": 0}}, PDF, "r.pdf", "malformed-request"),
        ({**REPORT, "tests": {"scheduled": 40, "passed": 40}}, PDF, "r.pdf", "figures-disagree"),
        ({**REPORT, "runs": [{"run": "Run 9", "passed": 1, "failed": 999}]}, PDF, "r.pdf", "figures-disagree"),
        ({**REPORT, "issues": {**REPORT["issues"], "by_status": {"open": 1}}}, PDF, "r.pdf", "figures-disagree"),
        ({**REPORT, "explanations": []}, PDF, "r.pdf", "tests-unexplained"),
        ({**REPORT, "explanations": [NEEDLESS, *REPORT["explanations"]]}, PDF, "r.pdf", "nothing-to-explain"),
        (REPORT, b"MZ an executable", "r.pdf", "document-of-another-kind"),
        (REPORT, b"PK\x03\x04 broken", "r.xlsx", "document-of-another-kind"),
        (REPORT, PDF, "r.exe", "document-of-another-kind"),
        (REPORT, b"", "r.pdf", "document-of-another-kind"),
        (REPORT, PDF + b" " * 10_000_000, "r.pdf", "upload-too-large"),
    ],
)
async def test_a_report_that_is_not_one_is_refused_with_the_reason(
    service: Probe, report: Any, data: bytes, name: str, said: str
) -> None:
    engagement = await executed(service, "BAD")
    answer = await submit(service, engagement, "BAD", report, data, name)
    assert answer.json()["type"] == f"urn:assay:problem:{said}"
    async with service.client(Role.DCC) as dcc:
        assert (await dcc.get(f"/engagements/{engagement}/completion-report")).json() == []


async def test_any_text_but_control_characters_may_stand_in_a_report(service: Probe) -> None:
    engagement = await executed(service, "TEXT")
    hidden = await submit(service, engagement, "TEXT", {**REPORT, "approach": "hidden \x00"})
    assert (hidden.status_code, "without control characters" in hidden.json()["detail"]) == (422, True)
    text = "Zażółć \U0001f600 {braces}"
    assert (await submit(service, engagement, "TEXT", {**REPORT, "approach": text})).status_code == 201
    async with service.client(Role.DCC) as dcc:
        (read,) = (await dcc.get(f"/engagements/{engagement}/completion-report")).json()
    assert read["report"]["approach"] == text


async def test_a_report_has_a_number_from_1_to_how_many_there_are(service: Probe) -> None:
    engagement = await executed(service, "NUMBER")
    await submit(service, engagement, "NUMBER")
    async with service.client(Role.DCC) as dcc:
        assert (await dcc.get(f"/engagements/{engagement}/completion-report/1/file")).content == PDF
        answer = await dcc.get(f"/engagements/{engagement}/completion-report/2/file")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:assay:problem:report-unknown")
    assert answer.json()["detail"] == "There is no report 2 in this engagement."


async def test_before_a_certificate_is_requested_there_is_none(service: Probe) -> None:
    engagement = await completed(service, "NONE")
    async with service.client(Role.DCC) as dcc:
        for path in (f"/engagements/{engagement}/certificate", "/certificates/TCC-1999-0001/pdf"):
            answer = await dcc.get(path)
            assert (answer.status_code, answer.json()["type"]) == (404, "urn:assay:problem:certificate-unknown")


async def test_what_does_not_exist_is_unknown(service: Probe) -> None:
    nowhere = uuid4()
    async with service.client(Role.DCC) as dcc:
        for path in (
            f"/engagements/{nowhere}/exit-criteria",
            f"/engagements/{nowhere}/completion-status",
            f"/engagements/{nowhere}/certificate",
            f"/engagements/{nowhere}/completion-report",
            "/certificates/TCC-1999-0001/pdf",
            "/certificates/%00/json",
        ):
            assert (await dcc.get(path)).status_code == 404, path
        assert (await dcc.post(f"/engagements/{nowhere}/certificate")).status_code == 404
        assert (await dcc.get("/eligibility?party=%00")).status_code == 422


async def test_a_role_that_does_not_exist_is_refused_with_those_that_do(service: Probe) -> None:
    async with service.client(Role.DCC) as dcc:
        answer = await dcc.get("/eligibility", params={"role": "ZZ"})
    assert (answer.status_code, answer.json()["clause"]) == (422, "CTSD 8.1.4")
    assert "IS, GS, ES, ED, GT, RSA, OU" in answer.json()["remedy"]
