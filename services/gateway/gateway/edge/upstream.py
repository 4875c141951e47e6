"""Asking a service over HTTP. A service that dies comes back within seconds, so what can be repeated is repeated."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import IO, Any

import aiohttp
from yarl import URL

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 30.0
CONNECTIONS = 500
# The services close an idle connection after 5 s: ours must be given up before.
IDLE_SECONDS = 4.0
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0
SMALL = 1_000_000
CHUNK = 1 << 16

AWAY = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, aiohttp.ClientResponseError, TimeoutError)
"""How it shows that a service is not there, or went away before its answer was complete."""


class ServiceAway(Exception):
    """A service did not answer in time; `args[0]` is its name."""


class NotForwardable(Exception):
    """The request can't be put on the wire as it is."""


@dataclass(frozen=True)
class Spooled:
    """A request's body of `size` bytes, which can be sent more than once."""

    file: IO[bytes]
    size: int

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.file.seek(0)
        while chunk := self.file.read(CHUNK):
            yield chunk


@dataclass(frozen=True)
class Answer:
    """What a service answered: all of it in `body` where it is small, otherwise to be streamed."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None
    _response: aiohttp.ClientResponse

    @property
    def is_success(self) -> bool:
        """Whether the service did what was asked."""
        return 200 <= self.status < 300

    async def whole(self) -> bytes:
        """The whole body, of whatever size; raises ServiceAway when it breaks off."""
        try:
            return self.body if self.body is not None else b"".join([chunk async for chunk in self.stream()])
        except AWAY as error:
            raise ServiceAway(str(self._response.url.host)) from error

    async def stream(self) -> AsyncIterator[bytes]:
        """The body piece by piece."""
        async with self._response as response:
            async for chunk in response.content.iter_chunked(CHUNK):
                yield chunk


class Upstream:
    """All services, over one pool of connections."""

    def __init__(self, addresses: Mapping[str, str], patience_seconds: float) -> None:
        self._addresses = {name: address.rstrip("/") for name, address in addresses.items()}
        self._patience = patience_seconds

    @property
    def names(self) -> tuple[str, ...]:
        """The services that there are."""
        return tuple(self._addresses)

    @cached_property
    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE_SECONDS),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=ANSWER_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("content-type", "user-agent"),
            auto_decompress=False,
        )

    async def ask(
        self,
        service: str,
        method: str,
        target: bytes,
        headers: Mapping[str, str],
        body: bytes | Spooled = b"",
        patience_seconds: float | None = None,
    ) -> Answer:
        """A service's answer. `target` is the path and query as they stand on the wire.

        Repeats the request while the service is away: whoever asks for a change sends an Idempotency-Key.
        Raises ServiceAway when patience is at its end.
        """
        if service not in self._addresses:
            raise ServiceAway(service)
        url = _url(self._addresses[service], target)
        patience = self._patience if patience_seconds is None else patience_seconds
        deadline = asyncio.get_running_loop().time() + patience
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                return await self._ask_once(method, url, headers, body)
            except AWAY as error:
                late = isinstance(error, aiohttp.SocketTimeoutError)
                if late or asyncio.get_running_loop().time() + pause > deadline:
                    raise ServiceAway(service) from error
            except (aiohttp.ClientError, ValueError) as error:
                raise NotForwardable(str(error)) from error
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _ask_once(self, method: str, url: URL, headers: Mapping[str, str], body: bytes | Spooled) -> Answer:
        sized = {**headers, "content-length": str(body.size)} if isinstance(body, Spooled) else headers
        response = await self._session.request(method, url, headers=sized, data=body or None, allow_redirects=False)
        small = response.content_length is not None and response.content_length <= SMALL
        return Answer(response.status, response.headers, await response.read() if small else None, response)

    async def hold(self, _runtime: Any) -> None:
        """Keep the connections for as long as the process runs."""
        try:
            await asyncio.Event().wait()
        finally:
            await self._session.close()


def _url(address: str, target: bytes) -> URL:
    try:
        return URL(f"{address}{target.decode('ascii')}", encoded=True)
    except ValueError as error:
        raise NotForwardable("its address holds what must be percent-encoded") from error
