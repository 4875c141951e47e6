"""How much memory a process holds."""

from collections.abc import Iterator
from pathlib import Path


def megabytes(pid: int) -> float:
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
