"""Every question that a document's data are asked: plans, scopes, reasons, and the way of an engagement."""

from contextlib import suppress
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Final

from kernel.refusal import Refusal
from rulebook.engine import views, why
from rulebook.engine.dating.facts import NOTIFIED, START, Facts
from rulebook.engine.dating.happening import after
from rulebook.engine.dating.plan import plan
from rulebook.engine.dating.replanning import move_start
from rulebook.engine.dating.timetable import timetable
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.gates import Case, IssueFigure, judged
from rulebook.engine.procedures import procedure_ids
from rulebook.engine.profile import Profile, profile_in
from rulebook.engine.scope.scope import ROLE_FIELD, Item, matching, tests_of, web_services_of

FIRST: Final = date(2027, 3, 1)
LAST: Final = date(2027, 3, 19)
NOTICE: Final = date(2026, 11, 2)
CHOSEN: Final = ("4.2", "8.2")
POSITIVE: Final = ("ready", "accepted", "complete")


def ask_everything(root: Path) -> None:
    """Ask for each procedure of a document all that is asked of one; raises what a question raises."""
    for each in procedure_ids(root):
        found = profile_in(each, root)
        _plan(found)
        _scope(found)
        _walk(found)
        _judge(found)
        _certify(found)
    for state in why.states(root):
        why.of_state(state, root)


def _fields(profile: Profile) -> dict[str, str]:
    """A subject: an Export Supplier where it has a User Role."""
    return {name: "ES" if name in profile.subject.codes else f"some {name}" for name in profile.subject.key}


def _plan(profile: Profile) -> None:
    for last_day in (None, LAST):
        planned = plan(profile.procedure, FIRST, calendar(), last_day=last_day)
        views.plan_view(planned, None)
        for step in planned.steps:
            views.reason_view(why.of_step(planned, step))


def _scope(profile: Profile) -> None:
    fields, asks = _fields(profile), profile.notice.asks
    profile.subject.named(fields)
    profile.subject.words(fields)
    views.scope_view(tests_of(profile, fields, CHOSEN if "service-requests" in asks else ()), (), profile.root)
    web_services_of(profile, fields)
    if "descoping" in asks:
        matching(fields[ROLE_FIELD], Item("service-request", CHOSEN[0]), profile.root)


def _walk(profile: Profile) -> None:
    """An engagement of which every step is taken, a day each, with each of its outcomes."""
    steps, facts = profile.procedure, Facts({NOTIFIED: NOTICE, START: FIRST})
    with suppress(Refusal):  # it may be too early for what is open
        move_start(steps, facts, date(2027, 4, 1), date(2027, 2, 1), calendar())
    for number, step in enumerate(steps.steps):
        for event, outcome in product(step.completed_by, (None, *step.then, step.outcome)):
            ref = step.ref if step.is_recorded else None
            happened = after(steps, facts, event, FIRST + timedelta(days=number), outcome, ref)
            timetable(steps, happened, calendar())
            if outcome is None or outcome in POSITIVE:
                facts = happened
    timetable(steps, facts, calendar())


def _judge(profile: Profile) -> None:
    issues = (IssueFigure(1), IssueFigure(5, provider="some provider"))
    known = Case(4, 4, 4, issues, subject="the subject", fields=_fields(profile))
    for gate, case in product(profile.gates, (Case(), known)):
        judged(gate, case, profile)
        for criterion in gate.criteria:
            why.of_criterion(profile.id, criterion.id, case, profile.root)
    for route in profile.routes:
        for role in profile.roles:
            route.term(role)


def _certify(profile: Profile) -> None:
    """Every field of a form has a value from which it comes."""
    fields = {f"subject.{name}" for name in profile.subject.key}
    known = {"recipient.name", "recipient.organisation", "issuer", "issued-on", "number", "subject.name", *fields}
    strange = [each.source for form in profile.certificates for each in form.fields if each.source not in known]
    if strange:
        raise LookupError(f"nothing says {strange[0]}")
