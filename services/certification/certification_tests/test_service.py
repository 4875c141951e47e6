"""The service as it runs, on a real Kafka and PostgreSQL: from execution to the exit gate."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from certification import read_models
from contracts import Contract
from contracts.certification import CertificateIssued, ExitGateDetermined, ExitGateHeld
from contracts.disputes import MatterDetermined
from testing.completions import (
    AGREED,
    COMPLETE,
    FURTHER,
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
    issue,
    notice,
    submit,
    submit_evidence,
)
from testing.probe import Probe

NEEDLESS = {"tests": ["NO:SUCH:TEST"], "explanation": "It is not there."}


async def test_the_exit_criteria_stand_with_their_figures_against_table_7(service: Probe) -> None:
    engagement = await executed(service, "FIGURE")
    async with service.client("participant", "FIGURE") as client:
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
        async with service.client("dcc") as dcc:
            answer = (await dcc.get(f"/engagements/{engagement}/exit-criteria")).json()
        return [verdict["met"] for verdict in answer["criteria"][:3]]

    assert await hear(notice("PLAN", "uept"), RAISED, PROPOSED, AGREED, PROPOSED, execution(SRVS)) == [
        *(True, False, False),
    ]
    assert await hear(AGREED) == [True, True, True]


async def test_the_report_has_each_issue_in_the_state_in_which_the_tracker_told_it_last(service: Probe) -> None:
    engagement = uuid4()
    for fact in (notice("STATE", "uept"), RAISED, issue("fixed", "fixed"), execution(SRVS)):
        await service.deliver(fact, str(engagement))

    async def answered(status: str) -> str:
        answer = await submit(service, engagement, "STATE", {**REPORT, "issues": {**ISSUES, "by_status": {status: 1}}})
        return answer.reason_phrase if answer.is_success else str(answer.json()["detail"])

    assert "planned issues: 1 reported, 0 recorded; fixed issues: 0 reported, 1 recorded." in await answered("planned")
    assert await answered("fixed") == "Created"
    await service.deliver(issue("fix-disproved", "open"), str(engagement))
    assert "open issues: 0 reported, 1 recorded" in await answered("fixed")
    assert await answered("open") == "Created"


async def test_facts_that_come_before_the_notice_count(service: Probe) -> None:
    engagement = uuid4()
    for fact in (RAISED, AGREED, execution(SRVS), notice("EARLY", "uept")):
        await service.deliver(fact, str(engagement))
    async with service.client("participant", "EARLY") as client:
        answer = (await client.get(f"/engagements/{engagement}/exit-criteria")).json()
    assert [verdict["met"] for verdict in answer["criteria"]] == [True, True, True, False, False]


async def test_evidence_is_kept_with_every_file_and_needs_no_report(service: Probe) -> None:
    engagement = await executed(service, "SHOWS", "additional-sr-dust")
    sent = await submit_evidence(service, engagement, "SHOWS")
    assert (sent.status_code, sent.json()["report"]) == (201, 1)
    refused = await submit(service, engagement, "SHOWS")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:assay:problem:not-submitted-here")
    wrong = await submit_evidence(service, engagement, "SHOWS", "dashboard.pdf", "evidence.exe")
    assert wrong.json()["type"] == "urn:assay:problem:document-of-another-kind"
    async with service.client("dcc") as dcc:
        (read,) = (await dcc.get(f"/engagements/{engagement}/completion-report")).json()
        assert (read["report"], [file["file_name"] for file in read["evidence"]["files"]]) == (
            None,
            ["dashboard.pdf", "evidence.pdf"],
        )
        path = f"/engagements/{engagement}/completion-report/1/file"
        second = await dcc.get(path, params={"file": 2})
        assert second.headers["content-disposition"] == 'attachment; filename="completion-report-1-2.pdf"'
        assert (await dcc.get(path, params={"file": 3})).status_code == 404


async def test_a_participant_is_told_on_request_whether_dcc_considers_its_testing_complete(service: Probe) -> None:
    engagement = await executed(service, "ASKS")
    await submit(service, engagement, "ASKS")
    async with service.client("participant", "ASKS") as client, service.client("dcc") as dcc:

        async def told() -> Any:
            return (await client.get(f"/engagements/{engagement}/completion-status")).json()

        async def decide(gate: Any) -> None:
            await dcc.post(f"/engagements/{engagement}/completion-report/receipt")
            assert (await dcc.post(f"/engagements/{engagement}/exit-gate", json=gate)).status_code == 200

        undecided: dict[str, Any] = {"complete": False, "since": None, "decision": None, "certificates": []}
        assert await told() == undecided
        await decide(FURTHER)
        decision = (await told())["decision"]
        assert (decision["outcome"], decision["reason"]) == ("further-testing", FURTHER["reason"])
        assert (await told())["complete"] is False
        await service.deliver(execution(SRVS), str(engagement))
        assert await told() == undecided
        await submit(service, engagement, "ASKS")
        await decide(COMPLETE)
        complete = await told()
        assert (complete["complete"], complete["certificates"]) == (True, [])
        assert complete["since"] == complete["decision"]["decided_at"]
        await dcc.post(f"/engagements/{engagement}/certificate")
        issued = await service.published(CertificateIssued, str(engagement))
        assert await told() == {**complete, "certificates": [issued.number]}


async def test_further_testing_opens_the_engagement_for_a_new_report(service: Probe) -> None:
    engagement = await executed(service, "MORE")
    await submit(service, engagement, "MORE")
    async with service.client("dcc") as dcc:
        await dcc.post(f"/engagements/{engagement}/completion-report/receipt")
        assert (await dcc.post(f"/engagements/{engagement}/exit-gate", json=FURTHER)).status_code == 200
        assert (await submit(service, engagement, "MORE")).status_code == 409
        await service.deliver(execution(SRVS), str(engagement))
        assert (await submit(service, engagement, "MORE")).json()["report"] == 2
        reports = (await dcc.get(f"/engagements/{engagement}/completion-report")).json()
        assert [report["number"] for report in reports] == [2, 1]
        file = await dcc.get(f"/engagements/{engagement}/completion-report/1/file")
        assert file.content == PDF


async def test_another_party_sees_and_does_nothing(service: Probe) -> None:
    engagement, issued = await certified(service, "MINE")
    async with service.client("participant", "OTHER") as other:
        for path in (
            f"/engagements/{engagement}/exit-criteria",
            f"/engagements/{engagement}/completion-status",
            f"/engagements/{engagement}/certificates",
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
    async with service.client("participant", "SELF") as client:
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
    async with service.client("dcc") as dcc:
        assert (await dcc.get(f"/engagements/{engagement}/completion-report")).json() == []


async def test_any_text_but_control_characters_may_stand_in_a_report(service: Probe) -> None:
    engagement = await executed(service, "TEXT")
    hidden = await submit(service, engagement, "TEXT", {**REPORT, "approach": "hidden \x00"})
    assert (hidden.status_code, "without control characters" in hidden.json()["detail"]) == (422, True)
    text = "Zażółć \U0001f600 {braces}"
    assert (await submit(service, engagement, "TEXT", {**REPORT, "approach": text})).status_code == 201
    async with service.client("dcc") as dcc:
        (read,) = (await dcc.get(f"/engagements/{engagement}/completion-report")).json()
    assert read["report"]["approach"] == text


async def test_a_report_has_a_number_from_1_to_how_many_there_are(service: Probe) -> None:
    engagement = await executed(service, "NUMBER")
    await submit(service, engagement, "NUMBER")
    async with service.client("dcc") as dcc:
        assert (await dcc.get(f"/engagements/{engagement}/completion-report/1/file")).content == PDF
        answer = await dcc.get(f"/engagements/{engagement}/completion-report/2/file")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:assay:problem:report-unknown")
    assert answer.json()["detail"] == "There is no report 2 with a file 1 in this engagement."


async def test_before_a_certificate_is_requested_there_is_none(service: Probe) -> None:
    engagement = await completed(service, "NONE")
    async with service.client("dcc") as dcc:
        assert (await dcc.get(f"/engagements/{engagement}/certificates")).json() == []
        answer = await dcc.get("/certificates/TCC-1999-0001/pdf")
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:assay:problem:certificate-unknown")


async def test_what_does_not_exist_is_unknown(service: Probe) -> None:
    nowhere = uuid4()
    async with service.client("dcc") as dcc:
        for path in (
            f"/engagements/{nowhere}/exit-criteria",
            f"/engagements/{nowhere}/completion-status",
            f"/engagements/{nowhere}/certificates",
            f"/engagements/{nowhere}/completion-report",
            "/certificates/TCC-1999-0001/pdf",
            "/certificates/%00/json",
        ):
            assert (await dcc.get(path)).status_code == 404, path
        assert (await dcc.post(f"/engagements/{nowhere}/certificate")).status_code == 404
        assert (await dcc.get("/eligibility?party=%00")).status_code == 422


async def test_a_role_that_does_not_exist_is_refused_with_those_that_do(service: Probe) -> None:
    async with service.client("dcc") as dcc:
        answer = await dcc.get("/eligibility", params={"role": "ZZ"})
    assert (answer.status_code, answer.json()["clause"]) == (422, "CTSD 8.1.4")
    assert "IS, GS, ES, ED, GT, RSA, OU" in answer.json()["remedy"]


async def test_who_reads_the_register_reads_their_own_organisation_or_all(service: Probe) -> None:
    await certified(service, "READS")

    async def read(role: str, party: str | None = None) -> tuple[int, int]:
        async with service.client(role, party) as client:
            answer = await client.get("/eligibility", params={"party": "READS"})
            return answer.status_code, len(answer.json())

    assert await read("participant", "READS") == (200, len(SRVS))
    assert await read("panel") == await read("auditor") == (200, len(SRVS))
    assert (await read("participant"))[0] == 403
    assert (await read("stranger", "READS"))[0] == 401


async def test_a_list_is_read_by_all_who_are_signed_in(service: Probe) -> None:
    async with service.client("participant", "ANY") as client, service.client() as anybody:
        answer = await client.get("/lists/no-such-list")
        assert (answer.status_code, answer.json()) == (200, [])
        assert (await anybody.get("/lists/no-such-list")).status_code == 401


async def test_a_signatory_whose_name_can_t_be_printed_is_refused(service: Probe) -> None:
    engagement = await completed(service, "PRINTS")
    async with service.client("dcc") as dcc:
        answer = await dcc.post(f"/engagements/{engagement}/certificate", json={"signatory": "Ren \u6f22"})
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "The certificate can't print \u6f22 in the signatory.",
    )


async def test_what_the_authority_determines_is_certified_by_itself_and_once(service: Probe) -> None:
    engagement = str(await executed(service, "REFER"))
    assert (await submit(service, UUID(engagement), "REFER")).status_code == 201
    async with service.client("dcc") as dcc:
        await dcc.post(f"/engagements/{engagement}/completion-report/receipt")
        assert (await dcc.post(f"/engagements/{engagement}/exit-gate", json=FURTHER)).status_code == 200
        held = await service.published(ExitGateHeld, engagement)
        await service.deliver(determined(held, "panel", upheld=False), engagement)
        assert (await service.published(ExitGateDetermined, engagement)).outcome == "not-met"
        assert (await dcc.get(f"/engagements/{engagement}/certificates")).json() == []
        await service.deliver(determined(held, "authority", upheld=True), engagement)
        issued = await service.published(CertificateIssued, engagement)
        assert (issued.supersedes, issued.rests_on) == (None, "the Authority, on 7 May 2027")
        (certificate,) = (await dcc.get(f"/engagements/{engagement}/certificates")).json()
        again = await dcc.post(f"/engagements/{engagement}/certificate")
        assert (certificate["number"], again.status_code) == (issued.number, 409)
    assert await read_models.owed(service.runtime.pool) == []


def determined(held: ExitGateHeld, body: str, upheld: bool) -> MatterDetermined:
    """What a body determined on further testing."""
    return MatterDetermined(
        right="uept-exit#1",
        route="uept-exit",
        clause="CTSD 5.19.3",
        body=body,
        upheld=upheld,
        reasons="The evidence was sent with the report.",
        final=upheld,
        decision=ExitGateHeld.fact(),
        values={"gate": held.gate, "outcome": held.outcome},
        determined_by="pat",
        determined_at=NOW,
        decided_at=held.held_at,
    )
