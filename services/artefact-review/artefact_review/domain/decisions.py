"""What may happen in the review of one engagement's artefacts: commands, one function per command, and `decide`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, assert_never

from artefact_review.domain import refusals
from artefact_review.domain.checks import Finding, Measure, Proposed, check, failed, planned_days
from artefact_review.domain.criteria import verdicts
from artefact_review.domain.documents import (
    KINDS,
    Artefact,
    ArtefactKind,
    Documents,
    Matrix,
    TestDataPlan,
    TestPlan,
    TestScripts,
)
from artefact_review.domain.party import PartyAdmitted
from artefact_review.domain.readiness import ReadinessReport, reporting_weeks
from artefact_review.domain.review import (
    ArtefactsReviewed,
    ArtefactsSubmitted,
    Deficiency,
    Descoped,
    DescopingDecided,
    EntryEvidenceGiven,
    EntryGateHeld,
    Event,
    NotNotified,
    PlannedDay,
    Proposal,
    ReadinessReported,
    Review,
    ReviewOpened,
    ScopeAgreed,
    ScopedTest,
    State,
)
from rulebook.criteria import entry_criteria
from rulebook.editions import edition, root_of
from rulebook.scope import Item, Scope, Test, below_minimum, scope, web_services
from rulebook.timetable import week_of
from rulebook.working_days import calendar, local_day


@dataclass(frozen=True)
class OpenReview:
    """An engagement was notified."""

    procedure: str
    party: str
    party_name: str
    role: str
    start_date: date
    descoping: tuple[Proposal, ...]
    notified_at: datetime
    rulebook: str | None = None


@dataclass(frozen=True)
class SubmitReadinessReport:
    """Give the Test Readiness Report of an ISO week; a late one is welcome."""

    engagement: str
    week: str
    report: ReadinessReport
    by: str
    now: datetime


@dataclass(frozen=True)
class SubmitArtefacts:
    """Submit the artefacts: all four at first, the changed ones later."""

    engagement: str
    artefacts: tuple[Artefact, ...]
    by: str
    now: datetime


@dataclass(frozen=True)
class Remark:
    """A deficiency as DCC words it."""

    artefact: ArtefactKind
    text: str
    location: str | None = None


@dataclass(frozen=True)
class ReviewArtefacts:
    """Accept the submission, or return it with deficiencies."""

    engagement: str
    outcome: Literal["accepted", "returned"]
    deficiencies: tuple[Remark, ...]
    by: str
    now: datetime


@dataclass(frozen=True)
class DecideDescoping:
    """Agree or refuse to descope an item."""

    engagement: str
    item: Descoped
    agreed: bool
    reason: str
    by: str
    now: datetime


@dataclass(frozen=True)
class GiveEntryEvidence:
    """Give evidence for an entry criterion; `side` is who gives it."""

    engagement: str
    criterion: str
    statement: str
    reference: str | None
    side: Literal["participant", "dcc"]
    by: str
    now: datetime


@dataclass(frozen=True)
class HoldEntryGate:
    """Hold the entry quality gate; `party` is what is known of the Party's accession."""

    engagement: str
    outcome: Literal["ready", "prevented"]
    start_date: date
    reason: str
    party: PartyAdmitted | None
    by: str
    now: datetime


Command = (
    OpenReview
    | SubmitReadinessReport
    | SubmitArtefacts
    | ReviewArtefacts
    | DecideDescoping
    | GiveEntryEvidence
    | HoldEntryGate
)


def decide(command: Command, state: State) -> Sequence[Event]:
    """What follows from the command, or a refusal."""
    if isinstance(command, OpenReview):
        return open_review(command, state)
    review = known(state, command.engagement)
    match command:
        case SubmitReadinessReport():
            return submit_readiness_report(command, review)
        case SubmitArtefacts():
            return submit_artefacts(command, review)
        case ReviewArtefacts():
            return review_artefacts(command, review)
        case DecideDescoping():
            return decide_descoping(command, review)
        case GiveEntryEvidence():
            return give_entry_evidence(command, review)
        case HoldEntryGate():
            return hold_entry_gate(command, review)
        case _:
            assert_never(command)


def known(state: State, engagement: str) -> Review:
    """The review of an engagement that was notified."""
    if isinstance(state, NotNotified):
        raise refusals.EngagementUnknown(engagement)
    return state


def open_review(command: OpenReview, state: State) -> Sequence[Event]:
    """The first notice opens the review; the same notice again changes nothing."""
    if isinstance(state, Review):
        return []
    root_of(command.rulebook)  # the notice of an edition that is not known here is parked until it is
    return [
        ReviewOpened(
            command.procedure,
            command.party,
            command.party_name,
            command.role,
            command.start_date,
            command.descoping,
            command.notified_at,
            command.rulebook,
        )
    ]


def submit_readiness_report(command: SubmitReadinessReport, review: Review) -> Sequence[Event]:
    """One report for each week that owes one, not before the week begins (CTSD 5.6.1.4)."""
    weeks = reporting_weeks(review.opened.procedure, review.opened.start_date, calendar(), review.rules)
    today = local_day(command.now)
    if command.week not in weeks:
        raise refusals.WeekOutside(command.week, weeks[0], weeks[-1])
    if command.week > week_of(today):
        raise refusals.WeekInFuture(command.week, today)
    if command.week in review.weeks:
        raise refusals.WeekReported(command.week)
    return [ReadinessReported(command.week, command.report, command.by, command.now)]


def submit_artefacts(command: SubmitArtefacts, review: Review) -> Sequence[Event]:
    """All four artefacts, checked; what a revision does not carry stays as it was (CTSD 5.6.1.5, 5.6.1.7)."""
    artefacts = on_the_table(command.artefacts, review)
    return [
        ArtefactsSubmitted(
            submission=review.submission + 1,
            artefacts=artefacts,
            changed=tuple(artefact.kind for artefact in artefacts if artefact not in review.artefacts),
            findings=findings(artefacts, review),
            submitted_by=command.by,
            submitted_at=command.now,
        )
    ]


def on_the_table(sent: Sequence[Artefact], review: Review) -> tuple[Artefact, ...]:
    """The four artefacts after a submission, or why it may not be made now."""
    if review.outcome == "accepted":
        raise refusals.ArtefactsAccepted(review.submission)
    if review.submission and review.outcome is None:
        raise refusals.WithDcc(review.submission)
    if all(artefact.sha256 in {before.sha256 for before in review.artefacts} for artefact in sent) and review.artefacts:
        raise refusals.NothingRevised()
    table = {artefact.kind: artefact for artefact in (*review.artefacts, *sent)}
    if missing := [kind for kind in KINDS if kind not in table]:
        raise refusals.ArtefactsMissing(", ".join(missing))
    return tuple(table[kind] for kind in KINDS)


def findings(artefacts: Sequence[Artefact], review: Review) -> tuple[Finding, ...]:
    """What the checks say of the artefacts, as descoping stands now."""
    proposed = Proposed(_keys(review.proposed), _keys(review.refused))
    measure = Measure(
        full=scope(review.opened.role, root=review.rules),
        scope=provisional_scope(review),
        start=review.opened.start_date,
        calendar=calendar(),
        proposed=proposed,
    )
    return check(_documents(artefacts), measure)


def provisional_scope(review: Review) -> Scope:
    """The scope less what was proposed and not refused; once nothing is open, the scope that is agreed."""
    return scope_less(review, [item for item in review.proposed if item not in review.refused])


def scope_less(review: Review, items: Sequence[Descoped]) -> Scope:
    """The scope of the engagement's role without some items."""
    return scope(review.opened.role, tuple(Item(item.kind, item.item) for item in items), review.rules)


def review_artefacts(command: ReviewArtefacts, review: Review) -> Sequence[Event]:
    """Accepted when nothing is open, and then the scope is settled; returned with what is deficient."""
    if not review.submission or review.outcome is not None:
        raise refusals.NothingToReview()
    if command.outcome == "accepted":
        _refuse_acceptance(command, review)
        return [_reviewed(command, review), _agree_scope(review, command.now)]
    if not command.deficiencies:
        raise refusals.DeficiencyMissing()
    return [_reviewed(command, review)]


def _refuse_acceptance(command: ReviewArtefacts, review: Review) -> None:
    if command.deficiencies:
        raise refusals.DeficiencyNotWanted(len(command.deficiencies))
    if failing := failed(findings(review.artefacts, review)):
        raise refusals.ChecksFail(len(failing), failing[0].message)
    if review.undecided:
        raise refusals.DescopingUndecided(_names(review.undecided))


def _reviewed(command: ReviewArtefacts, review: Review) -> ArtefactsReviewed:
    deficiencies = tuple(
        Deficiency(f"{review.submission}.{number}", remark.artefact, remark.text, remark.location)
        for number, remark in enumerate(command.deficiencies, start=1)
    )
    return ArtefactsReviewed(review.submission, command.outcome, deficiencies, command.by, command.now)


def _agree_scope(review: Review, now: datetime) -> ScopeAgreed:
    role = review.opened.role
    return ScopeAgreed(
        role=role,
        rulebook=edition(review.rules).version,
        tests=tuple(_scoped(test) for test in provisional_scope(review).tests),
        descoped=review.descoped,
        web_services=web_services(role, review.rules),
        agreed_at=now,
    )


def decide_descoping(command: DecideDescoping, review: Review) -> Sequence[Event]:
    """Each proposed item is decided once, and never agreed below the role's minimum set (CTSD 5.2.6)."""
    if command.item not in review.proposed:
        raise refusals.ProposalUnknown(command.item.item, _names(review.proposed) or "none was proposed")
    if command.item not in review.undecided:
        raise refusals.DescopingDecidedBefore(command.item.item)
    if not command.agreed and not command.reason:
        raise refusals.DescopingReasonMissing(command.item.item)
    if command.agreed:
        _keep_minimum_set(command.item, review)
    return [DescopingDecided(command.item, command.agreed, command.reason, command.by, command.now)]


def _keep_minimum_set(item: Descoped, review: Review) -> None:
    items = [Item(each.kind, each.item) for each in (*review.descoped, item)]
    if lost := below_minimum(review.opened.role, items, review.rules):
        raise refusals.BelowMinimumSet(item.item, review.opened.role, ", ".join(sorted(lost)))


def give_entry_evidence(command: GiveEntryEvidence, review: Review) -> Sequence[Event]:
    """Evidence for a criterion that asks this side for it, until the gate is passed (CTSD 5.8.1 d to f)."""
    _refuse_after_gate(review)
    asked = [one.id for one in entry_criteria(review.opened.procedure, review.rules) if one.evidence_by == command.side]
    if command.criterion not in asked:
        raise refusals.EvidenceNotWanted(command.criterion, ", ".join(asked) or "none")
    return [EntryEvidenceGiven(command.criterion, command.statement, command.reference, command.by, command.now)]


def hold_entry_gate(command: HoldEntryGate, review: Review) -> Sequence[Event]:
    """Ready only when every entry criterion is met; prevented with a reason (CTSD 5.6.1.9, 5.8.2a)."""
    _refuse_after_gate(review)
    if command.start_date != review.opened.start_date:
        raise refusals.StartDateDiffers(review.opened.start_date, command.start_date)
    criteria = tuple(verdicts(review, command.party))
    unmet = [verdict.criterion for verdict in criteria if not verdict.met]
    if command.outcome == "ready" and unmet:
        raise refusals.EntryCriteriaNotMet(", ".join(unmet))
    if command.outcome == "prevented" and not command.reason:
        raise refusals.PreventionReasonMissing()
    return [
        EntryGateHeld(
            command.outcome,
            criteria,
            command.start_date,
            _test_schedule(review) if command.outcome == "ready" else (),
            command.reason,
            command.by,
            command.now,
        )
    ]


def _refuse_after_gate(review: Review) -> None:
    if review.gate == "ready":
        raise refusals.EntryGateReady()


def _test_schedule(review: Review) -> tuple[PlannedDay, ...]:
    plan = _documents(review.artefacts).plan
    days = planned_days(plan.schedule, review.opened.start_date, calendar())
    return tuple(PlannedDay(day, tests) for day, tests in days.items())


def _documents(artefacts: Sequence[Artefact]) -> Documents:
    plan, matrix, scripts, data = (artefact.document for artefact in artefacts)
    match plan, matrix, scripts, data:
        case TestPlan(), Matrix(), TestScripts(), TestDataPlan():
            return Documents(plan, matrix, scripts, data)
        case _:
            raise ValueError("the artefacts are not on the table in their order")


def _scoped(test: Test) -> ScopedTest:
    return ScopedTest(test.id, test.kind, test.title, test.srv, test.variant, test.generation, test.code, test.order)


def _keys(items: Sequence[Descoped]) -> frozenset[tuple[str, str]]:
    return frozenset((item.kind, item.item) for item in items)


def _names(items: Sequence[Descoped]) -> str:
    return ", ".join(f"{item.kind} {item.item}" for item in items)
