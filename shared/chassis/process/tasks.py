"""Work that goes on in the background: it ends when it is told to, and never in silence."""

import asyncio
from collections.abc import Coroutine
from typing import Any

Work = Coroutine[Any, Any, None]


class Interrupted(Exception):
    """Work was cancelled from within: nobody had told it to end.

    A library that cancels tasks of its own may let that out. Unnoticed it would look like an ordinary end.
    """


class Ended(Exception):
    """Work that goes on for ever has ended."""


async def to_its_end(work: Work) -> None:
    """Do it. Whoever is told to end meanwhile ends, whatever else comes up in the work at that moment.

    Raises Interrupted, or what the work raises.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait((task,))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    if task.cancelled():
        raise Interrupted(str(work))
    task.result()


async def side_by_side(*works: Work) -> None:
    """Do them all, for ever. When one fails, ends or is interrupted, the others are told to end.

    Raises an ExceptionGroup with what was wrong. A TaskGroup alone takes no notice of a task that was cancelled.
    """
    async with asyncio.TaskGroup() as group:
        for work in works:
            group.create_task(_for_ever(work))


async def _for_ever(work: Work) -> None:
    await to_its_end(work)
    raise Ended(str(work))
