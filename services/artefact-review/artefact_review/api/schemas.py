"""What requests say. Texts are bounded, so that nobody stores a book in a field."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from artefact_review.domain import readiness
from artefact_review.domain.artefacts import ItemKind
from artefact_review.domain.events import Descoped
from artefact_review.domain.review_events import DeficiencySeverity
from chassis.web.fields import Count, Day, Flag, Line, Note, Text, Whole, whole
from chassis.web.http import Body
from rulebook.engine.severities import SeverityLevel

Percent = Annotated[Whole, Field(ge=0, le=100)]
Severity = Annotated[SeverityLevel, BeforeValidator(whole)]


class KeyItem(Body):
    """A RAID item (CTSD 6.3.3c)."""

    kind: Literal["risk", "assumption", "issue", "dependency"]
    description: Text
    priority: readiness.Level
    severity: Severity | None = None
    action_taken: Text
    target_close: Day
    owner: Note = ""
    rag: readiness.Rag | None = None


class RequirementProgress(Body):
    """The matrix to date (6.3.3f)."""

    identified: Count
    testable_in_progress: Count
    testable_not_started: Count
    not_testable: Count
    percent_complete: Percent


class ScriptProgress(Body):
    """The scripts to date (6.3.3g)."""

    planned: Count
    produced: Count
    in_progress: Count
    not_started: Count
    percent_complete: Percent


class Environment(Body):
    """The environment (6.3.3j)."""

    user_roles: Annotated[tuple[Line, ...], Field(min_length=1, max_length=10)]
    configuration_approved: Flag
    hardware: Text


class ReadinessReport(Body):
    """The Test Readiness Report of one ISO week (CTSD 6.3.3 a to j)."""

    week: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-W(0[1-9]|[1-4][0-9]|5[0-3])$")]
    previous_stage_exit_criteria: Text | None = None
    test_tool_available: Flag
    key_items: Annotated[tuple[KeyItem, ...], Field(max_length=100)] = ()
    rag: readiness.Rag
    test_plan_produced: Flag
    test_schedule_produced: Flag
    requirements: RequirementProgress
    scripts: ScriptProgress
    test_data_percent: Percent
    resources: Text
    environment: Environment

    def value(self) -> readiness.ReadinessReport:
        """The report as the domain keeps it."""
        said = self.model_dump(exclude={"week"})
        return readiness.ReadinessReport(
            **{
                **said,
                "key_items": tuple(readiness.KeyItem(**item) for item in said["key_items"]),
                "requirements": readiness.RequirementProgress(**said["requirements"]),
                "scripts": readiness.ScriptProgress(**said["scripts"]),
                "environment": readiness.Environment(**said["environment"]),
            }
        )


class Deficiency(Body):
    """What was found deficient (CTSD 5.6.1.6), in which kind of artefact and where, for example `Scripts!14`.

    `due`: the day by which it is resolved, where the artefacts are accepted on that condition.
    """

    artefact: Line
    text: Text
    location: Line | None = None
    severity: DeficiencySeverity = "major"
    due: Day | None = None


class Override(Body):
    """A failing check that shall not stand in the way, and why."""

    check: Line
    reason: Note = ""


class ReviewOfArtefacts(Body):
    """The review of the submission that waits for it, by a reviewing role.

    `submission` is the one that was read: another one than the latest is refused. Accepted artefacts may have minor
    deficiencies, which are conditions. `reschedule`: the start can't be kept; it moves to the earliest practicable one.
    """

    outcome: Literal["accepted", "returned"]
    deficiencies: Annotated[tuple[Deficiency, ...], Field(max_length=500)] = ()
    submission: Count | None = None
    overrides: Annotated[tuple[Override, ...], Field(max_length=50)] = ()
    reschedule: Flag = False


class Reviewers(Body):
    """Who reviews for the caller's role, by name; nobody named: whoever acts in it."""

    reviewers: Annotated[tuple[Line, ...], Field(max_length=20)] = ()


class ProposedItem(Body):
    """An item that was proposed to be descoped."""

    kind: ItemKind
    item: Line


class ProposedItems(ProposedItem):
    """An item, and others that are dealt with together with it."""

    also: Annotated[tuple[ProposedItem, ...], Field(max_length=500)] = ()

    def named(self) -> tuple[Descoped, ...]:
        """All of them, as the domain keeps them."""
        return tuple(Descoped(each.kind, each.item) for each in (self, *self.also))


class DescopingDecision(ProposedItems):
    """The answer to proposed items (CTSD 5.2.6)."""

    agreed: Flag
    reason: Note = ""


class Proposal(ProposedItem):
    """An item, its ground (a) or (b) of CTSD 5.2.2, and the rationale (5.2.5)."""

    reason: Literal["a", "b"]
    rationale: Text


class Proposals(Body):
    """What is proposed to be descoped beside what the notice proposed."""

    proposals: Annotated[tuple[Proposal, ...], Field(min_length=1, max_length=500)]


class EntryEvidence(Body):
    """Evidence for an entry criterion, by its id, for example `5.8.1d`."""

    criterion: Line
    statement: Text
    reference: Line | None = None


class PlannedDay(Body):
    """A day of testing and the number of tests planned for it."""

    day: Day
    tests: Count


class Outstanding(Body):
    """A document that is outstanding for a criterion, and the last day on which it may be provided (CTSD 5.8.2c)."""

    criterion: Line
    document: Text
    by: Day


class EntryGate(Body):
    """What a body decides at the entry gate, and the confirmed start date (CTSD 5.6.1.9).

    `approved`: the kinds of document that are approved with the decision (Table 8).
    `not_met`: the criteria that it considers not met, for example `5.8.1d`, for the `reason` given (5.8.2).
    `outstanding`: what a provisional approval waits for, each by a day before the start; it lapses otherwise.
    `reschedule`: the start that is prevented moves to the earliest practicable one (5.8.2b).
    `schedule`: the planned days, where no Test Plan has them.
    """

    outcome: Literal["ready", "prevented", "provisional"]
    start_date: Day
    schedule: Annotated[tuple[PlannedDay, ...], Field(max_length=500)] = ()
    approved: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    not_met: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    outstanding: Annotated[tuple[Outstanding, ...], Field(max_length=20)] = ()
    reschedule: Flag = False
    reason: Note = ""
