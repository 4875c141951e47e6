"""What remains of what happened in the review of one engagement's artefacts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import reduce
from typing import Literal, assert_never

from artefact_review.domain.artefacts import Artefact, Documents
from artefact_review.domain.deficiencies import Deficiencies, with_review, with_turn
from artefact_review.domain.events import (
    ArtefactsKept,
    ArtefactsReviewed,
    ArtefactsSubmitted,
    ArtefactsUpdated,
    DayDeclared,
    Descoped,
    DescopingDecided,
    DescopingDetermined,
    DescopingProposed,
    EntryEvidenceGiven,
    EntryGateDetermined,
    EntryGateHeld,
    Event,
    GateBodyDecided,
    NotificationAcknowledged,
    Outstanding,
    OutstandingProvided,
    ParticipantNamed,
    Proposal,
    ProposalWithdrawn,
    ProvisionalApprovalLapsed,
    ProvisionallyApproved,
    ReadinessReported,
    ReviewOpened,
    ScopeAgreed,
    StartRescheduled,
)
from artefact_review.domain.review_events import (
    ArtefactsSignedOff,
    DeficiencyDiscussed,
    Override,
    ReviewersAssigned,
)
from kernel.engagement import EngagementWithdrawn, Participant, named
from rulebook.engine.dating.working_days import Calendar, DeclaredDay, in_force
from rulebook.engine.profile import Profile, profile

NO_DOCUMENTS = Documents()


@dataclass(frozen=True)
class NotNotified:
    """An engagement without its notice: what other facts have told of it already is kept until the notice comes."""

    acknowledged_at: datetime | None = None
    rescheduled: StartRescheduled | None = None
    withdrawal: EngagementWithdrawn | None = None


@dataclass(frozen=True)
class Provisional:
    """A provisional approval that stands. `evidenced` are the criteria for which evidence was given since."""

    approval: ProvisionallyApproved
    provided: frozenset[str] = frozenset()
    evidenced: frozenset[str] = frozenset()

    @property
    def open(self) -> tuple[Outstanding, ...]:
        """What is still to be provided."""
        return tuple(each for each in self.approval.outstanding if each.criterion not in self.provided)


@dataclass(frozen=True)
class Review:
    """An engagement in preparation. `outcome` is that of the latest submission, None while it waits for its review.

    `approvals` are those of the gate's bodies that decided before the last one. `determined` are the items on which a
    body decided that a refusal was referred to, and whether it descoped them; `determination` is the latest of a body
    to which a decision at the gate was referred. `kept` are artefacts that are not submitted yet, `reviewers` who was
    assigned for a role, `signed_off` the roles that accept the latest submission.
    """

    opened: ReviewOpened
    acknowledged_at: datetime | None = None
    rescheduled: StartRescheduled | None = None
    weeks: frozenset[str] = frozenset()
    submission: int = 0
    documents: Documents = NO_DOCUMENTS
    outcome: Literal["accepted", "returned"] | None = None
    kept: tuple[Artefact, ...] = ()
    reviewers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    signed_off: tuple[ArtefactsSignedOff, ...] = ()
    reviewed_by: str = ""
    overrides: tuple[Override, ...] = ()
    deficiencies: Deficiencies = field(default_factory=dict)
    added: tuple[Proposal, ...] = ()
    withdrawn: frozenset[Descoped] = frozenset()
    decisions: tuple[DescopingDecided, ...] = ()
    determined: Mapping[Descoped, bool] = field(default_factory=dict)
    agreed: ScopeAgreed | None = None
    evidence: tuple[EntryEvidenceGiven, ...] = ()
    approvals: tuple[GateBodyDecided, ...] = ()
    held: EntryGateHeld | None = None
    determination: EntryGateDetermined | None = None
    withdrawal: EngagementWithdrawn | None = None
    provisional: Provisional | None = None
    lapsed: ProvisionalApprovalLapsed | None = None
    declared: tuple[DeclaredDay, ...] = ()

    @property
    def calendar(self) -> Calendar:
        """The calendar by which its Working Days are counted."""
        return in_force(self.declared)

    @property
    def profile(self) -> Profile:
        """The engagement's procedure, in the edition under which it began."""
        return profile(self.opened.procedure, self.opened.rulebook)

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """What was proposed to be descoped: with the notice, and after it."""
        return (*self.opened.descoping, *self.added)

    @property
    def start_date(self) -> date:
        """The start of testing: as it was moved last, or else as it was notified."""
        return self.rescheduled.start_date if self.rescheduled else self.opened.start_date

    @property
    def gate(self) -> Literal["ready", "prevented", "provisional", "lapsed"] | None:
        """How the entry gate stands: as it was held last, or how far its provisional approval has come."""
        if self.provisional or self.lapsed:
            return "provisional" if self.provisional else "lapsed"
        return self.held.outcome if self.held else None

    @property
    def found_met(self) -> EntryGateDetermined | None:
        """The determination that the entry criteria are met, which holds for whatever start follows it."""
        found = self.determination
        return found if found and found.outcome == "met" else None

    @property
    def has_nothing_to_test(self) -> bool:
        """Whether the entry criteria were determined to be met, and yet left no test that its scope could be."""
        return self.found_met is not None and self.agreed is None and self.profile.scope.agreed_by == "notice"

    @property
    def starter(self) -> Participant | None:
        """Who gave the notice; None where it is a role that no organisation of the engagement holds."""
        role = self.profile.starter().id
        return next((each for each in self.opened.participants if each.role == role), None)


State = NotNotified | Review
Reviewing = (
    ArtefactsKept
    | ArtefactsSubmitted
    | ArtefactsUpdated
    | ReviewersAssigned
    | ArtefactsSignedOff
    | ArtefactsReviewed
    | DeficiencyDiscussed
)
"""What happens between handing artefacts in and their acceptance."""
Progress = (
    ReadinessReported
    | Reviewing
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


def evolve(state: State, event: Event) -> State:
    """What remains of the state after the event; other services' facts may come before the notice."""
    return _going_on(state, event) if isinstance(state, Review) else _before_notice(state, event)


def folded(review: Review, *events: Event) -> Review:
    """The review after several events."""
    return reduce(_going_on, events, review)


def _before_notice(state: NotNotified, event: Event) -> State:
    """What is kept for the notice, which itself tells of names and declared days."""
    match event:
        case ReviewOpened():
            return Review(
                event, state.acknowledged_at, state.rescheduled, withdrawal=state.withdrawal, declared=event.declared
            )
        case ParticipantNamed() | DayDeclared():
            return state
        case NotificationAcknowledged():
            return replace(state, acknowledged_at=event.acknowledged_at)
        case StartRescheduled():
            return replace(state, rescheduled=event)
        case EngagementWithdrawn():
            return replace(state, withdrawal=event)
        case _:
            raise ValueError(f"{type(event).__name__} before the review was opened")


def _going_on(state: Review, event: Event) -> Review:
    match event:
        case ReviewOpened():
            return state
        case ParticipantNamed():
            participants = named(state.opened.participants, event.organisation, event.name)
            return replace(state, opened=replace(state.opened, participants=participants))
        case NotificationAcknowledged():
            return replace(state, acknowledged_at=event.acknowledged_at)
        case StartRescheduled():
            return _moved(state, event)
        case DayDeclared():
            return replace(state, declared=(*state.declared, DeclaredDay(event.day, event.working, event.why)))
        case EngagementWithdrawn():
            return replace(state, withdrawal=event, provisional=None)
        case _:
            return _proceed(state, event)


def _moved(state: Review, event: StartRescheduled) -> Review:
    """A passed gate, and a body that approved, confirmed the old start: the new one waits for a gate of its own."""
    held = None if state.gate == "ready" else state.held
    return replace(state, rescheduled=event, approvals=(), held=held, provisional=None, lapsed=None)


def _proceed(state: Review, event: Progress) -> Review:
    match event:
        case ReadinessReported():
            return replace(state, weeks=state.weeks | {event.week})
        case (
            ArtefactsKept()
            | ArtefactsSubmitted()
            | ArtefactsUpdated()
            | ReviewersAssigned()
            | ArtefactsSignedOff()
            | ArtefactsReviewed()
            | DeficiencyDiscussed()
        ):
            return _reviewing(state, event)
        case DescopingProposed() | ProposalWithdrawn() | DescopingDecided() | DescopingDetermined():
            return _descoping(state, event)
        case ScopeAgreed():
            return replace(state, agreed=event)
        case EntryEvidenceGiven():
            others = (given for given in state.evidence if given.criterion != event.criterion)
            return replace(state, evidence=(*others, event), provisional=_evidenced(state.provisional, event))
        case GateBodyDecided():
            return replace(state, approvals=(*state.approvals, event))
        case EntryGateHeld():
            return replace(state, held=event, approvals=(), provisional=None, lapsed=None)
        case EntryGateDetermined():
            return replace(state, determination=event)
        case ProvisionallyApproved():
            return replace(state, held=None, approvals=(), provisional=Provisional(event), lapsed=None)
        case OutstandingProvided():
            return replace(state, provisional=_provided(state.provisional, event))
        case ProvisionalApprovalLapsed():
            return replace(state, provisional=None, lapsed=event)
        case _:
            assert_never(event)


def _descoping(
    state: Review, event: DescopingProposed | ProposalWithdrawn | DescopingDecided | DescopingDetermined
) -> Review:
    match event:
        case DescopingProposed():
            return replace(state, added=(*state.added, *event.proposals))
        case ProposalWithdrawn():
            return replace(state, withdrawn=state.withdrawn | {event.item})
        case DescopingDecided():
            return replace(state, decisions=(*state.decisions, event))
        case DescopingDetermined():
            return replace(state, determined={**state.determined, event.item: event.upheld})
        case _:
            assert_never(event)


def _reviewing(state: Review, event: Reviewing) -> Review:
    match event:
        case ArtefactsKept():
            return replace(state, kept=tuple({each.kind: each for each in (*state.kept, *event.artefacts)}.values()))
        case ArtefactsSubmitted():
            documents = Documents(event.artefacts)
            after = replace(state, submission=event.submission, documents=documents, outcome=None)
            return replace(after, kept=(), signed_off=())
        case ArtefactsUpdated():
            return replace(state, submission=event.submission, documents=Documents(event.artefacts))
        case ReviewersAssigned():
            return replace(state, reviewers={**state.reviewers, event.role: event.reviewers})
        case ArtefactsSignedOff():
            return replace(state, signed_off=(*state.signed_off, event))
        case ArtefactsReviewed():
            deficiencies = with_review(state.deficiencies, event)
            after = replace(state, outcome=event.outcome, reviewed_by=event.reviewed_by, overrides=event.overrides)
            return replace(after, deficiencies=deficiencies, signed_off=())
        case DeficiencyDiscussed():
            return replace(state, deficiencies=with_turn(state.deficiencies, event))
        case _:
            assert_never(event)


def _evidenced(provisional: Provisional | None, event: EntryEvidenceGiven) -> Provisional | None:
    return provisional and replace(provisional, evidenced=provisional.evidenced | {event.criterion})


def _provided(provisional: Provisional | None, event: OutstandingProvided) -> Provisional | None:
    return provisional and replace(provisional, provided=provisional.provided | {event.criterion})
