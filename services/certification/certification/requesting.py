"""What a certificate is given as it is made out, and certificates that follow from a determination by themselves."""

import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from certification import read_models
from certification.aggregates import COMPLETION
from certification.domain.certificate import RecordsHead, numbered
from certification.domain.completion import CompletionOpened, ExitGateDetermined
from certification.domain.issuing import CERTIFIED, RequestCertificates, Reserved, determined_by
from chassis.eventstore import chain
from chassis.eventstore.cause import Cause
from chassis.eventstore.runtime import Runtime
from chassis.eventstore.store import Conflict
from chassis.process.clock import RehearsalClock
from chassis.process.database import TRANSIENT, Connection
from chassis.process.failpoints import failpoint
from kernel.refusal import Refusal
from rulebook.engine.dating.working_days import local_day

SECONDS = 5.0
PRINTED_DIGITS = 16
"""Of the hash that seals what is stored."""
RANDOM_LETTERS, LETTERS = 4, "BCDFGHJKLMNPQRSTVWXZ"

log = structlog.get_logger()


@dataclass(frozen=True)
class Signatory:
    """For which role a certificate is signed, and the name and position that are printed."""

    role: str
    name: str
    position: str


async def made_out(
    connection: Connection, runtime: Runtime, engagement: str, opened: CompletionOpened, signatory: Signatory
) -> RequestCertificates:
    """The request with what is known and given at this moment only."""
    now = runtime.clock.now()
    head = await chain.head(connection)
    return RequestCertificates(
        engagement=engagement,
        reserved=await _reserved(connection, opened, local_day(now).year),
        today=local_day(now),
        address=f"{runtime.settings.public_url}/certificates/{{number}}/verification?code={{code}}",
        role=signatory.role,
        signatory=signatory.name,
        position=signatory.position,
        now=now,
        head=RecordsHead(head.position, head.hash[:PRINTED_DIGITS]),
        rehearsal=isinstance(runtime.clock, RehearsalClock),
    )


async def request_what_was_determined(runtime: Runtime) -> None:
    """Have certificates made out for ever that a determination leads to: nobody asks for them (CTSD 5.19.5)."""
    while True:
        try:
            for engagement in await read_models.owed(runtime.pool):
                await request(runtime, str(engagement))
        except (Conflict, *TRANSIENT) as error:
            log.warning("what was determined waits for the database", error=repr(error))
        await runtime.woken(SECONDS)


async def request(runtime: Runtime, engagement: str) -> None:
    """Have the certificates of an engagement made out, once, unless somebody asked for them meanwhile."""
    state, _ = await runtime.state(COMPLETION, engagement)
    if state.opened is None or state.found_met is None:
        return
    opened, signatory = state.opened, _signatory(state.opened, state.found_met)
    failpoint("certificates.owed")
    try:
        await runtime.handle(
            Cause.internal(f"determined:{engagement}"),
            COMPLETION,
            engagement,
            lambda connection: made_out(connection, runtime, engagement, opened, signatory),
        )
    except Refusal as refusal:
        log.info("no certificate follows from a determination", engagement_id=engagement, why=refusal.message)


def _signatory(opened: CompletionOpened, found: ExitGateDetermined) -> Signatory:
    """The role that owes certificates, and on whose determination it supplies them."""
    steps, gate = opened.profile.procedure.completed_by(CERTIFIED), opened.profile.gate("exit")
    role = steps[0].sender if steps else gate.decider if gate else found.body
    position = f"By the determination of {determined_by(opened, found)}"
    return Signatory(role, opened.profile.roles[role].title, position)


async def _reserved(connection: Connection, opened: CompletionOpened, year: int) -> Mapping[str, Reserved]:
    """A number of its own for the certificate of each form."""
    reserved, given = {}, Counter[str]()
    for form in opened.profile.certificates:
        prefix = form.number_prefix
        serial = await read_models.next_serial(connection, prefix, year) + given[prefix]
        given[prefix] += 1
        earlier = await read_models.earlier(connection, opened.subject.id, form.id)
        number = numbered(prefix, year, serial, random_letters())
        reserved[form.id] = Reserved(number, secrets.token_urlsafe(12), earlier)
    return reserved


def random_letters() -> str:
    """How a number ends: no word, and no letter that is taken for another."""
    return "".join(secrets.choice(LETTERS) for _ in range(RANDOM_LETTERS))
