"""A program that is kept running."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from assay_stack.process import Program, Running
from assay_stack.state import Process
from assay_stack.supervisor import Keeper

pytestmark = pytest.mark.real


def program(code: str) -> Program:
    return Program("fake", (sys.executable, "-c", code))


def record(seen: list[Process], enough: int, reached: asyncio.Event) -> Callable[[str, Process], None]:
    def changed(_name: str, process: Process) -> None:
        seen.append(process)
        if len(seen) == enough:
            reached.set()

    return changed


async def test_a_program_that_dies_is_started_again_and_counted(tmp_path: Path) -> None:
    seen: list[Process] = []
    thrice = asyncio.Event()
    keeper = Keeper(program("raise SystemExit(7)"), tmp_path / "fake.log", record(seen, 3, thrice))
    keeping = asyncio.create_task(keeper.keep())
    await asyncio.wait_for(thrice.wait(), 20)
    await keeper.end()
    await keeping
    assert [process.restarts for process in seen] == [0, 1, 2]
    assert [process.last_exit for process in seen] == [None, 7, 7]


async def test_a_program_that_ignores_the_request_to_end_is_ended_by_force(tmp_path: Path) -> None:
    seen: list[Process] = []
    once = asyncio.Event()
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    stubborn = Program("fake", (sys.executable, "-c", code), grace_seconds=0.5)
    keeper = Keeper(stubborn, tmp_path / "fake.log", record(seen, 1, once))
    keeping = asyncio.create_task(keeper.keep())
    await once.wait()
    await keeper.end()
    await keeping
    assert len(seen) == 1
    assert not seen[0].alive


def test_a_process_is_told_apart_from_another_that_got_its_id() -> None:
    me = Running.of(os.getpid())
    assert me is not None
    assert me.alive
    assert not Running(me.pid, "another start time").alive
