"""Whether a Party may give notice of its intention to test, and with which start (CTSD 5.6.1.1, 5.8.1a)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from notification.domain.engagement import Proposal
from notification.domain.refusals import (
    CodeAdministratorNotNotified,
    DescopingRepeated,
    GroundNotOpen,
    PartyNotRegistered,
    ProcedureUnknown,
    StartInThePast,
    StartNotAWorkingDay,
    StartTooEarly,
    StartTooLate,
    citing,
)
from rulebook.engine.dating.timetable import earliest_start
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.editions import Edition, editions, in_force
from rulebook.engine.procedures import Procedure, procedure, run_by_services
from rulebook.engine.scope.scope import Item, matching, role_name

WORKING_DAYS_AFTER_START = 120
"""How far the calendar must reach beyond a start, so that everything that follows it can be dated."""


@dataclass(frozen=True)
class Applicant:
    """What is known of the Party that notifies; it has no name before its accession is confirmed."""

    signifier: str
    name: str | None = None


@dataclass(frozen=True)
class RegisteredParty:
    """A Party whose accession is confirmed."""

    signifier: str
    name: str


def check_intention(
    procedure_id: str,
    role: str,
    start: date,
    today: date,
    code_administrator_notified: bool,
    descoping: Sequence[Proposal],
    applicant: Applicant,
) -> RegisteredParty:
    """The Party, when its intention keeps every rule."""
    root = edition_on(today).root
    if procedure_id not in run_by_services(root):
        raise ProcedureUnknown(procedure_id, known=", ".join(run_by_services(root)))
    role_name(role)  # refuses an unknown role
    if applicant.name is None:
        raise PartyNotRegistered(applicant.signifier)
    if not code_administrator_notified:
        raise CodeAdministratorNotNotified
    check_start(procedure(procedure_id, root), start, today)
    check_descoping(role, descoping, root)
    return RegisteredParty(applicant.signifier, applicant.name)


def edition_on(day: date) -> Edition:
    """The edition of the rules in force on a day; on one before the first edition, in rehearsal, the first."""
    return in_force(max(day, editions()[0].effective_from))


def check_start(steps: Procedure, start: date, today: date) -> None:
    """Refuse a start that has passed, leaves too little notice, or falls on a day when nobody works."""
    earliest, clause = earliest_start(steps, today, calendar()), steps.notice_clause
    if start < today:
        raise citing(StartInThePast(start, earliest=earliest), clause)
    if start < earliest:
        zero, needed = calendar().received(today), steps.notice_working_days
        given = calendar().between(zero, start)
        raise citing(StartTooEarly(start, given=given, needed=needed, earliest=earliest), clause)
    if not calendar().is_working_day(start):
        raise citing(StartNotAWorkingDay(start, next=calendar().received(start)), clause)
    check_reach(start, clause)


def check_reach(start: date, clause: str) -> None:
    """Refuse a start after which the calendar ends too soon."""
    last = calendar().last
    if start > (latest := calendar().subtract(last, WORKING_DAYS_AFTER_START)):
        raise citing(StartTooLate(start, needed=WORKING_DAYS_AFTER_START, last=last, latest=latest), clause)


def check_descoping(role: str, descoping: Sequence[Proposal], root: Path) -> None:
    """Refuse what is proposed twice, what no test matches, and what can't be descoped at all or on this ground."""
    covered: dict[str, str] = {}
    for proposal in descoping:
        tests = matching(role, Item(proposal.kind, proposal.item), root)
        if other := next((covered[test.id] for test in tests if test.id in covered), None):
            raise DescopingRepeated(proposal.item, other)
        if proposal.reason == "b" and proposal.kind != "response-code":
            raise GroundNotOpen(proposal.kind, proposal.item)
        covered |= {test.id: proposal.item for test in tests}
