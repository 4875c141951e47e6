"""Large bodies, and what can't be put on the wire."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from tempfile import SpooledTemporaryFile
from typing import Any

import pytest

from gateway.edge.upstream import NotForwardable, ServiceAway, Spooled, Upstream

LARGE = b"0123456789" * 300_000


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers one request with what it carried."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    body = await reader.readexactly(length)
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % length + body)
    await writer.drain()
    writer.close()


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    there = Upstream({"echo": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"}, patience_seconds=0.2)
    holding = asyncio.create_task(there.hold(None))
    await asyncio.sleep(0)
    async with server:
        yield there
    holding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holding


async def test_a_large_body_is_streamed_both_ways(upstream: Upstream) -> None:
    with SpooledTemporaryFile(max_size=1) as file:
        file.write(LARGE)
        answer = await upstream.ask("echo", "POST", b"/", {}, Spooled(file, len(LARGE)))
        assert answer.body is None
        back = hashlib.sha256()
        async for chunk in answer.stream():
            back.update(chunk)
    assert back.digest() == hashlib.sha256(LARGE).digest()


async def test_a_small_body_is_read_at_once(upstream: Upstream) -> None:
    answer = await upstream.ask("echo", "POST", b"/?a=%2F", {}, b"hello")
    assert (answer.is_success, answer.body) == (True, b"hello")


@pytest.mark.parametrize(("target", "headers"), [(b"/\xff", {}), (b"/", {"if-match": "a\r\nb: c"})])
async def test_what_can_not_be_put_on_the_wire_is_not_tried_again(
    upstream: Upstream, target: bytes, headers: dict[str, Any]
) -> None:
    with pytest.raises(NotForwardable):
        await upstream.ask("echo", "GET", target, headers)


async def test_a_service_that_has_no_address_is_away(upstream: Upstream) -> None:
    with pytest.raises(ServiceAway, match="nobody"):
        await upstream.ask("nobody", "GET", b"/", {})
