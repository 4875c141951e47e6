"""The service as it runs: real Kafka and PostgreSQL, the signer at work."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest

from certification import register
from certification.application import COMPLETION
from certification.settings import Settings
from certification.signing.keys import SigningFolder
from certification.signing.signer import issue, pdf_name, signed_pdf
from certification.testing import (
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
from certification.wiring import build
from chassis.identity import Role
from chassis.service import Service
from chassis.testing import Kafka, Postgres, Probe, running
from contracts import Contract
from contracts import certification as published
from contracts.execution_tracker import IssueFixed, Outcome, ResultRecorded

NEEDLESS = {"tests": ["NO:SUCH:TEST"], "explanation": "It is not there."}


@pytest.fixture(scope="module")
async def service(postgres: Postgres, kafka: Kafka, folder: SigningFolder) -> AsyncIterator[Probe]:
    async with running(
        build, postgres, kafka, Settings, signing=folder.folder, public_url="https://assay.example"
    ) as it:
        it.move_to(NOW)
        yield it


async def test_from_the_report_to_a_certificate_that_verifies(service: Probe) -> None:
    engagement, issued = await certified(service, "STORY")
    assert [row.srv for row in issued.srvs] == list(SRVS)
    report = await service.published(published.CompletionReportSubmitted, str(engagement))
    receipt = await service.published(published.ReportReceiptConfirmed, str(engagement))
    gate = await service.published(published.ExitGateHeld, str(engagement))
    assert (report.report, receipt.report, gate.outcome, len(gate.criteria)) == (1, 1, "complete", 5)
    for srv in SRVS:
        eligible = await service.published(published.EligibilityRegistered, f"STORY/ES/{srv}")
        assert (eligible.certificate, eligible.since) == (issued.number, NOW.date())

    async with service.client(Role.PARTICIPANT, "STORY") as client, service.client() as anyone:
        status = (await client.get(f"/engagements/{engagement}/certificate")).json()
        assert (status["status"], status["links"]["verification"]) == ("issued", issued.verification_url)
        pdf = await client.get(status["links"]["pdf"])
        twin = await client.get(status["links"]["json"])
        assert pdf.content.startswith(b"%PDF-")
        assert twin.json()["certificate"]["number"] == issued.number
        await is_sealed(service, twin.json()["certificate"]["head"])
        rows = (await client.get("/eligibility")).json()
        assert [(row["srv"], row["certificate"]) for row in rows] == [(srv, issued.number) for srv in SRVS]

        address = issued.verification_url.removeprefix("https://assay.example")
        answer = (await anyone.get(address)).json()
        assert (answer["valid"], answer["status"], answer["pdf_sha256"]) == (True, "issued", issued.pdf_sha256)
        page = await anyone.get(address, headers={"accept": "text/html,*/*"})
        assert "<h1 class=valid>VALID</h1>" in page.text
        assert "STORY &amp; Partners Ltd" in page.text
        for content in (pdf.content, twin.content):
            assert (await verify(anyone, content))["number"] == issued.number


async def is_sealed(service: Probe, head: Any) -> None:
    """The head that a certificate carries is the chain's at this position."""
    seal = await service.runtime.pool.fetchval("SELECT hash FROM seal WHERE position = $1", head["position"])
    assert (seal.hex()[:16], len(head["hash"])) == (head["hash"], 16)


async def verify(anyone: httpx.AsyncClient, content: bytes) -> Any:
    return (await anyone.post("/certificates/verification", files={"file": ("certificate", content)})).json()


async def test_a_wrong_code_and_an_unknown_number_are_answered_alike(service: Probe) -> None:
    _, issued = await certified(service, "CODE")
    code = issued.verification_url.partition("code=")[2]
    async with service.client() as anyone:
        answers = [
            (await anyone.get(f"/certificates/{number}/verification", params={"code": given})).json()
            for number, given in ((issued.number, "guess"), (issued.number, ""), ("TCC-2027-9999", code), ("%00", ""))
        ]
        page = await anyone.get(f"/certificates/{issued.number}/verification", headers={"accept": "text/html"})
    assert [answer["valid"] for answer in answers] == [False] * 4
    assert answers[0] == answers[1] == answers[2] == answers[3]
    assert "NOT VALID" in page.text


async def test_a_tampered_certificate_is_not_valid_and_says_why(service: Probe) -> None:
    engagement, _ = await certified(service, "TAMPER")
    async with service.client(Role.DCC) as dcc, service.client() as anyone:
        links = (await dcc.get(f"/engagements/{engagement}/certificate")).json()["links"]
        pdf = bytearray((await dcc.get(links["pdf"])).content)
        twin = (await dcc.get(links["json"])).content
        pdf[len(pdf) // 3] ^= 1
        for changed in (bytes(pdf), twin.replace(b'"TAMPER"', b'"OTHERS"'), b"{}", b"%PDF-", b"", b"\x00\xff"):
            answer = await verify(anyone, changed)
            assert (answer["valid"], bool(answer["reason"])) == (False, True), changed[:20]
        laid_out_anew = json.dumps(json.loads(twin), indent=2).encode()
        assert (await verify(anyone, laid_out_anew))["reason"] == "the signature is good, but this file was not issued"


async def test_a_re_issued_certificate_lists_what_the_former_listed_and_supersedes_it(service: Probe) -> None:
    first, former = await certified(service, "AGAIN", "uept", ("6.2.4",))
    _, later = await certified(service, "AGAIN", "additional-sr-uept", ("4.2",))
    assert [(row.srv, row.route) for row in later.srvs] == [("4.2", "Additional SR Testing"), ("6.2.4", "UEPT")]
    renewed = await service.published(published.EligibilityRegistered, "AGAIN/ES/6.2.4", count=2)
    assert renewed.certificate == later.number
    async with service.client(Role.DCC) as dcc, service.client() as anyone:
        status = (await dcc.get(f"/engagements/{first}/certificate")).json()
        assert (status["status"], status["superseded_by"]) == ("superseded", later.number)
        answer = (await anyone.get(former.verification_url.removeprefix("https://assay.example"))).json()
        assert (answer["valid"], answer["status"]) == (True, "superseded")
        rows = (await dcc.get("/eligibility", params={"party": "AGAIN", "role": "ES"})).json()
        assert [row["certificate"] for row in rows] == [later.number, later.number]


async def test_numbers_are_gapless_and_a_second_request_is_given_none(service: Probe) -> None:
    engagements = [await completed(service, "COUNT") for _ in range(3)]
    async with service.client(Role.DCC) as dcc:
        asked = [dcc.post(f"/engagements/{each}/certificate") for each in engagements * 2]
        answers = await asyncio.gather(*asked)
    assert sorted(answer.status_code for answer in answers) == [202, 202, 202, 409, 409, 409]
    for engagement in engagements:
        await service.published(published.CertificateIssued, str(engagement))
    serials = [
        row["serial"] for row in await service.runtime.pool.fetch("SELECT serial FROM certificate ORDER BY serial")
    ]
    assert serials == list(range(1, len(serials) + 1))


async def test_the_same_request_asked_twice_is_answered_with_the_same_number(service: Probe) -> None:
    engagement = await completed(service, "TWICE")
    async with service.client(Role.DCC, **{"idempotency-key": "one"}) as dcc:
        first = await dcc.post(f"/engagements/{engagement}/certificate")
        second = await dcc.post(f"/engagements/{engagement}/certificate")
    assert (first.status_code, first.json()) == (second.status_code, second.json())


def without_signer(settings: Settings) -> Service:
    return replace(build(settings), tasks=())


async def test_a_signer_that_died_half_way_is_followed_by_one_that_keeps_what_it_stored(
    postgres: Postgres, kafka: Kafka, folder: SigningFolder
) -> None:
    async with running(without_signer, postgres, kafka, Settings, signing=folder.folder) as it:
        it.move_to(NOW)
        engagement = await completed(it, "DIED")
        async with it.client(Role.DCC) as dcc:
            await dcc.post(f"/engagements/{engagement}/certificate")
        ((found, certificate),) = await register.unsigned(it.runtime.pool)
        stored = await asyncio.to_thread(signed_pdf, certificate, folder)
        await it.runtime.files.create(pdf_name(certificate.number), stored)
        await issue(it.runtime, folder, found, certificate)
        issued = await it.published(published.CertificateIssued, str(engagement))
        assert issued.pdf_sha256 == hashlib.sha256(stored).hexdigest()
        async with it.client(Role.DCC) as dcc:
            assert (await dcc.get(f"/certificates/{certificate.number}/pdf")).content == stored


async def test_two_signers_race_and_one_certificate_comes_out(
    postgres: Postgres, kafka: Kafka, folder: SigningFolder
) -> None:
    async with running(without_signer, postgres, kafka, Settings, signing=folder.folder) as it:
        it.move_to(NOW)
        engagement = await completed(it, "RACE")
        async with it.client(Role.DCC) as dcc:
            await dcc.post(f"/engagements/{engagement}/certificate")
            status = (await dcc.get(f"/engagements/{engagement}/certificate")).json()
            assert (status["status"], status["pdf_sha256"]) == ("prepared", None)
            assert (await dcc.get(status["links"]["pdf"])).status_code == 404
            unsigned = await dcc.get(f"/certificates/{status['number']}/verification", params={"code": status["code"]})
            assert unsigned.json()["valid"] is False
        ((found, certificate),) = await register.unsigned(it.runtime.pool)
        await asyncio.gather(*(issue(it.runtime, folder, found, certificate) for _ in range(2)))
        state, version = await it.runtime.state(COMPLETION, str(engagement))
        await issue(it.runtime, folder, found, certificate)
        assert (await it.runtime.state(COMPLETION, str(engagement)))[1] == version
        assert state.issued
        known = await register.certificate_of(it.runtime.pool, engagement)
        assert known is not None
        issued = await it.all_published(published.CertificateIssued, str(engagement))
        assert [each.pdf_sha256 for each in issued] == [known.pdf_sha256]
        async with it.client(Role.DCC) as dcc:
            pdf = (await dcc.get(f"/certificates/{certificate.number}/pdf")).content
            assert (await verify(dcc, pdf))["valid"] is True


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


async def test_any_text_may_stand_in_a_report(service: Probe) -> None:
    engagement = await executed(service, "TEXT")
    text = "Zażółć \x00 \U0001f600 {braces}"
    assert (await submit(service, engagement, "TEXT", {**REPORT, "approach": text})).status_code == 201
    async with service.client(Role.DCC) as dcc:
        (read,) = (await dcc.get(f"/engagements/{engagement}/completion-report")).json()
    assert read["report"]["approach"] == text


async def test_what_does_not_exist_is_unknown(service: Probe) -> None:
    nowhere = uuid4()
    async with service.client(Role.DCC) as dcc:
        for path in (
            f"/engagements/{nowhere}/exit-criteria",
            f"/engagements/{nowhere}/certificate",
            f"/engagements/{nowhere}/completion-report",
            "/certificates/TCC-1999-0001/pdf",
            "/certificates/%00/json",
        ):
            assert (await dcc.get(path)).status_code == 404, path
        assert (await dcc.post(f"/engagements/{nowhere}/certificate")).status_code == 404
        assert (await dcc.get("/eligibility?party=%00")).status_code == 422


async def test_anyone_can_have_the_root_certificate(service: Probe, folder: SigningFolder) -> None:
    async with service.client() as anyone:
        assert (await anyone.get("/certificates/root.pem")).content == folder.root_file.read_bytes()


async def test_certificates_are_told_as_figures(service: Probe) -> None:
    async def told() -> list[str]:
        async with service.client() as client:
            text = (await client.get("/metrics")).text
        return [line for line in text.splitlines() if line.startswith("assay_certificates")]

    issued = await service.runtime.pool.fetchval("SELECT count(*) FROM certificate")
    await certified(service, "FIGURES")
    assert await told() == [f"assay_certificates_issued {issued + 1}.0", "assay_certificates_waiting 0.0"]
    await service.runtime.pool.execute("UPDATE certificate SET issued_at = NULL WHERE party = 'FIGURES'")
    try:
        assert await told() == [f"assay_certificates_issued {issued}.0", "assay_certificates_waiting 1.0"]
    finally:
        await service.runtime.pool.execute("UPDATE certificate SET issued_at = now() WHERE party = 'FIGURES'")


async def test_a_role_that_does_not_exist_is_refused_with_those_that_do(service: Probe) -> None:
    async with service.client(Role.DCC) as dcc:
        answer = await dcc.get("/eligibility", params={"role": "ZZ"})
    assert (answer.status_code, answer.json()["clause"]) == (422, "CTSD 8.1.4")
    assert "IS, GS, ES, ED, GT, RSA, OU" in answer.json()["would_be_right"]


async def test_the_ten_thousandth_certificate_of_a_year_is_newer_than_the_one_before(service: Probe) -> None:
    _, first = await certified(service, "MANY")
    before, last = "UPDATE certificate SET serial = 9999, number = 'TCC-2027-9999' WHERE number = $1", "TCC-2027-9999"
    await service.runtime.pool.execute(before, first.number)
    await service.runtime.pool.execute("UPDATE eligibility SET certificate = $1 WHERE party = 'MANY'", last)
    try:
        _, newer = await certified(service, "MANY")
        async with service.client(Role.DCC) as dcc:
            rows = (await dcc.get("/eligibility", params={"party": "MANY"})).json()
        assert {row["certificate"] for row in rows} == {newer.number} == {"TCC-2027-10000"}
    finally:
        await service.runtime.pool.execute("DELETE FROM certificate WHERE party = 'MANY'")
