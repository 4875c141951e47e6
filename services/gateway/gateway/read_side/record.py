"""The whole record of an engagement as one JSON document, piece by piece: all that the caller may read of it.

It holds the overview, every fact that a service told of the engagement but the results of tests, and what each service
answers about it, by the documents of their routes. `docs/record.md` describes it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from chassis.observability.telemetry import traceparent
from chassis.process.database import Pool
from chassis.web.http import Caller, Run, query
from gateway.edge.forwarding import away, caller_headers
from gateway.edge.openapi import Section
from gateway.edge.upstream import ServiceAway, Upstream
from gateway.read_side import read_models
from gateway.read_side.api import ReadSide
from gateway.read_side.read_models import QUERIES

FORMAT: Final = "assay-engagement-record"
VERSION: Final = 1
FACTS_AT_ONCE: Final = 500
DESCRIPTION: Final = "The record as one JSON document; docs/record.md describes it."


@dataclass(frozen=True)
class Sections:
    """What the services answered of an engagement, and why others gave nothing, each by its name."""

    given: Mapping[str, bytes]
    refused: Mapping[str, Any]


class Record:
    """Answers the record of an engagement."""

    def __init__(self, read_side: ReadSide, upstream: Upstream, sections: Sequence[Section]) -> None:
        self._read_side = read_side
        self._upstream = upstream
        self._sections = sections

    def router(self) -> APIRouter:
        """The route."""
        router = APIRouter(tags=["gateway"])
        said = {200: {"description": DESCRIPTION, "content": {"application/json": {}}}}
        guarded = query("read")
        whole = {**guarded, "responses": {**guarded["responses"], **said}}
        router.add_api_route("/engagements/{engagement}/record", self.record, response_class=Response, **whole)
        return router

    async def record(self, request: Request, engagement: UUID, runtime: Run, caller: Caller) -> Response:
        """The whole record of an engagement: all that the caller may read of it, for keeping or for another system."""
        shown = await self._read_side.shown(engagement, runtime, caller)
        until = await read_models.seen_of(runtime.pool, engagement)
        try:
            sections = await self._asked(request, engagement)
        except ServiceAway as error:
            return away(f"The service {error.args[0]}")
        beginning = {
            "format": FORMAT,
            "version": VERSION,
            "engagement": engagement,
            "exported_at": runtime.clock.now(),
            "exported_by": {"name": caller.name, "role": caller.role, "party": caller.party},
            "overview": shown.model_dump(mode="json", by_alias=True),
        }
        name = f'attachment; filename="engagement-{engagement}.json"'
        pieces = _pieces(beginning, runtime.pool, engagement, until, sections)
        return StreamingResponse(pieces, media_type="application/json", headers={"Content-Disposition": name})

    async def _asked(self, request: Request, engagement: UUID) -> Sections:
        """Each service is asked as the caller, so that it says what this caller may read."""
        headers = {**caller_headers(request), "accept-encoding": "identity", "traceparent": traceparent()}
        answers = await asyncio.gather(*(self._section(each, engagement, headers) for each in self._sections))
        return Sections(
            given={name: body for name, status, body in answers if status == 200},
            refused={name: orjson.loads(body) for name, status, body in answers if status != 200},
        )

    async def _section(self, section: Section, engagement: UUID, headers: Mapping[str, str]) -> tuple[str, int, bytes]:
        """A service's answer, or the list of all its pages where it comes in pages."""
        status, body = await self._page(section, engagement, headers, "")
        if status != 200 or section.cursor is None:
            return section.name, status, body
        pages = [body]
        while (after := orjson.loads(pages[-1]).get("next")) is not None:
            status, body = await self._page(section, engagement, headers, f"&{section.cursor}={quote(str(after))}")
            if status != 200:
                return section.name, status, body
            pages.append(body)
        return section.name, 200, b"[" + b",".join(pages) + b"]"

    async def _page(
        self, section: Section, engagement: UUID, headers: Mapping[str, str], after: str
    ) -> tuple[int, bytes]:
        largest = f"limit={section.largest_page}" if section.largest_page else ""
        target = f"{section.path.format(engagement=engagement)}?{largest}{after}".rstrip("?")
        answer = await self._upstream.ask(section.service, "GET", target.encode(), headers)
        body = await answer.whole()
        if answer.status >= 500:
            raise ServiceAway(section.service)
        return answer.status, body


async def _pieces(
    beginning: Mapping[str, Any], pool: Pool, engagement: UUID, until: Mapping[str, int], sections: Sections
) -> AsyncIterator[bytes]:
    """The document, in pieces: no more than some facts of it are in memory at once."""
    yield orjson.dumps(beginning)[:-1] + b',"facts":['
    files: dict[tuple[str, str], dict[str, str]] = {}
    separator = b""
    async for fact in _facts(pool, engagement, until):
        for each in files_in(fact["data"]):
            files[each["sha256"], each["file_name"]] = each
        yield separator + orjson.dumps(fact)
        separator = b","
    yield b'],"files":' + orjson.dumps([files[key] for key in sorted(files)])
    yield b',"sections":{'
    for number, (name, body) in enumerate(sorted(sections.given.items())):
        yield (b"," if number else b"") + orjson.dumps(name) + b":" + body
    yield b'},"without":' + orjson.dumps(dict(sorted(sections.refused.items()))) + b"}"


async def _facts(pool: Pool, engagement: UUID, until: Mapping[str, int]) -> AsyncIterator[dict[str, Any]]:
    """Every fact up to where each source was seen, source by source, each's in their order."""
    source, sequence = "", 0
    while rows := await pool.fetch(QUERIES["facts_after"], engagement, source, sequence, FACTS_AT_ONCE):
        for row in rows:
            if row["sequence"] <= until.get(row["source"].removeprefix("assay."), 0):
                yield {**row, "data": orjson.loads(row["data"])}
        source, sequence = rows[-1]["source"], rows[-1]["sequence"]


def files_in(value: Any) -> Iterator[dict[str, str]]:
    """The files that a fact names, wherever it names them: what has a name and a hash."""
    if isinstance(value, dict):
        if isinstance(value.get("sha256"), str) and isinstance(value.get("file_name"), str):
            yield {"file_name": value["file_name"], "sha256": value["sha256"]}
        for each in value.values():
            yield from files_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from files_in(each)
