"""What every part of a scenario stands on: who acts, which day it is, and what the gateway answers."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from assay_lab.api_client import ApiClient, Refused
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.profile import Profile, profile

LONDON = ZoneInfo("Europe/London")
WORDS = "uept-export-supplier"
"""The example that has every file."""

Tell = Callable[[date, str, str], None]
Entry = tuple[date, Callable[[], None]]
"""A step of the scenario and the day on which it is taken."""


def counted(number: int, thing: str) -> str:
    """`1 result`, `2 results`."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


@dataclass(frozen=True)
class Target:
    """Where the scenario takes place: the gateway, the broker that outside systems feed, and who issues tokens."""

    gateway: str
    kafka: str
    token: Callable[[str, str | None], str]


@dataclass
class ScenarioCore:
    """One engagement of one Party; `files` is the folder of what is sent. `tell` is called after each step."""

    target: Target
    files: Path
    party: str
    tell: Tell
    role: str = "ES"
    before_step: Callable[[int], None] = lambda _number: None
    """Called before each step of the schedule with its number: a fault may be injected there."""
    engagement: str = ""
    start: date = date.max
    refusals: list[Refused] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.participant = ApiClient(self.target.gateway, self.target.token("participant", self.party))
        self.dcc = ApiClient(self.target.gateway, self.target.token("dcc", None))
        self.operations = ApiClient(self.target.gateway, self.target.token("operations", None))
        self.anybody = ApiClient(self.target.gateway, None)
        self.calendar = calendar()
        self.profile: Profile = profile(self._json("notification.json")["procedure"])

    def close(self) -> None:
        """Give the connections back."""
        for client in (self.participant, self.dcc, self.operations, self.anybody):
            client.close()

    def _go(self, day: date) -> None:
        """On to ten o'clock of a day, if it is not past that."""
        ten = datetime.combine(day, time(10), LONDON).astimezone(UTC)
        if ten > self._now():
            self.operations.put("/clock", {"now": ten.isoformat()})
        self.today = day

    def _now(self) -> datetime:
        return datetime.fromisoformat(self.operations.get("/clock")["now"])

    def _before(self, working_days: int) -> date:
        return self.calendar.subtract(self.start, working_days)

    def _after(self, working_days: int) -> date:
        return self.calendar.add(self.start, working_days) if working_days else self.start

    def _participant(self, path: str, body: Any) -> Any:
        return self.participant.post(self._of(path), body)

    def _dcc(self, path: str, body: Any) -> Any:
        return self.dcc.post(self._of(path), body)

    def _steps(self, ref: str) -> list[dict[str, Any]]:
        steps = self.participant.get(self._of("timeline"))["steps"]
        return [step for step in steps if step["ref"] == ref and step["due"]]

    def _step(self, key: str) -> dict[str, Any]:
        steps = self.participant.get(self._of("timeline"))["steps"]
        return next(step for step in steps if step["key"] == key)

    def _of(self, path: str) -> str:
        return f"/engagements/{self.engagement}/{path}"

    def _json(self, name: str) -> Any:
        """What is sent, from the example's folder, or from the one whose words all examples share."""
        own = self.files / name
        return json.loads((own if own.exists() else self.files.parent / WORDS / name).read_text())

    def _ref_of(self, fact: str) -> str:
        """The ref of the step that a fact completes."""
        return self.profile.procedure.completed_by(fact)[0].ref

    def _days(self) -> list[Path]:
        """The results of each day."""
        return sorted((self.files / "results").glob("day-*"))

    def _has(self, name: str) -> bool:
        return (self.files / name).exists()

    def _note(self, who: str, what: str) -> None:
        roles = self.profile.roles
        self.tell(self.today, roles[who].title if who in roles else who, what)
