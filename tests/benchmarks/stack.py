"""The whole stack: the time to set it up from nothing, to start it, to tell the demo's story; its memory when idle."""

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.memory import megabytes
from tests.benchmarks.own_stack import assay, own_home
from tests.benchmarks.report import Line, Tell, print_report

from assay_stack.home import CHECKOUT, Home
from assay_stack.services import SERVICES
from assay_stack.state import State

START_AIM_SECONDS = 20.0
STORY_AIM_SECONDS = 60.0
MEMORY_AIM_MEGABYTES = 600.0
IDLE_AFTER_SECONDS = 10.0


def measure(rounds: int, tell: Tell) -> Iterator[Line]:
    """Set up, start, look, tell the story, look again, end."""
    yield from _set_up(tell)
    with own_home() as home:
        yield Line("start", "the first time, s", round(_up(home, tell), 1))
        starts = [_again(home, tell) for _ in range(rounds)]
        start = sorted(starts)[len(starts) // 2]
        yield Line("start", "when set up, s", round(start, 1), _at_most(START_AIM_SECONDS), start <= START_AIM_SECONDS)
        time.sleep(IDLE_AFTER_SECONDS)
        yield from _memory(home, "idle")
        tell("the demo's story")
        story = float(assay(home, "demo")["seconds"])
        yield Line("demo", "the story, s", round(story, 1), _at_most(STORY_AIM_SECONDS), story <= STORY_AIM_SECONDS)
        yield from _memory(home, "after the story")


def _set_up(tell: Tell) -> Iterator[Line]:
    """In a copy of the checkout, with nothing in any cache: what is downloaded counts, so the network does too."""
    with tempfile.TemporaryDirectory(prefix="assay-benchmark-") as folder:
        Path(folder).chmod(0o711)
        copy = Path(folder) / "checkout"
        shutil.copytree(
            CHECKOUT, copy, ignore=shutil.ignore_patterns(".*_cache", ".venv", ".assay", ".git", "__pycache__")
        )
        caches = {name: f"{folder}/{name}" for name in ("UV_CACHE_DIR", "PIP_CACHE_DIR", "ASSAY_CACHE")}
        environment = {**os.environ, **caches, "ASSAY_HOME": f"{folder}/home"}
        try:
            yield Line("set-up", "the environment from nothing, s", _timed(copy, environment, tell, "--help"))
            yield Line("set-up", "then the first start with Kafka fetched, s", _timed(copy, environment, tell, "up"))
        finally:
            _timed(copy, environment, tell, "down")


def _timed(checkout: Path, environment: dict[str, str], tell: Tell, command: str) -> float:
    since = time.monotonic()
    subprocess.run((str(checkout / "assay"), command), env=environment, capture_output=True, check=True)
    seconds = round(time.monotonic() - since, 1)
    tell(f"{command} in a new checkout: {seconds} s")
    return seconds


def _up(home: Home, tell: Tell) -> float:
    seconds = float(assay(home, "up")["seconds"])
    tell(f"up after {seconds} s")
    return seconds


def _again(home: Home, tell: Tell) -> float:
    assay(home, "down")
    return _up(home, tell)


def _memory(home: Home, when: str) -> Iterator[Line]:
    state = State.read(home)
    assert state
    each = {name: megabytes(process.pid) for name, process in state.processes.items()}
    services = sum(each[service.name] for service in SERVICES)
    met = services <= MEMORY_AIM_MEGABYTES
    yield Line(f"memory {when}", "the services together, MB", round(services), _at_most(MEMORY_AIM_MEGABYTES), met)
    for name, held in each.items():
        yield Line(f"memory {when}", f"{name}, MB", round(held))


def _at_most(aim: float) -> str:
    return f"at most {aim:.0f}"


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(prog="assay benchmark stack", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often it is started again")
    chosen = parser.parse_args()
    print_report(lambda tell: measure(chosen.rounds, tell))


if __name__ == "__main__":
    main()
