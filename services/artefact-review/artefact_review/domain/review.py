"""What can have happened in the review of one engagement's artefacts, and what remains of it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Literal, assert_never

from artefact_review.domain.documents import Artefact, ArtefactKind, ItemKind
from artefact_review.domain.measure import Finding
from artefact_review.domain.readiness import ReadinessReport
from rulebook.engine.criteria import Verdict
from rulebook.engine.editions import root_of


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
class Deficiency:
    """One deficiency DCC found; `id` counts within the engagement, `2.1` is the first of the second submission."""

    id: str
    artefact: ArtefactKind
    text: str
    location: str | None


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


@dataclass(frozen=True)
class ReviewOpened:
    """An engagement was notified: its artefacts are awaited."""

    procedure: str
    party: str
    party_name: str
    role: str
    start_date: date
    descoping: tuple[Proposal, ...]
    notified_at: datetime
    rulebook: str | None = None
    """The edition of the rules under which the engagement began, and which it keeps."""


@dataclass(frozen=True)
class NotificationAcknowledged:
    """DCC acknowledged the notification (CTSD 5.6.1.2)."""

    acknowledged_at: datetime


@dataclass(frozen=True)
class StartRescheduled:
    """DCC moved the start of testing (CTSD 5.5.2, 5.8.2b)."""

    was: date
    start_date: date
    reason: str
    rescheduled_at: datetime


@dataclass(frozen=True)
class ReadinessReported:
    """The Test Readiness Report of one ISO week."""

    week: str
    report: ReadinessReport
    reported_by: str
    reported_at: datetime


@dataclass(frozen=True)
class ArtefactsSubmitted:
    """The artefacts now on the table, all four of them; `changed` are those that came with this submission."""

    submission: int
    artefacts: tuple[Artefact, ...]
    changed: tuple[ArtefactKind, ...]
    findings: tuple[Finding, ...]
    submitted_by: str
    submitted_at: datetime


@dataclass(frozen=True)
class ArtefactsReviewed:
    """DCC accepted a submission, or returned it with deficiencies."""

    submission: int
    outcome: Literal["accepted", "returned"]
    deficiencies: tuple[Deficiency, ...]
    reviewed_by: str
    reviewed_at: datetime


@dataclass(frozen=True)
class DescopingDecided:
    """DCC agreed or refused to descope an item."""

    item: Descoped
    agreed: bool
    reason: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True)
class ScopeAgreed:
    """The whole set of tests to execute is settled."""

    role: str
    rulebook: str
    tests: tuple[ScopedTest, ...]
    descoped: tuple[Descoped, ...]
    web_services: tuple[str, ...]
    agreed_at: datetime


@dataclass(frozen=True)
class EntryEvidenceGiven:
    """Evidence for one entry criterion; a later one replaces it."""

    criterion: str
    statement: str
    reference: str | None
    given_by: str
    given_at: datetime


@dataclass(frozen=True)
class EntryGateHeld:
    """The quality gate was held: may the tests start?"""

    outcome: Literal["ready", "prevented"]
    criteria: tuple[Verdict, ...]
    start_date: date
    schedule: tuple[PlannedDay, ...]
    reason: str
    held_by: str
    held_at: datetime
    readiness_report_approved: bool | None = None
    """Whether DCC approved the Test Readiness Report; None where it did not say."""


Event = (
    ReviewOpened
    | NotificationAcknowledged
    | StartRescheduled
    | ReadinessReported
    | ArtefactsSubmitted
    | ArtefactsReviewed
    | DescopingDecided
    | ScopeAgreed
    | EntryEvidenceGiven
    | EntryGateHeld
)


@dataclass(frozen=True)
class NotNotified:
    """Nothing is known of the engagement."""


@dataclass(frozen=True)
class Review:
    """An engagement in preparation. `outcome` is that of the latest submission, None while it is with DCC."""

    opened: ReviewOpened
    weeks: frozenset[str] = frozenset()
    submission: int = 0
    artefacts: tuple[Artefact, ...] = ()
    outcome: Literal["accepted", "returned"] | None = None
    decisions: tuple[DescopingDecided, ...] = ()
    evidence: tuple[EntryEvidenceGiven, ...] = ()
    agreed: ScopeAgreed | None = None
    acknowledged_at: datetime | None = None
    rescheduled: StartRescheduled | None = None
    held: EntryGateHeld | None = None

    @property
    def gate(self) -> Literal["ready", "prevented"] | None:
        """The outcome of the entry gate that was held last."""
        return self.held.outcome if self.held else None

    @property
    def start_date(self) -> date:
        """The start of testing: as DCC moved it last, or else as it was notified."""
        return self.rescheduled.start_date if self.rescheduled else self.opened.start_date

    @property
    def rules(self) -> Path:
        """The folder of the engagement's edition of the rules."""
        return root_of(self.opened.rulebook)

    @property
    def proposed(self) -> tuple[Descoped, ...]:
        """What the notification proposed to descope."""
        return tuple(Descoped(proposal.kind, proposal.item) for proposal in self.opened.descoping)

    @property
    def refused(self) -> tuple[Descoped, ...]:
        """What DCC refused to descope."""
        return tuple(decision.item for decision in self.decisions if not decision.agreed)

    @property
    def descoped(self) -> tuple[Descoped, ...]:
        """What DCC agreed to descope."""
        return tuple(decision.item for decision in self.decisions if decision.agreed)

    @property
    def undecided(self) -> tuple[Descoped, ...]:
        """What waits for DCC's decision."""
        decided = {decision.item for decision in self.decisions}
        return tuple(item for item in self.proposed if item not in decided)


State = NotNotified | Review


def evolve(state: State, event: Event) -> State:
    """What remains of the state after the event."""
    if isinstance(event, ReviewOpened):
        return Review(event)
    if isinstance(state, NotNotified):
        raise ValueError(f"{type(event).__name__} before the review was opened")
    return _proceed(state, event)


def _proceed(
    state: Review,
    event: NotificationAcknowledged
    | StartRescheduled
    | ReadinessReported
    | ArtefactsSubmitted
    | ArtefactsReviewed
    | DescopingDecided
    | ScopeAgreed
    | EntryEvidenceGiven
    | EntryGateHeld,
) -> Review:
    match event:
        case NotificationAcknowledged():
            return replace(state, acknowledged_at=event.acknowledged_at)
        case StartRescheduled():
            # A passed gate confirmed the old start; the new one waits for a gate of its own.
            return replace(state, rescheduled=event, held=None if state.gate == "ready" else state.held)
        case ReadinessReported():
            return replace(state, weeks=state.weeks | {event.week})
        case ArtefactsSubmitted():
            return replace(state, submission=event.submission, artefacts=event.artefacts, outcome=None)
        case ArtefactsReviewed():
            return replace(state, outcome=event.outcome)
        case DescopingDecided():
            return replace(state, decisions=(*state.decisions, event))
        case ScopeAgreed():
            return replace(state, agreed=event)
        case EntryEvidenceGiven():
            others = (given for given in state.evidence if given.criterion != event.criterion)
            return replace(state, evidence=(*others, event))
        case EntryGateHeld():
            return replace(state, held=event)
        case _:
            assert_never(event)
