"""What can have happened in the review of one engagement's artefacts."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from artefact_review.domain.artefacts import Artefact, ItemKind
from artefact_review.domain.measure import Finding
from artefact_review.domain.readiness import Rag, ReadinessReport
from artefact_review.domain.review_events import (
    ArtefactsSignedOff,
    Deficiency,
    DeficiencyDiscussed,
    Override,
    ReviewersAssigned,
)
from kernel.engagement import EngagementWithdrawn, Participant, Subject
from kernel.stored import stored
from rulebook.engine.dating.working_days import DeclaredDay
from rulebook.engine.gates import Verdict


@dataclass(frozen=True)
class Descoped:
    """An item left out of the tests (CTSD 5.2.2)."""

    kind: ItemKind
    item: str


@dataclass(frozen=True)
class Proposal(Descoped):
    """A proposed item, its ground (a) or (b) of CTSD 5.2.2, and the rationale (5.2.5)."""

    reason: Literal["a", "b"]
    rationale: str


@dataclass(frozen=True)
class ScopedTest:
    """One test that must be executed."""

    id: str
    kind: str
    title: str
    srv: str | None
    variant: str | None
    generation: str | None
    code: str | None
    order: int | None


@dataclass(frozen=True)
class PlannedDay:
    """A day of the Test Schedule and its number of tests."""

    day: date
    tests: int


@stored("review-opened")
@dataclass(frozen=True)
class ReviewOpened:
    """An engagement was notified. `rulebook` is the edition of the rules under which it began, and which it keeps;
    `declared` are the days that had been declared otherwise than the release's calendar has them.
    """

    procedure: str
    rulebook: str
    subject: Subject
    participants: tuple[Participant, ...]
    start_date: date
    service_requests: tuple[str, ...]
    descoping: tuple[Proposal, ...]
    notified_at: datetime
    declared: tuple[DeclaredDay, ...] = ()


@stored("day-declared")
@dataclass(frozen=True)
class DayDeclared:
    """A day was declared a Working Day, or a day off, and the engagement counts so from now on."""

    number: int
    day: date
    working: bool
    why: str


@stored("participant-named")
@dataclass(frozen=True)
class ParticipantNamed:
    """An organisation that takes part is called otherwise than before, as its registration says it."""

    organisation: str
    name: str


@stored("notification-acknowledged")
@dataclass(frozen=True)
class NotificationAcknowledged:
    """The notice was acknowledged (CTSD 5.6.1.2)."""

    acknowledged_at: datetime


@stored("start-rescheduled")
@dataclass(frozen=True)
class StartRescheduled:
    """The start of testing was moved (CTSD 5.5.2, 5.8.2b)."""

    was: date
    start_date: date
    reason: str
    rescheduled_at: datetime


@stored("readiness-reported")
@dataclass(frozen=True)
class ReadinessReported:
    """The Test Readiness Report of one ISO week, and what the checks found in it."""

    week: str
    report: ReadinessReport
    reported_by: str
    reported_at: datetime
    findings: tuple[Finding, ...] = ()

    @property
    def rag(self) -> Rag:
        """The status that others are told."""
        return self.report.rag


@stored("artefacts-kept")
@dataclass(frozen=True)
class ArtefactsKept:
    """Artefacts that were handed in and are not submitted for review yet; of a kind the latest counts."""

    artefacts: tuple[Artefact, ...]
    kept_by: str
    kept_at: datetime


@stored("artefacts-submitted")
@dataclass(frozen=True)
class ArtefactsSubmitted:
    """The artefacts as they are now, one of each kind; `changed` are the kinds that came with this submission."""

    submission: int
    artefacts: tuple[Artefact, ...]
    changed: tuple[str, ...]
    findings: tuple[Finding, ...]
    submitted_by: str
    submitted_at: datetime


@stored("artefacts-reviewed")
@dataclass(frozen=True)
class ArtefactsReviewed:
    """A submission was accepted, with conditions or without, or returned with deficiencies.

    `overrides` are the failing checks that did not stand in the way; `reschedule`: the start can't be kept (5.6.1.6).
    """

    submission: int
    outcome: Literal["accepted", "returned"]
    deficiencies: tuple[Deficiency, ...]
    reviewed_by: str
    reviewed_at: datetime
    overrides: tuple[Override, ...] = ()
    reschedule: bool = False


@stored("artefacts-updated")
@dataclass(frozen=True)
class ArtefactsUpdated:
    """The artefacts as they are now, while tests run: `changed` came in a new version, with the schedule as it is now.

    `submission` counts on from those that were reviewed.
    """

    submission: int
    artefacts: tuple[Artefact, ...]
    changed: tuple[str, ...]
    findings: tuple[Finding, ...]
    schedule: tuple[PlannedDay, ...]
    last_day: date | None
    updated_by: str
    updated_at: datetime


@stored("descoping-proposed")
@dataclass(frozen=True)
class DescopingProposed:
    """More is wished to be descoped than the notice said (CTSD 5.2.5)."""

    proposals: tuple[Proposal, ...]
    proposed_by: str
    proposed_at: datetime


@stored("proposal-withdrawn")
@dataclass(frozen=True)
class ProposalWithdrawn:
    """The item is tested after all: who proposed to descope it does so no longer."""

    item: Descoped
    withdrawn_by: str
    withdrawn_at: datetime


@stored("descoping-decided")
@dataclass(frozen=True)
class DescopingDecided:
    """It was agreed or refused to descope an item."""

    item: Descoped
    agreed: bool
    reason: str
    decided_by: str
    decided_at: datetime


@stored("descoping-determined")
@dataclass(frozen=True)
class DescopingDetermined:
    """The body to which a refusal was referred has decided: the item is descoped (`upheld`), or must be tested."""

    item: Descoped
    upheld: bool
    body: str
    reasons: str
    determined_by: str
    determined_at: datetime


@stored("scope-agreed")
@dataclass(frozen=True)
class ScopeAgreed:
    """The whole set of tests to execute. `certified` are the chosen Service Requests that need no test any more."""

    rulebook: str
    tests: tuple[ScopedTest, ...]
    descoped: tuple[Descoped, ...]
    certified: tuple[str, ...]
    web_services: tuple[str, ...]
    agreed_at: datetime


@stored("entry-evidence-given")
@dataclass(frozen=True)
class EntryEvidenceGiven:
    """Evidence for one entry criterion; a later one replaces it."""

    criterion: str
    statement: str
    reference: str | None
    given_by: str
    given_at: datetime


@stored("gate-body-decided")
@dataclass(frozen=True)
class GateBodyDecided:
    """A body of the gate's chain approved, with these kinds of document, and the next one decides."""

    gate: str
    body: str
    approved: tuple[str, ...]
    reason: str
    decided_by: str
    decided_at: datetime


@stored("entry-gate-held")
@dataclass(frozen=True)
class EntryGateHeld:
    """The gate was held, by the word of `body`: may the tests start? `approved` are kinds of document.

    `certified` are the Service Requests of the subject that needed no test any more by then; `reschedule`: a start that
    is prevented moves to the earliest practicable one (CTSD 5.8.2b).
    """

    gate: str
    body: str
    outcome: Literal["ready", "prevented"]
    criteria: tuple[Verdict, ...]
    approved: tuple[str, ...]
    start_date: date
    schedule: tuple[PlannedDay, ...]
    last_day: date | None
    reason: str
    held_by: str
    held_at: datetime
    certified: tuple[str, ...] = ()
    reschedule: bool = False


@stored("entry-gate-determined")
@dataclass(frozen=True)
class EntryGateDetermined:
    """The body to which a decision at the gate was referred has determined whether the criteria are met.

    `decided_at` is when the decision was taken that was referred. `criteria` are as they stand by the determination.
    """

    gate: str
    decided_at: datetime | None
    body: str
    outcome: Literal["met", "not-met"]
    reasons: str
    determined_by: str
    determined_at: datetime
    criteria: tuple[Verdict, ...] = ()


@dataclass(frozen=True)
class Outstanding:
    """A document that is outstanding for a criterion, and the last day on which it may be provided (CTSD 5.8.2c)."""

    criterion: str
    document: str
    by: date


@stored("provisionally-approved")
@dataclass(frozen=True)
class ProvisionallyApproved:
    """Testing may start if what is outstanding is provided before (CTSD 5.8.2c).

    `criteria` has the verdict on each criterion, those that are met too; `schedule` is for where no plan has one.
    """

    gate: str
    body: str
    criteria: tuple[Verdict, ...]
    outstanding: tuple[Outstanding, ...]
    start_date: date
    schedule: tuple[PlannedDay, ...]
    reason: str
    approved_by: str
    approved_at: datetime


@stored("outstanding-provided")
@dataclass(frozen=True)
class OutstandingProvided:
    """What was outstanding for a criterion came in time; `statement` is what shows it."""

    criterion: str
    document: str
    statement: str
    provided_by: str
    provided_at: datetime


@stored("provisional-approval-lapsed")
@dataclass(frozen=True)
class ProvisionalApprovalLapsed:
    """What is listed was not provided in time: testing does not start (CTSD 5.8.2c)."""

    gate: str
    outstanding: tuple[Outstanding, ...]
    start_date: date
    lapsed_at: datetime


Event = (
    ReviewOpened
    | ParticipantNamed
    | NotificationAcknowledged
    | StartRescheduled
    | EngagementWithdrawn
    | DayDeclared
    | ReadinessReported
    | ArtefactsKept
    | ArtefactsSubmitted
    | ReviewersAssigned
    | ArtefactsSignedOff
    | ArtefactsReviewed
    | ArtefactsUpdated
    | DeficiencyDiscussed
    | DescopingProposed
    | ProposalWithdrawn
    | DescopingDecided
    | DescopingDetermined
    | ScopeAgreed
    | EntryEvidenceGiven
    | GateBodyDecided
    | EntryGateHeld
    | EntryGateDetermined
    | ProvisionallyApproved
    | OutstandingProvided
    | ProvisionalApprovalLapsed
)
