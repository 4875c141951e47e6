"""The criteria of the entry gate, each with its verdict and what shows it (CTSD 5.8.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from artefact_review.domain.deficiencies import open_conditions
from artefact_review.domain.events import EntryEvidenceGiven
from artefact_review.domain.guards import entry_gate
from artefact_review.domain.kinds import kinds_of
from artefact_review.domain.party import Party, PartyAdmitted
from artefact_review.domain.reporting import weeks_of
from artefact_review.domain.review import Review
from artefact_review.domain.submission import outdated
from kernel.days import in_words
from rulebook.engine.gates import Case, Verdict, judged
from rulebook.engine.profile import Gate


@dataclass(frozen=True)
class Grounds:
    """What is judged beside the review: what is known of the Party, the day, and what is said at the gate.

    `body` is who decides, as people call it; empty where nobody does yet. `approved` are the kinds of document that it
    approves, `not_met` the criteria that it considers not met, whatever was recorded, and `reason` is why.
    """

    party: Party
    today: date
    body: str = ""
    approved: frozenset[str] = frozenset()
    decided: bool = False
    not_met: tuple[str, ...] = ()
    reason: str = ""


def verdicts(review: Review, grounds: Grounds) -> tuple[Verdict, ...]:
    """Every entry criterion of the procedure, met or not."""
    gate = entry_gate(review)
    found = judged(gate, _case(gate, review, grounds), review.profile)
    return tuple(_overruled(verdict, grounds) if verdict.criterion in grounds.not_met else verdict for verdict in found)


def current_verdicts(review: Review, grounds: Grounds) -> tuple[Verdict, ...]:
    """The verdicts as of now; once the gate is passed, those that it confirmed."""
    return review.held.criteria if review.held and review.held.outcome == "ready" else verdicts(review, grounds)


def _overruled(verdict: Verdict, grounds: Grounds) -> Verdict:
    statement = f"{grounds.body} considers it not met: {grounds.reason}"
    return Verdict(verdict.criterion, verdict.clause, False, statement)


def _case(gate: Gate, review: Review, grounds: Grounds) -> Case:
    subject, admitted = review.opened.subject, grounds.party.admitted
    return Case(
        approved=grounds.approved,
        decided=grounds.decided,
        evidence={given.criterion: _stated(given) for given in review.evidence},
        documents=_documents(gate, review, grounds),
        registered=_acceded(admitted) if admitted else None,
        starter=review.starter.name if review.starter else "",
        subject=subject.name,
        fields=subject.fields,
        certificates=grounds.party.held_for(subject),
        summary=_summary(gate, review),
    )


def _stated(given: EntryEvidenceGiven) -> str:
    return f"{given.statement} (reference {given.reference})" if given.reference else given.statement


def _acceded(admitted: PartyAdmitted) -> str:
    return f"{admitted.name} acceded on {in_words(admitted.acceded_on)} (reference {admitted.reference})."


def _documents(gate: Gate, review: Review, grounds: Grounds) -> Mapping[str, str | None]:
    """What is missing of each document that the gate asks for, in the order in which it is said."""
    body = _body(gate, review)
    found = {"notice": None if review.acknowledged_at else f"{body}'s acknowledgement of the notification"}
    if weeks := weeks_of(review):
        found["weekly report"] = _report(review, weeks, grounds.today)
    found |= dict.fromkeys(kinds_of(review.profile), _artefacts(review, body))
    titles = {each.kind: each.title for each in review.profile.artefacts}
    lacking = {kind for kind in gate.approves if kind not in grounds.approved}
    how = "it did not give at the gate" if grounds.body else "is given at the entry gate"
    said = {kind: f"{body}'s approval of the {titles[kind]}, which {how}" for kind in lacking}
    return found | {kind: said.get(kind) for kind in gate.approves}


def _report(review: Review, weeks: Mapping[str, date], today: date) -> str | None:
    """The last report before the gate is the one that is reviewed there (CTSD Table 8, rows 5 and 6)."""
    due = [week for week, day in weeks.items() if day <= today]
    if due and max(due) not in review.weeks:
        return f"the Test Readiness Report of week {max(due)}"
    return None if review.weeks else "a Test Readiness Report"


def _artefacts(review: Review, body: str) -> str | None:
    if not review.submission:
        return "the test artefacts"
    if review.outcome != "accepted":
        return f"{body}'s acceptance of submission {review.submission} of the artefacts"
    if stale := outdated(review):
        return f"a Test Schedule for the start on {in_words(review.start_date)} ({stale[0].message})"
    if conditions := open_conditions(review.deficiencies):
        said = ", ".join(f"{each.id} ({each.artefact})" for each in conditions)
        return f"the resolution of the conditions of the acceptance: {said}"
    return None


def _summary(gate: Gate, review: Review) -> str:
    """What is said where no document is missing."""
    titles = {each.kind: each.title for each in review.profile.artefacts}
    done = ["acknowledged the notification"]
    if review.submission:
        done.append(f"accepted submission {review.submission} of the artefacts{_overridden(review)}")
    done.extend(f"approved the {titles[kind]}" for kind in gate.approves)
    *others, last = done
    said = f"{', '.join(others)} and {last}" if others else last
    weeks = f" ({len(review.weeks)} weekly reports, the latest of {max(review.weeks)})" if review.weeks else ""
    return f"{_body(gate, review)} {said}{weeks}."


def _overridden(review: Review) -> str:
    said = "; ".join(f"{each.check}: {each.reason}" for each in review.overrides)
    return f" with an override of checks ({said})" if said else ""


def _body(gate: Gate, review: Review) -> str:
    """Who has the last word at the gate, as people call it."""
    return review.profile.roles[gate.chain[-1].body].title
