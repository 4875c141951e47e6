"""Who may go through: the token, the role acted in and the organisation, before anything is passed on."""

from uuid import UUID

from starlette.requests import Request

from chassis.eventstore.runtime import Runtime
from chassis.web.http import current_principal
from gateway.edge.api_documents import Endpoint
from gateway.read_side import read_models
from kernel.audience import Audience, require_role
from kernel.principal import Principal
from kernel.recent import Recent
from rulebook.engine.roles import holders

REMEMBERED = 50_000
ANYONE = Principal(name="", role="")


class Access:
    """Checks callers. Who may do what in an engagement never changes, so it is remembered."""

    def __init__(self) -> None:
        self._audiences: Recent[UUID, Audience] = Recent(REMEMBERED)
        self._starters: Recent[UUID, str] = Recent(REMEMBERED)

    async def check(self, request: Request, endpoint: Endpoint, engagement: UUID | None, runtime: Runtime) -> Principal:
        """The caller of an endpoint; raises what `current_principal` and `Audience.require` raise."""
        if endpoint.public:
            return ANYONE
        caller = await current_principal(request)
        if endpoint.duty is None:
            if endpoint.roles:
                require_role(caller.role, sorted(endpoint.roles))
        elif engagement is None:
            # Of what is not about an engagement yet: some procedure in force must give the role the duty.
            require_role(caller.role, holders(endpoint.duty))
        else:
            caller.must(endpoint.duty, await self._audience(engagement, caller, runtime))
        return caller

    def learn(self, engagement: UUID, starter: Principal) -> None:
        """Who started an engagement goes on with it before its notice has come here; everybody else waits for that."""
        self._starters.put(engagement, starter.identity)

    async def _audience(self, engagement: UUID, caller: Principal, runtime: Runtime) -> Audience | None:
        """Who may do what; None where the services that own the engagement answer for themselves."""
        known = self._audiences.get(engagement) or await read_models.audience(runtime.pool, engagement)
        if known is None and self._starters.get(engagement) != caller.identity:
            await read_models.catch_up(runtime, engagement)
            known = await read_models.audience(runtime.pool, engagement)
        if known is not None:
            self._audiences.put(engagement, known)
        return known
