"""Certificates: when, on what, and once."""

from dataclasses import replace
from datetime import date

from certification.domain.certificate import Certificate, CertifiedSrv
from certification.domain.completion import CertificateIssued
from certification.domain.issuing import Earlier, RequestCertificates, Reserved
from certification.domain.refusals import CertificateAlreadyPrepared, GateNotPassed, NotTheCertificate

from .events import HOLD, NOW, RECORD, REQUEST, TCC, TODAY, reviewed


def test_a_certificate_needs_a_gate_that_was_passed() -> None:
    reviewed.when(REQUEST).then_refused(GateNotPassed)


def made_out(request: RequestCertificates) -> Certificate:
    """The certificate of a User Entry Process Test."""
    (certificate,) = reviewed.when(HOLD).accepted().when(request).accepted().state.certificates.values()
    return certificate


def test_a_certificate_lists_the_srvs_that_were_tested_in_the_order_of_their_numbers() -> None:
    certificate = made_out(REQUEST)
    assert [row.srv for row in certificate.srvs] == ["6.2.4", "6.15.1", "8.9"]
    assert {(row.route, row.issued_on) for row in certificate.srvs} == {("UEPT", TODAY)}
    assert certificate.rows[0] == ("6.2.4", "UEPT", "07/05/2027")
    assert (certificate.number, certificate.supersedes) == ("TCC-2027-0007", None)
    assert certificate.verification_url.endswith("/certificates/TCC-2027-0007/verification?code=secret")


def test_a_certificate_has_the_fields_of_its_form_with_values_from_the_engagement() -> None:
    assert [(field.label, field.value) for field in made_out(REQUEST).fields] == [
        ("To", "Export Supplies Ltd"),
        ("From", "DCC"),
        ("Date", "7 May 2027"),
        ("Party", "Export Supplies Ltd"),
        ("SEC Party Signifier", "ESUP"),
        ("User Role", "Export Supplier (ES)"),
    ]


def test_a_re_issued_certificate_keeps_what_was_certified_before() -> None:
    before = (
        CertifiedSrv("6.2.4", "UEPT", date(2026, 3, 2)),
        CertifiedSrv("4.2", "Additional SR Testing", date(2026, 9, 1)),
    )
    reserved = Reserved("TCC-2027-0007", "secret", Earlier("TCC-2026-0002", before))
    certificate = made_out(replace(REQUEST, reserved={TCC: reserved}))
    assert certificate.supersedes == "TCC-2026-0002"
    assert certificate.srvs == (
        before[1],
        before[0],
        CertifiedSrv("6.15.1", "UEPT", TODAY),
        CertifiedSrv("8.9", "UEPT", TODAY),
    )


def test_there_is_one_certificate_for_each_decision() -> None:
    prepared = reviewed.when(HOLD).accepted().when(REQUEST).accepted()
    again = replace(REQUEST, reserved={TCC: Reserved("TCC-2027-0008", "other", None)})
    prepared.when(again).then_refused(CertificateAlreadyPrepared("TCC-2027-0007"))


def test_the_issue_of_a_certificate_is_recorded_once() -> None:
    prepared = reviewed.when(HOLD).accepted().when(REQUEST).accepted()
    issued = prepared.when(RECORD).then(CertificateIssued("TCC-2027-0007", "aa" * 32, "bb" * 32, NOW))
    issued.when(RECORD).then_nothing()


def test_only_the_certificate_that_was_prepared_is_issued() -> None:
    reviewed.when(RECORD).then_refused(NotTheCertificate)
    prepared = reviewed.when(HOLD).accepted().when(REQUEST).accepted()
    prepared.when(replace(RECORD, number="TCC-2027-0001")).then_refused(NotTheCertificate("TCC-2027-0001"))
