"""What a benchmark answers: lines of figures, as one JSON document."""

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Line:
    """A figure; where there is an aim, whether it was met."""

    of: str
    what: str
    value: float
    aim: str = ""
    met: bool | None = None


def print_report(measure: Callable[[Tell], Iterable[Line]]) -> None:
    """Measure; progress goes to stderr, the figures to stdout."""

    def tell(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    print(json.dumps([asdict(line) for line in measure(tell)]))
