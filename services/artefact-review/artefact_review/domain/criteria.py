"""The entry criteria of CTSD 5.8.1, each with its verdict and the evidence for it."""

from collections.abc import Sequence

from artefact_review.domain.party import PartyAdmitted
from artefact_review.domain.review import Review
from artefact_review.domain.submission import outdated
from rulebook.criteria import Criterion, Verdict, entry_criteria
from rulebook.scope import role_name


def verdicts(review: Review, party: PartyAdmitted | None) -> Sequence[Verdict]:
    """Every entry criterion of the procedure, met or not."""
    return tuple(
        _verdict(criterion, review, party) for criterion in entry_criteria(review.opened.procedure, review.rules)
    )


def _verdict(criterion: Criterion, review: Review, party: PartyAdmitted | None) -> Verdict:
    met, statement = _judge(criterion, review, party)
    return Verdict(criterion.id, criterion.clause, met, statement)


def _judge(criterion: Criterion, review: Review, party: PartyAdmitted | None) -> tuple[bool, str]:
    match criterion.id:
        case "5.8.1a":
            return _accession(review, party)
        case "5.8.1b":
            return True, f"Testing is notified for the User Role {role_name(review.opened.role)}."
        case "5.8.1c":
            return _artefacts(review)
        case _:
            return _evidence(criterion.id, review)


def _accession(review: Review, party: PartyAdmitted | None) -> tuple[bool, str]:
    if party is None:
        return False, f"The Code Administrator has not confirmed that {review.opened.party_name} acceded to the Code."
    return True, f"{party.name} acceded on {party.acceded_on} (reference {party.reference})."


def _artefacts(review: Review) -> tuple[bool, str]:
    if not review.submission:
        return False, "No artefacts were submitted."
    if review.outcome != "accepted":
        return False, f"Submission {review.submission} of the artefacts is not accepted."
    if stale := outdated(review):
        return False, f"The accepted Test Schedule does not fit the start on {review.start_date}: {stale[0].message}"
    if not review.weeks:
        return False, "No Test Readiness Report was given."
    reports = f"{len(review.weeks)} Test Readiness Reports, the latest of {max(review.weeks)}"
    return True, f"Submission {review.submission} was accepted by DCC; {reports}."


def _evidence(criterion: str, review: Review) -> tuple[bool, str]:
    for given in review.evidence:
        if given.criterion == criterion:
            reference = f" (reference {given.reference})" if given.reference else ""
            return True, f"{given.statement}{reference}"
    return False, "No evidence was given."
