"""Ends a process that is alive and does nothing: its event loop is blocked, or one of its liveness checks fails.

The supervisor starts it again; whatever was not committed is done anew.
"""

import asyncio
import faulthandler
import os
import threading
from collections.abc import Callable, Sequence
from typing import NoReturn

import structlog

from chassis import timing

EXIT_CODE = 75

log = structlog.get_logger()


class Watchdog:
    """Counts the event loop's heartbeats from a thread of its own.

    It counts its own ticks without a heartbeat, not seconds: a process that was frozen as a whole is not blocked.
    """

    def __init__(
        self, seconds: float, failing_checks: Callable[[], Sequence[str]], end: Callable[[str], None] | None = None
    ) -> None:
        self._ticks = max(1, round(seconds / timing.WATCHDOG_TICK_SECONDS))
        self._failing_checks = failing_checks
        self._end = end or _end
        self._beats = 0
        self._over = threading.Event()

    async def heartbeat(self) -> None:
        """Show that the event loop runs, for ever."""
        while True:
            self._beats += 1
            await asyncio.sleep(timing.WATCHDOG_TICK_SECONDS / 2)

    def watch(self) -> None:
        """Begin to watch."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        """Watch no longer."""
        self._over.set()

    def _watch(self) -> None:
        seen, silent, failing = -1, 0, 0
        while not self._over.wait(timing.WATCHDOG_TICK_SECONDS):
            silent = silent + 1 if self._beats == seen else 0
            seen = self._beats
            failures = self._failing_checks()
            failing = failing + 1 if failures else 0
            if silent >= self._ticks:
                return self._end("the event loop is blocked")
            if failing >= timing.FAILING_TICKS:
                return self._end("; ".join(failures))


def _end(reason: str) -> NoReturn:
    log.critical("the watchdog ends the process", reason=reason)
    faulthandler.dump_traceback(all_threads=True)
    os._exit(EXIT_CODE)
