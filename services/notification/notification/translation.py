"""Between the service's own events and what crosses Kafka."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from chassis.eventstore.aggregate import Publication
from chassis.eventstore.same_fields import public_as
from chassis.process.files import by_hash
from contracts import artefact_review, certification, disputes, execution_tracker
from contracts import notification as public
from contracts.base import Contract
from contracts.common import CriterionVerdict
from kernel.days import in_words
from notification.domain.occurrence import Determination, HoldTold, NamedFile, Occurrence
from rulebook.engine.dating.facts import LAST_DAY, START
from rulebook.engine.dating.working_days import calendar

public_fact = public_as(public)

IDENTITIES = ("week", "day", "submission", "report", "number")
"""The fields that tell a fact from others of its kind; where it has none, the instant does."""
PERIODS = ("week", "day")
OUTCOMES = ("outcome",)
MOST_FINDINGS = 50
"""So many findings are told; the others are seen where the documents are."""


def published(id: str, event: Any, _state: Any) -> Iterable[Publication]:
    """The public fact of an event. What another service said (FactRecorded) is that service's to publish."""
    contract = public_fact(event)
    return () if contract is None else (Publication(contract, subject=id),)


def occurrence(fact: Contract, **more: Any) -> Occurrence:
    """What every fact tells: when and by whom, which of its kind it is, of which week or day, with which outcome."""
    form = _form(type(fact))
    at = getattr(fact, form.at)
    common = {
        "fact": form.fact,
        "identity": _first(fact, form.identities) or at.isoformat(),
        "at": at,
        "by": getattr(fact, form.by) if form.by else "",
        "outcome": _first(fact, form.outcomes),
        "period": _first(fact, form.periods),
    }
    return Occurrence(**{**common, **more})


@dataclass(frozen=True)
class _Form:
    """How the rulebook calls the facts of a contract, and in which fields they tell what every fact tells.

    Of several fields the first that is filled counts.
    """

    fact: str
    at: str
    by: str | None
    identities: tuple[str, ...]
    periods: tuple[str, ...]
    outcomes: tuple[str, ...]


@cache
def _form(contract: type[Contract]) -> _Form:
    """The form of a contract: when and by whom stands in the one field whose name ends so."""
    fields = tuple(contract.model_fields)
    return _Form(
        fact=contract.fact(),
        at=next(name for name in fields if name.endswith("_at")),
        by=next((name for name in fields if name.endswith("_by")), None),
        identities=tuple(name for name in IDENTITIES if name in fields),
        periods=tuple(name for name in PERIODS if name in fields),
        outcomes=tuple(name for name in OUTCOMES if name in fields),
    )


def _first(fact: Contract, names: tuple[str, ...]) -> str | None:
    return next((str(value) for name in names if (value := getattr(fact, name)) is not None), None)


def _day(at: datetime) -> str:
    return in_words(calendar().day_of(at))


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _stored(files: Iterable[artefact_review.ArtefactFile | certification.SubmittedFile]) -> tuple[NamedFile, ...]:
    return tuple(NamedFile(each.file_name, by_hash(each.sha256), each.sha256) for each in files)


def readiness_reported(fact: artefact_review.ReadinessReported) -> Occurrence:
    """The report of a week, with how ready its side is."""
    provided = f"{_day(fact.reported_at)} by {fact.reported_by}"
    said = f"The report of the week {fact.week} was provided on {provided}: {fact.rag}."
    return occurrence(fact, headline=f"report of the week, {fact.rag}", details=(said,))


def artefacts_submitted(fact: artefact_review.ArtefactsSubmitted) -> Occurrence:
    """Documents that were handed in, with what the checks found in them."""
    said = f"Submission {fact.submission} was handed in on {_day(fact.submitted_at)} by {fact.submitted_by}."
    failed = [each for each in fact.findings if not each.passed]
    things = _counted(len(failed), "thing", "things") if failed else "nothing"
    found = f"The checks found {things} to be mended{':' if failed else '.'}"
    details = (said, found, *(f"- {each.message} ({each.clause})" for each in failed[:MOST_FINDINGS]))
    more = (f"- and {len(failed) - MOST_FINDINGS} more",) if len(failed) > MOST_FINDINGS else ()
    return occurrence(fact, headline="documents handed in", details=(*details, *more), files=_stored(fact.artefacts))


def descoping_decided(fact: artefact_review.DescopingDecided) -> Occurrence:
    """The answer on an item that was proposed for descoping (CTSD 5.2.6)."""
    answer = "agreed" if fact.agreed else "refused"
    said = f"It was decided on {_day(fact.decided_at)}: to descope the {fact.item.kind} {fact.item.item} is {answer}."
    details = (said, *((f"Reason: {fact.reason}",) if fact.reason else ()))
    identity = f"{fact.item.kind} {fact.item.item}/{fact.decided_at.isoformat()}"
    values = {"agreed": fact.agreed}
    return occurrence(fact, identity=identity, headline=f"descoping {answer}", details=details, values=values)


def completion_report_submitted(fact: certification.CompletionReportSubmitted) -> Occurrence:
    """What ends the execution."""
    said = f"Report {fact.report} was handed in on {_day(fact.submitted_at)} by {fact.submitted_by}."
    return occurrence(fact, headline="report handed in", details=(said,), files=_stored(fact.files))


def artefacts_reviewed(fact: artefact_review.ArtefactsReviewed) -> Occurrence:
    """A review, with each deficiency as people are to be told of it."""
    said = f"Submission {fact.submission} of the test artefacts was reviewed on {_day(fact.reviewed_at)}."
    with_what = "deficiencies" if fact.outcome == "returned" else "conditions"
    found = f"They are {fact.outcome} with these {with_what}:" if fact.deficiencies else f"They are {fact.outcome}."
    overrides = tuple(f"The check {each.check} was overridden: {each.reason}" for each in fact.overrides)
    details = (said, found, *(f"- {_deficiency(each)}" for each in fact.deficiencies), *overrides)
    found_open = len(fact.deficiencies)
    leaves = f"{_counted(found_open, 'deficiency', 'deficiencies')} open" if found_open else ""
    reschedules = "the test artefacts were returned, and the start can't be kept" if fact.reschedule else ""
    headline = f"artefacts {fact.outcome}"
    return occurrence(fact, headline=headline, details=details, leaves=leaves, reschedules=reschedules)


def _deficiency(deficiency: artefact_review.Deficiency) -> str:
    place = f", {deficiency.location}" if deficiency.location else ""
    due = f" To be resolved by {in_words(deficiency.due)}." if deficiency.due else ""
    return f"{deficiency.id} ({deficiency.artefact}{place}): {deficiency.text}{due}"


def entry_gate_held(fact: artefact_review.EntryGateHeld) -> Occurrence:
    """A gate before testing. One that is passed confirms the start and the last day of the Test Schedule."""
    held = f"The gate was held on {_day(fact.held_at)}"
    if fact.outcome == "prevented":
        unmet = (f"{held}. Testing can't start until it is satisfied.", *_unmet(fact.reason, fact.criteria))
        reschedules = f"the start was prevented at the gate: {fact.reason}" if fact.reschedule else ""
        told = {"headline": "start prevented", "details": unmet, "reschedules": reschedules}
        return occurrence(fact, gate=fact.gate, **told)
    days = tuple(f"- {in_words(planned.day)}: {_counted(planned.tests, 'test', 'tests')}" for planned in fact.schedule)
    schedule = ("The Test Schedule:", *days) if days else ()
    details = (f"{held}: testing starts on {in_words(fact.start_date)}.", *schedule)
    confirmed = {START: fact.start_date, LAST_DAY: fact.last_day}
    return occurrence(fact, gate=fact.gate, confirmed=confirmed, headline="ready to start", details=details)


def entry_gate_determined(fact: artefact_review.EntryGateDetermined) -> Occurrence:
    """A decision at a gate before testing that was referred: where its criteria are found met, testing may start."""
    follows = ("The start is scheduled as soon as practicable.", "What was decided at the gate stands.")
    return _determined(fact, artefact_review.EntryGateHeld.fact(), follows)


def _determined(
    fact: artefact_review.EntryGateDetermined | certification.ExitGateDetermined,
    decision: str,
    follows: tuple[str, str],
) -> Occurrence:
    """What a body determined on a decision at a gate: what follows where the criteria are met, and where not."""
    met = fact.outcome == "met"
    words = "the criteria are met" if met else "the criteria are not met"
    details = (
        f"It was determined on {_day(fact.determined_at)} that {words}.",
        f"- Reasons: {fact.reasons}",
        follows[0] if met else follows[1],
    )
    found = Determination(fact.body, fact.reasons, decision) if met else None
    return occurrence(
        fact, gate=fact.gate, determined=True, determination=found, headline=f"determined: {words}", details=details
    )


def _unmet(reason: str, criteria: Iterable[CriterionVerdict]) -> tuple[str, ...]:
    unmet = (f"- {verdict.clause} is not met: {verdict.statement}" for verdict in criteria if not verdict.met)
    return (f"- Reason: {reason}", *unmet)


def provisionally_approved(fact: artefact_review.ProvisionallyApproved) -> Occurrence:
    """A gate waits for documents; it confirms nothing until the last of them has come."""
    start = f"{in_words(fact.start_date)} if this is provided, each by its day; otherwise it does not start:"
    details = (f"Testing starts on {start}", *_outstanding(fact.outstanding))
    return occurrence(fact, gate=fact.gate, headline="provisionally approved", details=details)


def outstanding_provided(fact: artefact_review.OutstandingProvided) -> Occurrence:
    """A document that a provisional approval waits for has come."""
    return occurrence(fact, identity=f"{fact.criterion}/{fact.provided_at.isoformat()}")


def provisional_approval_lapsed(fact: artefact_review.ProvisionalApprovalLapsed) -> Occurrence:
    """A provisional approval is void: the gate is to be held again."""
    told = f"Testing does not start on {in_words(fact.start_date)}. This was not provided in time:"
    details = (told, *_outstanding(fact.outstanding), "The start is to be rescheduled, and the gate to be held again.")
    return occurrence(fact, gate=fact.gate, headline="provisional approval lapsed", details=details, copied=True)


def _outstanding(items: Iterable[artefact_review.Outstanding]) -> tuple[str, ...]:
    return tuple(f"- {each.document}, for criterion {each.criterion}, by {in_words(each.by)}" for each in items)


def connectivity_confirmed(fact: execution_tracker.ConnectivityConfirmed) -> Occurrence:
    """Every web service was reached, now or in earlier testing: then nothing was owed now (CTSD 5.10.1.1)."""
    return occurrence(fact, done_earlier=fact.earlier_testing is not None)


def further_testing_begun(fact: execution_tracker.FurtherTestingBegun) -> Occurrence:
    """Testing began in a further execution."""
    return occurrence(fact, identity=f"{fact.round}/{fact.begun_on}", on=fact.begun_on, round=fact.round)


def report_receipt_confirmed(fact: certification.ReportReceiptConfirmed) -> Occurrence:
    """The report's receipt was confirmed."""
    said = f"Report {fact.report} was received; receipt was confirmed on {_day(fact.confirmed_at)}."
    return occurrence(fact, headline="report received", details=(said,))


def exit_gate_held(fact: certification.ExitGateHeld) -> Occurrence:
    """A gate after testing: done when it was decided; a certificate counts from its meeting (CTSD 5.20.1)."""
    day = calendar().day_of(fact.held_at)
    # Where no meeting is held, the day of the decision stands in its place.
    met = f", after the meeting of {in_words(fact.meeting_on)}," if fact.meeting_on != day else ""
    decided = f"It was decided on {in_words(day)}{met} that"
    if fact.outcome == "complete":
        details: tuple[str, ...] = (f"{decided} testing is complete.",)
        told = {"headline": "testing complete", "counts_from": fact.meeting_on}
    else:
        rescheduled = "Testing is to be rescheduled."
        details = (f"{decided} further testing is required.", *_unmet(fact.reason, fact.criteria), rescheduled)
        told = {"headline": "further testing required"}
    return occurrence(fact, gate=fact.gate, details=details, **told)


def exit_gate_determined(fact: certification.ExitGateDetermined) -> Occurrence:
    """A decision for further testing that was referred: where the criteria are found met, testing is complete."""
    follows = ("The certificate follows.", "Further testing goes on.")
    return _determined(fact, certification.ExitGateHeld.fact(), follows)


def certificate_issued(fact: certification.CertificateIssued) -> Occurrence:
    """A certificate was issued, with its number and where it can be verified."""
    srvs = (f"Service Requests: {', '.join(row.srv for row in fact.srvs)}",) if fact.srvs else ()
    supersedes = (f"It supersedes the certificate {fact.supersedes}.",) if fact.supersedes else ()
    details = (
        f"The certificate was issued on {_day(fact.issued_at)}: {fact.title}.",
        f"Certificate {fact.number}",
        *srvs,
        *supersedes,
        *((f"It rests on the determination of {fact.rests_on}.",) if fact.rests_on else ()),
        f"To verify it: {fact.verification_url}",
    )
    pdf = NamedFile(f"{fact.number}.pdf", fact.pdf_file, fact.pdf_sha256)
    files = (pdf,) if fact.pdf_file else ()  # earlier facts did not say where it lies
    return occurrence(fact, headline="certificate issued", details=details, copied=True, files=files)


def _referral(fact: Contract, right: str, body: str | None, *details: str) -> Occurrence:
    """What happened to a referral, to all whom it concerns."""
    told = occurrence(fact)
    identity = f"{right}/{told.at.isoformat()}"
    return replace(told, identity=identity, route=right.partition("#")[0], body=body, details=details)


def hold(fact: disputes.HoldBegan | disputes.HoldEnded) -> Occurrence:
    """Something waits while a matter is before a body, or goes on again: the time of what waits is given back."""
    ended = fact.ended_at if isinstance(fact, disputes.HoldEnded) else None
    at = ended or fact.began_at
    told = HoldTold(fact.right, fact.route, fact.clause, fact.began_at, ended)
    return Occurrence(fact.fact(), f"{fact.right}/{at.isoformat()}", at, "", hold=told)


def matter_referred(fact: disputes.MatterReferred) -> Occurrence:
    """A matter was put to the body that decides on it."""
    said = f"The matter {fact.right} was referred on {_day(fact.referred_at)} by {fact.referred_by} ({fact.clause})."
    relief = (f"Asked for: {fact.relief}",) if fact.relief else ()
    return _referral(fact, fact.right, fact.body, said, f"Grounds: {fact.grounds}", *relief)


def referral_acknowledged(fact: disputes.ReferralAcknowledged) -> Occurrence:
    """The body has the referral before it."""
    said = f"Receipt of the referral {fact.right} was confirmed on {_day(fact.acknowledged_at)}."
    return _referral(fact, fact.right, fact.body, said)


def information_requested(fact: disputes.InformationRequested) -> Occurrence:
    """The body asked a role for more."""
    wanted = f", to be answered by {in_words(fact.wanted_by)}" if fact.wanted_by else ""
    said = f"On the referral {fact.right} more was asked on {_day(fact.requested_at)} of the {fact.role}{wanted}:"
    return replace(_referral(fact, fact.right, fact.body, said, fact.question), by=fact.requested_by)


def information_given(fact: disputes.InformationGiven) -> Occurrence:
    """The role that was asked has answered; the route says who has the referral before it."""
    said = f"On the referral {fact.right} the {fact.role} answered on {_day(fact.given_at)}:"
    return _referral(fact, fact.right, None, said, fact.answer)


def evidence_given(fact: disputes.EvidenceGiven) -> Occurrence:
    """Files were given that show what one side says; whoever reads the engagement reads them."""
    said = f"On the referral {fact.right} the {fact.role} gave evidence on {_day(fact.given_at)}:"
    return _referral(fact, fact.right, None, said, *(each.file_name for each in fact.files))


def referral_withdrawn(fact: disputes.ReferralWithdrawn) -> Occurrence:
    """No determination is asked for any more."""
    said = f"The referral {fact.right} was taken back on {_day(fact.withdrawn_at)}: what was decided stands."
    return _referral(fact, fact.right, None, said, f"Reason: {fact.reason}")


def settlement_proposed(fact: disputes.SettlementProposed) -> Occurrence:
    """One side would settle the matter; the other answers."""
    said = f"On the referral {fact.right} the {fact.role} proposed a settlement on {_day(fact.proposed_at)}:"
    return _referral(fact, fact.right, None, said, fact.terms, f"To be answered by: {', '.join(fact.asked)}")


def settlement_declined(fact: disputes.SettlementDeclined) -> Occurrence:
    """The other side did not agree."""
    said = f"The settlement proposed of {fact.right} was declined on {_day(fact.declined_at)} by the {fact.role}."
    return _referral(fact, fact.right, None, said, f"Reason: {fact.reason}")


def referral_settled(fact: disputes.ReferralSettled) -> Occurrence:
    """No determination is needed any more."""
    said = f"The referral {fact.right} was settled by both sides on {_day(fact.settled_at)}: it is not determined."
    return _referral(fact, fact.right, None, said, f"Terms: {fact.terms}")


def matter_determined(fact: disputes.MatterDetermined) -> Occurrence:
    """The matter was determined."""
    answer = "upheld" if fact.upheld else "not upheld"
    said = f"The referral {fact.right} was determined on {_day(fact.determined_at)} ({fact.clause}): it is {answer}."
    final = ("This is final and binding.",) if fact.final else ()
    told = _referral(fact, fact.right, fact.body, said, f"Reasons: {fact.reasons}", *final)
    return replace(told, headline=f"referral {answer}")


def determination_appealed(fact: disputes.DeterminationAppealed) -> Occurrence:
    """The determination was taken to the body that decides for good."""
    said = f"The determination of {fact.right} was appealed on {_day(fact.appealed_at)} by {fact.appealed_by}."
    return _referral(fact, fact.right, fact.body, said, f"Grounds: {fact.grounds}")
