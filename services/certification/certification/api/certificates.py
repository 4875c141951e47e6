"""Routes of certificates, of the eligibility register and of the public lists."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse

from certification import read_models
from certification.aggregates import COMPLETION
from certification.api.schemas import CertificateRequest, CertificateStatus, EligibleSrv, Listed
from certification.domain import guards
from certification.domain.certificate import json_name, pdf_name
from certification.domain.completion import CompletionOpened
from certification.domain.issuing import RequestCertificates
from certification.domain.refusals import CertificateUnknown, NotPrintable
from certification.read_models import Registered
from certification.readers import organisation_read
from certification.requesting import Signatory, made_out
from certification.signing.typeface import lacking
from chassis.eventstore.runtime import Runtime
from chassis.process.database import Connection
from chassis.web.http import Caller, Caused, Run, command, house_query, query
from chassis.web.replies import file_reply, respond
from kernel.principal import Principal
from rulebook.engine.scope.scope import role_name

ANY_SIGNATORY = CertificateRequest()
PARTY = Query(max_length=100, pattern=r"^[^\x00]+$")
ROLE = Query(max_length=10, pattern=r"^[A-Z]+$")
LIST = Path(max_length=100, pattern=r"^[a-z0-9-]+$")

router = APIRouter(tags=["certificates"])


@router.post("/engagements/{engagement}/certificate", status_code=202, **command("decide"))
async def request_certificates(
    engagement: UUID, runtime: Run, cause: Caused, body: CertificateRequest = ANY_SIGNATORY
) -> JSONResponse:
    """Have every certificate of the procedure made out; each gets its number at once and is signed a moment later
    (CTSD 5.17.1.3, 5.18.1.3)."""
    await runtime.wait_until_seen(str(engagement), cause.after)
    state, _ = await runtime.state(COMPLETION, str(engagement))
    opened = guards.opened(state, str(engagement))
    signatory, position = body.signatory or cause.actor.name, _position(body, opened, cause.actor)
    printed = Signatory(cause.actor.role, signatory, position)
    for what, text in (("the signatory", signatory), ("the position", position)):
        if characters := lacking(text):
            raise NotPrintable(what, " ".join(characters))

    async def gather(connection: Connection) -> RequestCertificates:
        return await made_out(connection, runtime, str(engagement), opened, printed)

    outcome = await runtime.handle(
        cause,
        COMPLETION,
        str(engagement),
        gather,
        lambda after, _: {"certificates": list(after.certificates), "status": "prepared"},
    )
    return respond(outcome, 202)


@router.get("/engagements/{engagement}/certificates", **query())
async def certificates_of_engagement(engagement: UUID, runtime: Run, caller: Caller) -> list[CertificateStatus]:
    """The certificates of an engagement: prepared, issued or superseded, and where each is fetched and verified."""
    state, _ = await runtime.state(COMPLETION, str(engagement))
    guards.opened(state, str(engagement))
    caller.must("read", state.audience)
    return [CertificateStatus.of(each) for each in await read_models.certificates_of(runtime.pool, engagement)]


@router.get("/certificates/{number}/pdf", response_class=Response, **house_query())
async def certificate_pdf(number: str, runtime: Run, caller: Caller) -> Response:
    """The signed PDF, for whoever may read its engagement."""
    known = await _issued(runtime, number, caller)
    data = await runtime.files.read(pdf_name(known.certificate.number), known.pdf_sha256 or "")
    return file_reply(data, f"{known.certificate.number}.pdf", "application/pdf")


@router.get("/certificates/{number}/json", response_class=Response, **house_query())
async def certificate_json(number: str, runtime: Run, caller: Caller) -> Response:
    """The signed machine-readable twin, for whoever may read its engagement."""
    known = await _issued(runtime, number, caller)
    data = await runtime.files.read(json_name(known.certificate.number), known.json_sha256 or "")
    return file_reply(data, f"{known.certificate.number}.json", "application/json")


@router.get("/eligibility", **house_query())
async def eligibility(
    runtime: Run,
    caller: Caller,
    party: Annotated[str | None, PARTY] = None,
    role: Annotated[str | None, ROLE] = None,
    limit: Annotated[int, Query(ge=1, le=5_000)] = 5_000,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> list[EligibleSrv]:
    """Which SRVs a Party may send in which role, since when, and by which certificate: at most `limit` rows, from the
    one of the number `offset` on."""
    if role is not None:
        role_name(role)  # refuses an unknown role
    organisation = organisation_read(caller, party)
    rows = await read_models.eligible(runtime.pool, organisation, role, limit, offset)
    return [EligibleSrv(**vars(row)) for row in rows]


@router.get("/lists/{list_id}", **house_query())
async def entries_of_list(list_id: Annotated[str, LIST], runtime: Run) -> list[Listed]:
    """The entries of a public list, since when, and by which certificate."""
    return [Listed(**vars(each)) for each in await read_models.entries_of(runtime.pool, list_id)]


def _position(body: CertificateRequest, opened: CompletionOpened, actor: Principal) -> str:
    """What is printed below the name: what was given, else what the role of who signs is called."""
    roles = opened.profile.roles
    return body.position or (roles[actor.role].title if actor.role in roles else actor.role)


async def _issued(runtime: Runtime, number: str, caller: Principal) -> Registered:
    known = await read_models.certificate_numbered(runtime.pool, number) if number.isprintable() else None
    if known is None:
        raise CertificateUnknown()
    state, _ = await runtime.state(COMPLETION, str(known.engagement))
    caller.must("read", state.audience)
    if known.issued_at is None:
        raise CertificateUnknown()
    return known
