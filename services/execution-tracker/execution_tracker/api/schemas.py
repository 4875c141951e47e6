"""What callers send and are told, as JSON."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from chassis.web import fields
from chassis.web.fields import Day, Flag, Line, Text, Whole, whole
from chassis.web.http import Body
from execution_tracker.domain.events import Outcome, Purpose, Rag
from execution_tracker.imports.row import MOST_RESULTS, in_our_times
from rulebook.engine.severities import SeverityLevel

Instant = Annotated[fields.Instant, AfterValidator(in_our_times)]
Severity = Annotated[SeverityLevel, BeforeValidator(whole)]


class ConnectivityCheck(Body):
    """One try at a test web service (CTSD 5.10.2)."""

    web_service: Line
    passed: Flag


class EarlierTesting(Body):
    """Which earlier testing confirmed connectivity, and when (CTSD 5.10.1.1, 5.10.2d)."""

    earlier_testing: Text


class ResultIn(Body):
    """One result. Without `executed_at` the test was executed now."""

    test: Line
    outcome: Outcome
    purpose: Purpose = "test"
    verifies: Whole | None = Field(default=None, ge=1, le=1_000_000)
    script: Line | None = None
    executed_at: Instant | None = None


class ResultsIn(Body):
    """Results of one test run."""

    run: Line
    results: list[ResultIn] = Field(min_length=1, max_length=MOST_RESULTS)


class IssueIn(Body):
    """A testing issue; severities are those of CTSD Annex G. `provider` is whose it is, where several are tested."""

    test: Line
    severity: Severity
    title: Line
    description: Text
    provider: Line | None = None


class RemediationPlanIn(Body):
    """The next steps, by when, and the work-around until then (CTSD 5.19.1b)."""

    steps: Text
    resolve_by: Day
    workaround: Text


class FixIn(Body):
    """How the fault was fixed."""

    fix: Text


class CompletionIn(Body):
    """Why tests of the scope were not executed, where there are some (CTSD 6.6.3)."""

    unexecuted_reason: Text | None = None


class DashboardIn(Body):
    """What is typed of a dashboard; everything else is computed (CTSD 6.5.2)."""

    day: Day
    location: Line
    risks: list[Line] = Field(default_factory=list, max_length=50)
    rag: Rag
    comment: Text


class DashboardEntry(BaseModel):
    """One day's dashboard in the list; `times` says how often it was published."""

    day: date
    updated_at: datetime
    published_by: str
    rag: Rag
    times: int


class Dashboards(BaseModel):
    """The days of which a dashboard was published, the newest first."""

    total: int
    items: list[DashboardEntry]


class DashboardItem(BaseModel):
    """One item of CTSD 6.5.2 by its letter."""

    clause: str
    name: str
    content: Any


class Dashboard(BaseModel):
    """The dashboard of one day as it was published last, with every item of CTSD 6.5.2."""

    engagement: str
    day: date
    published_by: str
    times: int
    items: list[DashboardItem]


class Results(BaseModel):
    """Results in the order in which they were recorded; `next` continues after the last of them."""

    results: list[dict[str, Any]]
    next: int | None


class Issues(BaseModel):
    """Every issue by its number."""

    issues: list[dict[str, Any]]
