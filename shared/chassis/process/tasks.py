"""Work in the background: it ends when it is cancelled, and never unnoticed."""

import asyncio
from collections.abc import Coroutine
from typing import Any

Work = Coroutine[Any, Any, None]


class UnexpectedCancel(Exception):
    """Work was cancelled from within: nobody had asked for it.

    A library that cancels tasks of its own may let the cancellation out. It would look like an ordinary end.
    """


class UnexpectedReturn(Exception):
    """Work that goes on for ever has ended."""


async def run_to_completion(work: Work) -> None:
    """Run it. Who is cancelled meanwhile ends as cancelled, whatever error the work raises at that moment.

    Raises UnexpectedCancel, or what the work raises.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait((task,))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    if task.cancelled():
        raise UnexpectedCancel(str(work))
    task.result()


async def run_forever_together(*works: Work) -> None:
    """Run them all, for ever. When one fails, returns or is cancelled, the others are cancelled.

    Raises an ExceptionGroup with what was wrong. A TaskGroup alone takes no notice of a task that was cancelled.
    """
    async with asyncio.TaskGroup() as group:
        for work in works:
            group.create_task(_for_ever(work))


async def _for_ever(work: Work) -> None:
    await run_to_completion(work)
    raise UnexpectedReturn(str(work))
