"""The entry criteria of CTSD 5.8.1, each with its verdict and the evidence for it."""

from dataclasses import dataclass
from datetime import date

from artefact_review.domain.party import PartyAdmitted
from artefact_review.domain.reporting import weeks_of
from artefact_review.domain.review import Review
from artefact_review.domain.submission import outdated
from rulebook.engine.criteria import Criterion, Verdict, entry_criteria
from rulebook.engine.scope.scope import role_name


@dataclass(frozen=True)
class Grounds:
    """What is judged beside the review: what is known of the Party, the day, and what DCC says at the gate.

    `not_met` are the criteria that DCC considers not met, whatever was recorded, and `reason` is why.
    """

    party: PartyAdmitted | None
    today: date
    report_approved: bool | None = None
    not_met: tuple[str, ...] = ()
    reason: str = ""


def verdicts(review: Review, grounds: Grounds) -> tuple[Verdict, ...]:
    """Every entry criterion of the procedure, met or not."""
    criteria = entry_criteria(review.opened.procedure, review.rules)
    return tuple(_verdict(criterion, review, grounds) for criterion in criteria)


def standing(review: Review, grounds: Grounds) -> tuple[Verdict, ...]:
    """The verdicts as of now; once the gate is passed, those that it confirmed."""
    return review.held.criteria if review.held and review.held.outcome == "ready" else verdicts(review, grounds)


def _verdict(criterion: Criterion, review: Review, grounds: Grounds) -> Verdict:
    met, statement = _judge(criterion, review, grounds)
    return Verdict(criterion.id, criterion.clause, met, statement)


def _judge(criterion: Criterion, review: Review, grounds: Grounds) -> tuple[bool, str]:
    if criterion.id in grounds.not_met:
        return False, f"DCC considers it not met: {grounds.reason}"
    match criterion.id:
        case "5.8.1a":
            return _accession(review, grounds.party)
        case "5.8.1b":
            return True, f"Testing is notified for the User Role {role_name(review.opened.role)}."
        case "5.8.1c":
            return _documents(review, grounds)
        case _:
            return _evidence(criterion.id, review)


def _accession(review: Review, party: PartyAdmitted | None) -> tuple[bool, str]:
    if party is None:
        return False, f"The Code Administrator has not confirmed that {review.opened.party_name} acceded to the Code."
    return True, f"{party.name} acceded on {party.acceded_on} (reference {party.reference})."


def _documents(review: Review, grounds: Grounds) -> tuple[bool, str]:
    wanted = (_notice(review), _report(review, grounds), _artefacts(review), _approval(grounds))
    if missing := [what for what in wanted if what]:
        return False, f"Missing: {'; '.join(missing)}."
    return True, (
        f"DCC acknowledged the notification, accepted submission {review.submission} of the artefacts and approved the "
        f"Test Readiness Report ({len(review.weeks)} weekly reports, the latest of {max(review.weeks)})."
    )


def _notice(review: Review) -> str | None:
    return None if review.acknowledged_at else "DCC's acknowledgement of the notification"


def _report(review: Review, grounds: Grounds) -> str | None:
    """The last report before the gate is the one that is reviewed there (CTSD Table 8, rows 5 and 6)."""
    due = [week for week, day in weeks_of(review).items() if day <= grounds.today]
    if due and max(due) not in review.weeks:
        return f"the Test Readiness Report of week {max(due)}"
    return None if review.weeks else "a Test Readiness Report"


def _artefacts(review: Review) -> str | None:
    if not review.submission:
        return "the test artefacts"
    if review.outcome != "accepted":
        return f"DCC's acceptance of submission {review.submission} of the artefacts"
    if stale := outdated(review):
        return f"a Test Schedule for the start on {review.start_date} ({stale[0].message})"
    return None


def _approval(grounds: Grounds) -> str | None:
    if grounds.report_approved:
        return None
    given = "is given at the entry gate" if grounds.report_approved is None else "it did not give at the gate"
    return f"DCC's approval of the Test Readiness Report, which {given}"


def _evidence(criterion: str, review: Review) -> tuple[bool, str]:
    for given in review.evidence:
        if given.criterion == criterion:
            reference = f" (reference {given.reference})" if given.reference else ""
            return True, f"{given.statement}{reference}"
    return False, "No evidence was given."
