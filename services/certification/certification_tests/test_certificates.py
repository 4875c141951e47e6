"""Certificates as the service issues and verifies them: real Kafka and PostgreSQL, the signer at work."""

import asyncio
import hashlib
import json
from typing import Any

import httpx

from certification import read_models
from certification.aggregates import COMPLETION
from certification.domain.certificate import pdf_name, serial_of
from certification.signing.keys import SigningFolder
from certification.signing.signer import issue, signed_pdf
from chassis.eventstore import chain
from contracts import certification as published
from testing.completions import NOW, SRVS, certified, completed
from testing.probe import Kafka, Postgres, Probe

from .waiting import unsigning


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

    async with service.client("participant", "STORY") as client, service.client() as anyone:
        (status,) = (await client.get(f"/engagements/{engagement}/certificates")).json()
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
    hash = await service.runtime.pool.fetchval("SELECT hash FROM link WHERE position = $1", head["position"])
    assert ((hash or chain.GENESIS).hex()[:16], len(head["hash"])) == (head["hash"], 16)


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
    async with service.client("dcc") as dcc, service.client() as anyone:
        links = (await dcc.get(f"/engagements/{engagement}/certificates")).json()[0]["links"]
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
    async with service.client("dcc") as dcc, service.client() as anyone:
        (status,) = (await dcc.get(f"/engagements/{first}/certificates")).json()
        assert (status["status"], status["superseded_by"]) == ("superseded", later.number)
        answer = (await anyone.get(former.verification_url.removeprefix("https://assay.example"))).json()
        assert (answer["valid"], answer["status"]) == (True, "superseded")
        of_it = {"party": "AGAIN", "role": "ES"}
        rows = (await dcc.get("/eligibility", params=of_it)).json()
        pages = [(await dcc.get("/eligibility", params={**of_it, "limit": 1, "offset": at})).json() for at in (0, 1, 2)]
        assert (await dcc.get("/eligibility", params={"limit": 5_001})).status_code == 422
        assert [row["certificate"] for row in rows] == [later.number, later.number]
        assert [*pages[0], *pages[1]] == rows
        assert pages[2] == []


async def test_one_request_leads_to_every_certificate_of_the_procedure(service: Probe) -> None:
    _, former = await certified(service, "ADDS", "uept", ("6.2.4",))
    engagement, reissued = await certified(service, "ADDS", "additional-sr-dust", ("4.2",))
    authority, _ = sorted(
        await service.all_published(published.CertificateIssued, str(engagement), 2), key=lambda each: each.number
    )
    assert (authority.number[:8], reissued.number[:8]) == ("ATP-2027", "TCC-2027")
    assert [row.srv for row in authority.srvs] == ["4.2"]
    assert [(row.srv, row.route) for row in reissued.srvs] == [("4.2", "Additional SR Testing"), ("6.2.4", "UEPT")]
    assert (authority.supersedes, reissued.supersedes) == (None, former.number)
    async with service.client("participant", "ADDS") as client, service.client() as anyone:
        listed = (await client.get(f"/engagements/{engagement}/certificates")).json()
        assert [each["number"] for each in listed] == [authority.number, reissued.number]
        for each in listed:
            answer = await verify(anyone, (await client.get(each["links"]["pdf"])).content)
            assert (answer["number"], answer["title"], answer["status"]) == (each["number"], each["title"], "issued")
        page = await anyone.get(
            former.verification_url.removeprefix("https://assay.example"), headers={"accept": "text/html"}
        )
        assert f"superseded by {reissued.number}" in page.text
        rows = (await client.get("/eligibility")).json()
        assert [(row["srv"], row["certificate"]) for row in rows] == [
            *((srv, reissued.number) for srv in ("4.2", "6.2.4")),
        ]


async def test_numbers_are_gapless_and_a_second_request_is_given_none(service: Probe) -> None:
    engagements = [await completed(service, "COUNT") for _ in range(3)]
    async with service.client("dcc") as dcc:
        asked = [dcc.post(f"/engagements/{each}/certificate") for each in engagements * 2]
        answers = await asyncio.gather(*asked)
    assert sorted(answer.status_code for answer in answers) == [202, 202, 202, 409, 409, 409]
    for engagement in engagements:
        await service.published(published.CertificateIssued, str(engagement))
    serials = [
        row["serial"]
        for row in await service.runtime.pool.fetch(
            "SELECT serial FROM certificate WHERE prefix = 'TCC' ORDER BY serial"
        )
    ]
    assert serials == list(range(1, len(serials) + 1))


async def test_the_same_request_asked_twice_is_answered_with_the_same_number(service: Probe) -> None:
    engagement = await completed(service, "TWICE")
    async with service.client("dcc", **{"idempotency-key": "one"}) as dcc:
        first = await dcc.post(f"/engagements/{engagement}/certificate")
        second = await dcc.post(f"/engagements/{engagement}/certificate")
    assert (first.status_code, first.json()) == (second.status_code, second.json())


async def test_a_signer_that_died_half_way_is_followed_by_one_that_keeps_what_it_stored(
    postgres: Postgres, kafka: Kafka, folder: SigningFolder
) -> None:
    async with unsigning(postgres, kafka, folder) as it:
        it.move_to(NOW)
        engagement = await completed(it, "DIED")
        async with it.client("dcc") as dcc:
            await dcc.post(f"/engagements/{engagement}/certificate")
        ((found, certificate),) = await read_models.unsigned(it.runtime.pool)
        stored = await asyncio.to_thread(signed_pdf, certificate, folder)
        await it.runtime.files.create(pdf_name(certificate.number), stored)
        await issue(it.runtime, folder, found, certificate)
        issued = await it.published(published.CertificateIssued, str(engagement))
        assert issued.pdf_sha256 == hashlib.sha256(stored).hexdigest()
        async with it.client("dcc") as dcc:
            assert (await dcc.get(f"/certificates/{certificate.number}/pdf")).content == stored


async def test_two_signers_race_and_one_certificate_comes_out(
    postgres: Postgres, kafka: Kafka, folder: SigningFolder
) -> None:
    async with unsigning(postgres, kafka, folder) as it:
        it.move_to(NOW)
        engagement = await completed(it, "RACE")
        async with it.client("dcc") as dcc:
            await dcc.post(f"/engagements/{engagement}/certificate")
            (status,) = (await dcc.get(f"/engagements/{engagement}/certificates")).json()
            assert (status["status"], status["pdf_sha256"]) == ("prepared", None)
            assert (await dcc.get(status["links"]["pdf"])).status_code == 404
            unsigned = await dcc.get(f"/certificates/{status['number']}/verification", params={"code": status["code"]})
            assert unsigned.json()["valid"] is False
        ((found, certificate),) = await read_models.unsigned(it.runtime.pool)
        await asyncio.gather(*(issue(it.runtime, folder, found, certificate) for _ in range(2)))
        state, version = await it.runtime.state(COMPLETION, str(engagement))
        await issue(it.runtime, folder, found, certificate)
        assert (await it.runtime.state(COMPLETION, str(engagement)))[1] == version
        assert state.issued == {certificate.number}
        (known,) = await read_models.certificates_of(it.runtime.pool, engagement)
        issued = await it.all_published(published.CertificateIssued, str(engagement))
        assert [each.pdf_sha256 for each in issued] == [known.pdf_sha256]
        async with it.client("dcc") as dcc:
            pdf = (await dcc.get(f"/certificates/{certificate.number}/pdf")).content
            assert (await verify(dcc, pdf))["valid"] is True


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
    await service.runtime.pool.execute("UPDATE certificate SET issued_at = NULL WHERE subject = 'FIGURES/ES'")
    try:
        assert await told() == [f"assay_certificates_issued {issued}.0", "assay_certificates_waiting 1.0"]
    finally:
        await service.runtime.pool.execute("UPDATE certificate SET issued_at = now() WHERE subject = 'FIGURES/ES'")


async def test_the_ten_thousandth_certificate_of_a_year_is_newer_than_the_one_before(service: Probe) -> None:
    _, first = await certified(service, "MANY")
    before, last = "UPDATE certificate SET serial = 9999, number = 'TCC-2027-9999' WHERE number = $1", "TCC-2027-9999"
    await service.runtime.pool.execute(before, first.number)
    await service.runtime.pool.execute("UPDATE eligibility SET certificate = $1 WHERE party = 'MANY'", last)
    try:
        _, newer = await certified(service, "MANY")
        async with service.client("dcc") as dcc:
            rows = (await dcc.get("/eligibility", params={"party": "MANY"})).json()
        assert {row["certificate"] for row in rows} == {newer.number}
        assert serial_of(newer.number) == ("TCC", 2027, 10_000)
    finally:
        await service.runtime.pool.execute("DELETE FROM certificate WHERE subject = 'MANY/ES'")
