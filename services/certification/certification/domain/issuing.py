"""Certificates: requested after the gate was passed, then signed and issued (CTSD 5.17.1.3, 5.18.1.3, 5.21)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from certification.domain import guards
from certification.domain.certificate import (
    Certificate,
    CertifiedSrv,
    RecordsHead,
    Values,
    all_to_date,
    long_date,
    printed,
    short_date,
    table,
)
from certification.domain.completion import (
    CertificateIssued,
    CertificatePrepared,
    Completion,
    CompletionOpened,
    Event,
    ExecutionCompleted,
    ExitGateDetermined,
    ExitGateHeld,
    ScopedTest,
)
from certification.domain.refusals import (
    CertificateAlreadyPrepared,
    GateNotPassed,
    NoCertificateHere,
    NotTheCertificate,
)
from rulebook.engine.certificates import CertificateForm
from rulebook.engine.dating.working_days import local_day
from rulebook.engine.refusing import require_sender

CERTIFIED: Final = "certification.certificate-issued"
"""The fact that completes the step in which certificates are issued."""


@dataclass(frozen=True)
class Earlier:
    """The newest certificate of a form for the same subject, and what it lists."""

    number: str
    srvs: tuple[CertifiedSrv, ...]


@dataclass(frozen=True)
class Reserved:
    """What a certificate was given before it is made out: its number, its code, and the one that it follows."""

    number: str
    code: str
    earlier: Earlier | None


@dataclass(frozen=True)
class RequestCertificates:
    """Every certificate of the procedure is made out, by the role that owes them (CTSD 5.17.1.3, 5.18.1.3).

    `reserved` has what each form's certificate was given, by the form's id. `address` is where a certificate is
    verified, with `{number}` and `{code}` in it; `head` seals what was stored. `rehearsal`: time is rehearsed, and the
    certificates say so.
    """

    engagement: str
    reserved: Mapping[str, Reserved]
    today: date
    address: str
    role: str
    signatory: str
    position: str
    now: datetime
    head: RecordsHead
    rehearsal: bool = False


@dataclass(frozen=True)
class RecordIssued:
    """The certificate was signed and stored."""

    number: str
    pdf_sha256: str
    json_sha256: str
    now: datetime


def request_certificates(command: RequestCertificates, state: Completion) -> Sequence[Event]:
    """One certificate of each form for each decision that the testing is complete (CTSD 5.21.1)."""
    opened = guards.opened(state, command.engagement)
    for step in opened.profile.procedure.completed_by(CERTIFIED):
        require_sender(step, command.role)
    if state.certificates:
        raise CertificateAlreadyPrepared(", ".join(state.certificates))
    if not state.complete or not state.execution or not state.gate:
        raise GateNotPassed()
    if not opened.profile.certificates:
        raise NoCertificateHere()
    tested = Tested(state.execution, state.scope, _issuer(opened, state.gate), state.found_met)
    return [CertificatePrepared(_made_out(form, command, opened, tested)) for form in opened.profile.certificates]


def record_issued(command: RecordIssued, state: Completion) -> Sequence[Event]:
    """Record the issue of each certificate once."""
    if command.number not in state.certificates:
        raise NotTheCertificate(command.number)
    if command.number in state.issued:
        return []
    return [CertificateIssued(command.number, command.pdf_sha256, command.json_sha256, command.now)]


@dataclass(frozen=True)
class Tested:
    """What was tested, who certifies it, and on whose determination that rests, where it rests on one."""

    execution: ExecutionCompleted
    scope: tuple[ScopedTest, ...]
    issuer: str
    found_met: ExitGateDetermined | None


def determined_by(opened: CompletionOpened, found: ExitGateDetermined) -> str:
    """On whose determination a certificate rests, for example `the Authority, on 3 June 2027`."""
    return f"the {opened.profile.roles[found.body].title}, on {long_date(local_day(found.determined_at))}"


def _issuer(opened: CompletionOpened, passed: ExitGateHeld) -> str:
    """Who has the last word at the gate, also where another body found its criteria met (CTSD 5.19.5)."""
    gate = opened.profile.gate("exit")
    return opened.profile.roles[gate.decider if gate else passed.body].title


def _made_out(
    form: CertificateForm, command: RequestCertificates, opened: CompletionOpened, tested: Tested
) -> Certificate:
    reserved = command.reserved[form.id]
    earlier = reserved.earlier if form.reissues else None
    listed = tested.execution.srvs if form.rows == "srvs" else ()
    srvs = all_to_date(earlier.srvs if earlier else (), listed, form.route, command.today)
    return Certificate(
        number=reserved.number,
        form=form.id,
        title=form.title,
        code=reserved.code,
        procedure=opened.procedure,
        rulebook=opened.rulebook,
        subject=opened.subject,
        recipient=opened.participants[0],
        issuer=tested.issuer,
        fields=printed(form, _values(opened, tested.issuer, reserved.number, command.today)),
        columns=form.headings,
        rows=table(form, _rows(form, srvs, tested, command.today)),
        srvs=srvs,
        supersedes=earlier.number if earlier else None,
        issued_on=command.today,
        prepared_at=command.now,
        signatory=command.signatory,
        position=command.position,
        verification_url=command.address.format(number=reserved.number, code=reserved.code),
        head=command.head,
        rehearsal=command.rehearsal,
        rests_on=determined_by(opened, tested.found_met) if tested.found_met else None,
    )


def _rows(form: CertificateForm, srvs: Iterable[CertifiedSrv], tested: Tested, today: date) -> Sequence[Values]:
    """What the columns of the table can say, row by row."""
    match form.rows:
        case "srvs":
            return [{"srv": row.srv, "route": row.route, "issued-on": short_date(row.issued_on)} for row in srvs]
        case "tests":
            common = {"route": form.route, "issued-on": short_date(today)}
            return [
                {"test": test.id, "title": test.title, "outcome": _outcome(test, tested), **common}
                for test in tested.scope
            ]
        case "none":
            return []


def _outcome(test: ScopedTest, tested: Tested) -> str:
    return "not passed" if test.id in tested.execution.unsuccessful else "passed"


def _values(opened: CompletionOpened, issuer: str, number: str, today: date) -> Values:
    recipient, subject = opened.participants[0], opened.subject
    words = opened.profile.subject.words(subject.fields)
    return {
        "recipient.name": recipient.name,
        "recipient.organisation": recipient.organisation,
        "issuer": issuer,
        "issued-on": long_date(today),
        "number": number,
        "subject.name": subject.name,
        **{f"subject.{name}": _with_code(words[name], code) for name, code in subject.fields.items()},
    }


def _with_code(word: str, code: str) -> str:
    return word if word == code else f"{word} ({code})"
