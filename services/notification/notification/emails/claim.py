"""One process sends a mail: it has claimed it, by the database's clock, and renews its claim while it sends.

A process that was frozen, or that the database has not answered for as long as a claim lasts, has lost it: another one
may send the mail, and this one no longer does.
"""

import asyncio
import contextlib
from datetime import timedelta
from typing import Any
from uuid import UUID

import aiosmtplib

from chassis.process.database import TRANSIENT, Pool
from notification.read_models import QUERIES

RENEWALS = 3
"""A claim is renewed so often before it would end."""


class ClaimLost(Exception):
    """Another process may have the mail by now."""


class Claim:
    """A mail that this process has to itself."""

    def __init__(self, pool: Pool, mail: int, claim: UUID, lasts: timedelta) -> None:
        self._pool = pool
        self._mail = (mail, claim)
        self._lasts = lasts
        self._pause = lasts.total_seconds() / RENEWALS

    async def renew(self) -> None:
        """Have it for longer. Raises ClaimLost, or what is TRANSIENT."""
        async with asyncio.timeout(self._pause):
            kept = await self._pool.fetchval(QUERIES["renew_claim"], *self._mail, self._lasts)
        if not kept:
            raise ClaimLost

    async def keep(self) -> None:
        """Renew it for ever. Raises ClaimLost."""
        loop, lasts = asyncio.get_running_loop(), self._lasts.total_seconds()
        ends = loop.time() + lasts
        while loop.time() < ends:
            await asyncio.sleep(self._pause)
            asked = loop.time()
            with contextlib.suppress(*TRANSIENT):
                await self.renew()
                ends = asked + lasts
        raise ClaimLost


class ClaimedSession(aiosmtplib.SMTP):
    """A conversation with the mail server that hands over the mail only while it is claimed."""

    def __init__(self, claim: Claim, smtp: str, seconds: float) -> None:
        host, _, port = smtp.rpartition(":")
        super().__init__(hostname=host, port=int(port), timeout=seconds)
        self._claim = claim

    async def data(self, message: str | bytes, /, **options: Any) -> aiosmtplib.SMTPResponse:
        """Hand over the content, right after the claim was renewed. Raises ClaimLost."""
        await self._claim.renew()
        return await super().data(message, **options)
