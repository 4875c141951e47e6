"""Work that goes on in the background: it ends when it is told to, and never in silence."""

import asyncio
from collections.abc import Coroutine
from typing import Any

Work = Coroutine[Any, Any, None]


class UnexpectedCancel(Exception):
    """Work was cancelled from within: nobody had told it to end.

    A library that cancels tasks of its own may let that out. Unnoticed it would look like an ordinary end.
    """


class UnexpectedReturn(Exception):
    """Work that goes on for ever has ended."""


async def run_to_completion(work: Work) -> None:
    """Do it. Whoever is told to end meanwhile ends, whatever else comes up in the work at that moment.

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
    """Do them all, for ever. When one fails, ends or is interrupted, the others are told to end.

    Raises an ExceptionGroup with what was wrong. A TaskGroup alone takes no notice of a task that was cancelled.
    """
    async with asyncio.TaskGroup() as group:
        for work in works:
            group.create_task(_for_ever(work))


async def _for_ever(work: Work) -> None:
    await run_to_completion(work)
    raise UnexpectedReturn(str(work))
