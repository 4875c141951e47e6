"""Public messages of a service are published again."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from chassis.messaging.republishing import Republication, Republishing
from chassis.web.http import Caller, house_command
from chassis.web.operations import Republish, current_republishing
from gateway.edge.upstream import Upstream
from gateway.operations.services import ServiceName, pass_on

Own = Annotated[Republishing, Depends(current_republishing)]


class RepublicationRoutes:
    """Asks the services on behalf of operations; the gateway itself publishes only what it rejects."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def router(self) -> APIRouter:
        """The route."""
        router = APIRouter(prefix="/operations", tags=["gateway"])
        deciding = {**house_command("operations"), "response_model": Republication}
        router.add_api_route("/{service}/republications", self.republish, methods=["POST"], **deciding)
        return router

    async def republish(self, service: ServiceName, body: Republish, request: Request, own: Own, caller: Caller) -> Any:
        """Publish messages again, as they were: consumers that know them drop them, one that misses them goes on."""
        if service == "gateway":
            which = (body.subject, body.from_sequence, body.continue_after)
            return await own.republish(caller, body.reason, *which)
        return await pass_on(self._upstream, service, request, "/republications", body)
