"""What the gateway is made of."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import APIRouter

from chassis.service import Service
from gateway.edge.api_documents import ApiDocument, api_documents
from gateway.edge.docs_page import docs_page
from gateway.edge.forwarding import Forwarder
from gateway.edge.openapi import merged, readable_links, sections
from gateway.edge.upstream import Upstream
from gateway.operations.clock import ClockMoves
from gateway.operations.lag import LagRoutes
from gateway.operations.parked_messages import ParkedMessageRoutes
from gateway.operations.republications import RepublicationRoutes
from gateway.operations.timelines import TimelineRoutes
from gateway.read_side.api import ReadSide
from gateway.read_side.projection import PROJECTION
from gateway.read_side.record import Record
from gateway.read_side.tasks import derive_missing
from gateway.read_side.tracing import report_ended
from gateway.read_side.work_queue import WorkQueue
from gateway.settings import Settings
from rulebook.engine.roles import every_role


def build(settings: Settings) -> Service:
    """The gateway: its own routes first, then those of every service."""
    known = api_documents()
    upstream = Upstream(settings.services, settings.patience_seconds)
    return Service(
        name="gateway",
        migrations=Path(__file__).parent.parent / "migrations",
        router=_router(known, upstream),
        projection=PROJECTION,
        tasks=(upstream.hold, report_ended, derive_missing),
        describe=partial(_describe, known),
        roles=frozenset(every_role()),
    )


def _router(known: Mapping[str, ApiDocument], upstream: Upstream) -> APIRouter:
    router = APIRouter()
    read_side = ReadSide(readable_links(known.values()))
    told = [each for each in sections(known) if each.service in upstream.names]
    router.include_router(read_side.router())
    router.include_router(Record(read_side, upstream, told).router())
    router.include_router(WorkQueue().router())
    router.include_router(ClockMoves(upstream).router())
    router.include_router(LagRoutes(upstream).router())
    router.include_router(ParkedMessageRoutes(upstream).router())
    router.include_router(RepublicationRoutes(upstream).router())
    router.include_router(TimelineRoutes(upstream).router())
    router.include_router(docs_page())
    forwarder = Forwarder(upstream)
    for service, document in known.items():
        forwarder.add_routes(router, service, document)
    return router


def _describe(known: Mapping[str, ApiDocument], own: dict[str, Any]) -> dict[str, Any]:
    return merged(own, known)
