"""Who may go through: token, role and Party, before anything is passed on."""

from uuid import UUID

from starlette.requests import Request

from chassis.eventstore.runtime import Runtime
from chassis.web.http import current_principal
from chassis.web.identity import WrongRole
from gateway.edge.service_documents import Operation
from gateway.read_side.read_models import party_of
from kernel.principal import Principal, Role
from kernel.recent import Recent

REMEMBERED = 50_000
ANYONE = Principal(name="", role=Role.AUDITOR, party=None)


class Access:
    """Checks callers. Whose an engagement is never changes, so it is remembered."""

    def __init__(self) -> None:
        self._parties: Recent[UUID, str] = Recent(REMEMBERED)

    async def check(
        self, request: Request, operation: Operation, engagement: UUID | None, runtime: Runtime
    ) -> Principal:
        """The caller of an operation; raises NotAuthenticated, WrongRole or ForeignParty."""
        if not operation.roles:
            return ANYONE
        caller = await current_principal(request)
        if caller.role not in operation.roles:
            raise WrongRole(role=caller.role, allowed=", ".join(sorted(operation.roles)))
        if engagement is not None and caller.role is Role.PARTICIPANT:
            # An engagement not known here yet: its owner answers.
            caller.may_see(await self._party(engagement, runtime))
        return caller

    def learn(self, engagement: UUID, caller: Principal) -> None:
        """A participant's new engagement is its Party's, also before that is published."""
        if caller.role is Role.PARTICIPANT and caller.party is not None:
            self._parties.put(engagement, caller.party)

    async def _party(self, engagement: UUID, runtime: Runtime) -> str | None:
        known = self._parties.get(engagement)
        if known is None and (known := await party_of(runtime.pool, engagement)) is not None:
            self._parties.put(engagement, known)
        return known
