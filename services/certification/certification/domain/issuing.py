"""The certificate: requested after the gate was passed, then signed and issued (CTSD 5.17.1.3, 5.21)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from certification.domain import guards
from certification.domain.certificate import Certificate, CertifiedSrv, RecordsHead, all_to_date, numbered
from certification.domain.completion import CertificateIssued, CertificatePrepared, Completion, Event
from certification.domain.refusals import CertificateAlreadyPrepared, GateNotPassed, NotTheCertificate
from rulebook.engine.certificates import certificate_form
from rulebook.engine.editions import root_of
from rulebook.engine.scope.scope import role_name


@dataclass(frozen=True)
class RequestCertificate:
    """DCC has the certificate made out (CTSD 5.17.1.3).

    `serial` is the next of the year `today`; `previous` is what the Party's certificates of this role list so far.
    `address` is where a certificate is verified, with `{number}` and `{code}` in it; `head` seals what was stored.
    `rehearsal`: time is rehearsed, and the certificate says so.
    """

    engagement: str
    serial: int
    today: date
    previous: tuple[CertifiedSrv, ...]
    code: str
    address: str
    signatory: str
    position: str
    now: datetime
    head: RecordsHead | None = None
    rehearsal: bool = False


@dataclass(frozen=True)
class RecordIssued:
    """The certificate was signed and stored."""

    number: str
    pdf_sha256: str
    json_sha256: str
    now: datetime


def request_certificate(command: RequestCertificate, state: Completion) -> Sequence[Event]:
    """One certificate for the decision that the testing is complete (CTSD 5.21.1)."""
    opened = guards.opened(state, command.engagement)
    if state.certificate:
        raise CertificateAlreadyPrepared(state.certificate.number)
    if not state.complete or not state.execution:
        raise GateNotPassed()
    form = certificate_form(opened.procedure, root_of(opened.rulebook))
    number = numbered(command.today.year, command.serial)
    certificate = Certificate(
        number=number,
        code=command.code,
        procedure=opened.procedure,
        rulebook=opened.rulebook,
        party=opened.party,
        party_name=opened.party_name,
        role=opened.role,
        role_name=role_name(opened.role),
        srvs=all_to_date(command.previous, state.execution.srvs, form.route, command.today),
        issued_on=command.today,
        prepared_at=command.now,
        signatory=command.signatory,
        position=command.position,
        verification_url=command.address.format(number=number, code=command.code),
        head=command.head,
        rehearsal=command.rehearsal,
    )
    return [CertificatePrepared(certificate)]


def record_issued(command: RecordIssued, state: Completion) -> Sequence[Event]:
    """Record the issue once."""
    if state.certificate is None or state.certificate.number != command.number:
        raise NotTheCertificate(command.number)
    if state.issued:
        return []
    return [CertificateIssued(command.number, command.pdf_sha256, command.json_sha256, command.now)]
