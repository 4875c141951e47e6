"""What the gateway is made of."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import APIRouter

from chassis.service import Service
from gateway.edge.forwarding import Forwarder
from gateway.edge.openapi import merged, readable_links
from gateway.edge.service_documents import Document, documents
from gateway.edge.upstream import Upstream
from gateway.operations.clock import ClockMoves
from gateway.operations.pages import pages
from gateway.operations.parked_messages import Operations
from gateway.read_side.api import Reading
from gateway.read_side.projection import PROJECTION
from gateway.read_side.tracing import report_ended
from gateway.settings import Settings


def build(settings: Settings) -> Service:
    """The gateway: its own routes first, then those of every service."""
    known = documents()
    upstream = Upstream(settings.services, settings.patience_seconds)
    return Service(
        name="gateway",
        migrations=Path(__file__).parent.parent / "migrations",
        router=_router(known, upstream),
        projection=PROJECTION,
        tasks=(upstream.hold, report_ended),
        describe=partial(_describe, known),
    )


def _router(known: Mapping[str, Document], upstream: Upstream) -> APIRouter:
    router = APIRouter()
    router.include_router(Reading(readable_links(known.values())).router())
    router.include_router(ClockMoves(upstream).router())
    router.include_router(Operations(upstream).router())
    router.include_router(pages())
    forwarder = Forwarder(upstream)
    for service, document in known.items():
        forwarder.add_routes(router, service, document)
    return router


def _describe(known: Mapping[str, Document], own: dict[str, Any]) -> dict[str, Any]:
    return merged(own, known)
