"""What if, and why: plans and replans answered from the rulebook, without registering anything. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kernel.days import in_words
from kernel.refusal import Kind, Refusal
from notification.domain.engagement import Engagement
from notification.domain.refusals import ProcedureUnknown
from notification.domain.step_refusals import StepUnknown
from rulebook.engine import why
from rulebook.engine.dating.plan import Plan, plan
from rulebook.engine.dating.timetable import timetable
from rulebook.engine.dating.working_days import Calendar
from rulebook.engine.procedures import Procedure
from rulebook.engine.profile import procedures, profile
from rulebook.engine.scope.scope import Effect, Item, Scope, asked_scope
from rulebook.engine.why import Reason


@dataclass(unsafe_hash=True)
class NothingKnown(Refusal):
    """Nothing is known of {what}."""

    remedy = "Ask for a step (5.6.1.5, with a start), a test (SR:4.2:CV1-OD:S1, with a role), a criterion or a clause."
    kind = Kind.UNKNOWN
    what: str


@dataclass(frozen=True)
class PlanQuery:
    """What is asked of a plan."""

    procedure: str
    start: date
    notified_on: date | None = None
    last_day: date | None = None


def planned(asked: PlanQuery, calendar: Calendar) -> Plan:
    """Every step with its dates."""
    return plan(known_procedure(asked.procedure), asked.start, calendar, asked.notified_on, asked.last_day)


def known_procedure(procedure_id: str) -> Procedure:
    """The procedure of an id, of any document; one that the services don't run yet can be planned too."""
    if procedure_id not in procedures():
        raise ProcedureUnknown(procedure_id, known=", ".join(procedures()))
    return profile(procedure_id).procedure


def scoped(
    role: str, descope: Sequence[str], srvs: Sequence[str], certified: Sequence[str]
) -> tuple[Scope, tuple[Effect, ...]]:
    """The tests of a role, and what descoping each item does; with SRVs, the scope of Additional SR Testing."""
    return asked_scope(role, [Item.of(text) for text in descope], srvs, certified)


def reason(what: str, asked: PlanQuery | None, procedure_id: str, role: str | None, calendar: Calendar) -> Reason:
    """Why a step has its date, a test is in scope; what a criterion, a state, a clause, a word or a refusal means."""
    procedure = known_procedure(procedure_id)
    whole = planned(asked, calendar) if asked else None
    found = why.of_anything(what, procedure, whole, role) or why.of_refusal(what)
    if found is None:
        raise NothingKnown(what)
    return found


def date_reason(state: Engagement, key: str) -> Reason:
    """Why a step of an engagement has its date: the one that was given, with what it was counted from.

    Where that has changed since and the date stayed, as it does for what is done or had passed, its words alone.
    """
    if (row := state.rows.get(key)) is None:
        raise StepUnknown(key, example=next(iter(state.rows)))
    reckoned = timetable(state.procedure, state.facts, state.calendar, (row.ref,))
    because = next((each.because for each in reckoned if (each.key, each.due) == (key, row.due)), None)
    done = state.done.get(row.key)
    state_said = "" if done is None else f" Done on {in_words(done.done_on)}, {'in time' if done.in_time else 'late'}."
    return Reason(
        subject=row.key,
        kind="step",
        answer=f"{row.action}: {f'due on {in_words(row.due)}' if row.due else 'no date yet'}.{state_said}",
        clause=row.clause,
        rule=row.why,
        inputs={name: str(day) for name, day in because.inputs.items()} if because else {},
        skipped=because.skipped if because else (),
    )
