"""Routes of certificates and of the eligibility register."""

import secrets
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from certification import read_models
from certification.aggregates import COMPLETION
from certification.api.replies import attachment
from certification.api.schemas import CertificateRequest, CertificateStatus, EligibleSrv, Links
from certification.domain.certificate import RecordsHead
from certification.domain.completion import CompletionOpened
from certification.domain.issuing import RequestCertificate
from certification.domain.refusals import CertificateUnknown, EngagementUnknown, NotPrintable
from certification.read_models import Registered
from certification.signing.signer import json_name, pdf_name
from certification.signing.typeface import lacking
from chassis.eventstore import chain
from chassis.eventstore.runtime import Runtime
from chassis.process.clock import RehearsalClock
from chassis.process.database import Connection
from chassis.web.http import READERS, Caller, Caused, Run, command, query
from chassis.web.replies import respond
from kernel.principal import Principal, Role
from rulebook.engine.dating.working_days import local_day
from rulebook.engine.scope.scope import role_name

ANY_SIGNATORY = CertificateRequest()
PRINTED_DIGITS = 16
"""Of the hash that seals what is stored."""
PARTY = Query(max_length=100, pattern=r"^[^\x00]+$")
ROLE = Query(max_length=10, pattern=r"^[A-Z]+$")

router = APIRouter(tags=["certificates"])


@router.post("/engagements/{engagement}/certificate", status_code=202, **command(Role.DCC))
async def request_certificate(
    engagement: UUID, runtime: Run, cause: Caused, body: CertificateRequest = ANY_SIGNATORY
) -> JSONResponse:
    """Have the certificate made out; it gets its number at once and is signed a moment later (CTSD 5.17.1.3)."""
    for what, text in (("the signatory", body.signatory or cause.actor.name), ("the position", body.position)):
        if characters := lacking(text):
            raise NotPrintable(what, " ".join(characters))
    await runtime.wait_until_seen(str(engagement), cause.after)
    state, _ = await runtime.state(COMPLETION, str(engagement))
    opened = state.opened
    if opened is None:
        raise EngagementUnknown(str(engagement))

    async def gather(connection: Connection) -> RequestCertificate:
        return await _made_out(connection, runtime, str(engagement), opened, body, cause.actor)

    outcome = await runtime.handle(
        cause,
        COMPLETION,
        str(engagement),
        gather,
        lambda after, _: {"number": after.certificate.number if after.certificate else None, "status": "prepared"},
    )
    return respond(outcome, 202)


@router.get("/engagements/{engagement}/certificate", **query(*READERS))
async def certificate_of_engagement(engagement: UUID, runtime: Run, caller: Caller) -> CertificateStatus:
    """The certificate of an engagement: prepared, issued or superseded, and where it is fetched and verified."""
    known = await read_models.certificate_of(runtime.pool, engagement)
    return _status(_visible(known, caller))


@router.get("/certificates/{number}/pdf", response_class=Response, **query(*READERS))
async def certificate_pdf(number: str, runtime: Run, caller: Caller) -> Response:
    """The signed PDF."""
    known = await _issued(runtime, number, caller)
    data = await runtime.files.read(pdf_name(known.certificate.number))
    return attachment(data, f"{known.certificate.number}.pdf", "application/pdf")


@router.get("/certificates/{number}/json", response_class=Response, **query(*READERS))
async def certificate_json(number: str, runtime: Run, caller: Caller) -> Response:
    """The signed machine-readable twin."""
    known = await _issued(runtime, number, caller)
    data = await runtime.files.read(json_name(known.certificate.number))
    return attachment(data, f"{known.certificate.number}.json", "application/json")


@router.get("/eligibility", **query(*READERS))
async def eligibility(
    runtime: Run, caller: Caller, party: Annotated[str | None, PARTY] = None, role: Annotated[str | None, ROLE] = None
) -> list[EligibleSrv]:
    """Which SRVs a Party may send in which role, since when, and by which certificate."""
    if role is not None:
        role_name(role)  # refuses an unknown role
    if caller.role is Role.PARTICIPANT:
        party = party or caller.party
    caller.may_see(party)
    return [EligibleSrv(**vars(row)) for row in await read_models.eligible(runtime.pool, party, role)]


async def _made_out(
    connection: Connection,
    runtime: Runtime,
    engagement: str,
    opened: CompletionOpened,
    body: CertificateRequest,
    actor: Principal,
) -> RequestCertificate:
    now = runtime.clock.now()
    today = local_day(now)
    head = await chain.head(connection)
    return RequestCertificate(
        engagement=engagement,
        serial=await read_models.next_serial(connection, today.year),
        today=today,
        previous=await read_models.certified_so_far(connection, opened.party, opened.role),
        code=secrets.token_urlsafe(12),
        address=f"{runtime.settings.public_url}/certificates/{{number}}/verification?code={{code}}",
        signatory=body.signatory or actor.name,
        position=body.position,
        now=now,
        head=RecordsHead(head.position, head.hash[:PRINTED_DIGITS]),
        rehearsal=isinstance(runtime.clock, RehearsalClock),
    )


async def _issued(runtime: Runtime, number: str, caller: Principal) -> Registered:
    known = await read_models.certificate_numbered(runtime.pool, number) if number.isprintable() else None
    if _visible(known, caller).issued_at is None:
        raise CertificateUnknown()
    return _visible(known, caller)


def _visible(known: Registered | None, caller: Principal) -> Registered:
    if known is None:
        raise CertificateUnknown()
    caller.may_see(known.party)
    return known


def _status(known: Registered) -> CertificateStatus:
    certificate = known.certificate
    here = f"/certificates/{certificate.number}"
    return CertificateStatus(
        number=certificate.number,
        status=known.status,
        superseded_by=known.superseded_by,
        party=certificate.party,
        party_name=certificate.party_name,
        role=certificate.role,
        issued_on=certificate.issued_on,
        issued_at=known.issued_at,
        srvs=certificate.srvs,
        code=certificate.code,
        pdf_sha256=known.pdf_sha256,
        json_sha256=known.json_sha256,
        links=Links(pdf=f"{here}/pdf", json_twin=f"{here}/json", verification=certificate.verification_url),
    )
