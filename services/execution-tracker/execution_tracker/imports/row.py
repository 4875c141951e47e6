"""One result as it stands in a file."""

from dataclasses import dataclass
from datetime import datetime
from typing import get_args
from zoneinfo import ZoneInfo

from execution_tracker.domain.events import Outcome, Purpose
from execution_tracker.domain.result_refusals import RefusedResult, ResultsRefused, TooManyResults

MOST_RESULTS = 5_000
LISTED = 100
OUTCOMES: tuple[str, ...] = get_args(Outcome)
PURPOSES: tuple[str, ...] = get_args(Purpose)
LONDON = ZoneInfo("Europe/London")
LONGEST = 200
FIRST_YEAR, LAST_YEAR = 2000, 2200
"""Of instants that can be meant: at the edges of the calendar an instant has no date in another time zone."""


@dataclass(frozen=True)
class Row:
    """What a line of a file says of a test. Without a purpose or an instant, those of the request hold."""

    line: int
    test: str
    outcome: Outcome
    purpose: Purpose | None = None
    verifies: int | None = None
    script: str | None = None
    executed_at: datetime | None = None


class Unreadable(ValueError):
    """A row can't be read: what is wrong, and what would be right."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.remedy = remedy


class Rows:
    """Collects the rows of a file, good and bad, within the cap."""

    def __init__(self) -> None:
        self._good: list[Row] = []
        self._bad: list[RefusedResult] = []

    def add(self, line: int, fields: dict[str, str]) -> None:
        """Read one row from its named fields; empty ones count as left out."""
        if len(self._good) + len(self._bad) >= MOST_RESULTS:
            raise TooManyResults(limit=MOST_RESULTS)
        given = {name: text.strip() for name, text in fields.items() if text.strip()}
        try:
            self._good.append(_row(line, given))
        except Unreadable as error:
            self.refuse(line, given.get("test", ""), error)

    def refuse(self, line: int, test: str, error: Unreadable) -> None:
        """Keep what is wrong with a row."""
        self._bad.append(RefusedResult(line, test[:LONGEST], str(error), error.remedy))

    def done(self) -> tuple[Row, ...]:
        """The rows, or a refusal that names each bad one with its line."""
        if self._bad:
            first = f"{self._bad[0].row}: {self._bad[0].reason}"
            sent = len(self._good) + len(self._bad)
            raise ResultsRefused(len(self._bad), sent, first, tuple(self._bad[:LISTED]))
        return tuple(self._good)


def _row(line: int, given: dict[str, str]) -> Row:
    return Row(
        line=line,
        test=_short(given.get("test"), "test"),
        outcome=_one_of(given.get("outcome"), "outcome", OUTCOMES),  # type: ignore[arg-type]
        purpose=_one_of(given["purpose"], "purpose", PURPOSES) if "purpose" in given else None,  # type: ignore[arg-type]
        verifies=_issue(given["verifies"]) if "verifies" in given else None,
        script=_short(given["script"], "script") if "script" in given else None,
        executed_at=_instant(given["executed_at"]) if "executed_at" in given else None,
    )


def _short(text: str | None, name: str) -> str:
    if text is None:
        raise Unreadable(f"The {name} is missing.", f"Name the {name}.")
    if len(text) > LONGEST or not text.isprintable():
        raise Unreadable(f"The {name} is not a name.", f"Give at most {LONGEST} printable characters.")
    return text


def _one_of(text: str | None, name: str, known: tuple[str, ...]) -> str:
    if text is None or text.lower() not in known:
        raise Unreadable(f"The {name} {(text or '')[:40]!r} is not known.", f"Give one of: {', '.join(known)}.")
    return text.lower()


def _issue(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) <= 6 and int(text) > 0):
        raise Unreadable(f"{text[:40]!r} is not the number of an issue.", "Give the issue's number, for example 2.")
    return int(text)


def _instant(text: str) -> datetime:
    """An ISO 8601 instant; one without an offset is local time in Europe/London."""
    try:
        instant = in_our_times(datetime.fromisoformat(text))
        return (instant if instant.tzinfo else instant.replace(tzinfo=LONDON)).astimezone(ZoneInfo("UTC"))
    except (ValueError, OverflowError) as error:
        remedy = "Give an ISO 8601 instant, for example 2027-03-01T10:30:00+00:00."
        raise Unreadable(f"{text[:40]!r} is not an instant.", remedy) from error


def in_our_times(instant: datetime) -> datetime:
    """The instant, when its year is one that can be meant."""
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValueError(f"The year must lie from {FIRST_YEAR} to {LAST_YEAR}.")
    return instant
