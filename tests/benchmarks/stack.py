"""What the whole stack takes: the time to start it, the time of the demo's story, and its memory when idle."""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.own_stack import assay, own_home
from tests.benchmarks.report import Line, Tell, print_report

from assay.home import Home
from assay.services import SERVICES
from assay.state import State

START_AIM_SECONDS = 20.0
STORY_AIM_SECONDS = 60.0
MEMORY_AIM_MEGABYTES = 600.0
IDLE_AFTER_SECONDS = 10.0


def measure(rounds: int, tell: Tell) -> Iterator[Line]:
    """Start, look, tell the story, look again, end."""
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
    each = {name: _megabytes(process.pid) for name, process in state.processes.items()}
    services = sum(each[service.name] for service in SERVICES)
    met = services <= MEMORY_AIM_MEGABYTES
    yield Line(f"memory {when}", "the services together, MB", round(services), _at_most(MEMORY_AIM_MEGABYTES), met)
    for name, megabytes in each.items():
        yield Line(f"memory {when}", f"{name}, MB", round(megabytes))


def _megabytes(pid: int) -> float:
    """The proportional set size of a process and those it started."""
    return sum(_of_one(each) for each in _family(pid))


def _of_one(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1_000


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _family(int(child))


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
