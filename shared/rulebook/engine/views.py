"""Plans, scopes, reasons and moves as plain values, alike on the command line and over HTTP. Days are `YYYY-MM-DD`."""

from datetime import date
from pathlib import Path
from typing import Any

from kernel.days import in_words
from rulebook.engine.dating.plan import Plan, PlannedDocument, PlannedStep
from rulebook.engine.dating.replanning import Move
from rulebook.engine.dating.working_days import Skipped
from rulebook.engine.documents import documents_of
from rulebook.engine.editions import edition
from rulebook.engine.errata import Erratum
from rulebook.engine.files import ROOT
from rulebook.engine.profile import Criterion, profile_in
from rulebook.engine.scope.catalogue import Test
from rulebook.engine.scope.matrix import SCENARIOS
from rulebook.engine.scope.scope import Effect, Scope, role_name, web_services
from rulebook.engine.why import Reason

View = dict[str, Any]


def plan_view(plan: Plan, role: str | None, today: date | None = None) -> View:
    """A plan. Each of `steps` has `due`, or `from` and `to` with one of `parts` for each date."""
    what, root = plan.procedure, plan.procedure.root
    due = {each.document.kind: each.due for each in plan.documents}
    papers = [PlannedDocument(each, due.get(each.kind)) for each in documents_of(what.id, root)]
    return {
        "procedure": what.id,
        "title": what.title,
        "role": role,
        "role_name": role_name(role) if role else None,
        "rulebook": edition(root).version,
        "start": str(plan.start),
        "notified_on": str(plan.notified_on),
        "last_day": _day(plan.last_day),
        "entry_criteria": [
            {"id": each.id, "clause": each.clause, "text": each.text} for each in _entry_criteria(what.id, root)
        ],
        "documents": [document_view(each, what.id) for each in papers],
        "excludes": list(what.excludes),
        "steps": [step_view(each) for each in plan.steps],
        "notes": list(plan_notes(plan, today)),
    }


def _entry_criteria(procedure_id: str, root: Path) -> tuple[Criterion, ...]:
    gate = profile_in(procedure_id, root).gate("entry")
    return gate.criteria if gate else ()


def plan_notes(plan: Plan, today: date | None) -> tuple[str, ...]:
    """What to know of a plan that is asked for on a day: what of it lies in the past already."""
    if today is None:
        return ()
    started = (f"The start, {in_words(plan.start)}, lies in the past.",) if plan.start < today else ()
    late = (f"The notice, due on {in_words(plan.notified_on)}, is late already.",) if plan.notified_on < today else ()
    return started or late


def document_view(planned: PlannedDocument, procedure_id: str) -> View:
    """One document of a plan."""
    document = planned.document
    return {
        "kind": document.kind,
        "title": document.title,
        "clause": document.clause,
        "when": document.when,
        "due": _day(planned.due),
        "entry_gate": document.at_entry(procedure_id),
        "exit_gate": document.at_exit(procedure_id),
        "signed_off_by": document.signed_off_by,
    }


def step_view(planned: PlannedStep) -> View:
    """One step of a plan."""
    step = planned.step
    dates: View = {"due": _day(planned.due)}
    if planned.is_period:
        dates = {"from": _day(planned.first), "to": _day(planned.last)}
    return {
        "ref": step.ref,
        "action": step.action,
        "sender": step.sender,
        "recipient": step.recipient,
        "method": step.method,
        "clause": step.clause,
        **dates,
        "conditional": step.conditional,
        "only_if": step.only_if or None,
        "provisional": planned.provisional,
        "information": list(step.information),
        "why": planned.why,
        "skipped": [skipped_view(each) for each in planned.skipped],
        "errata": list(planned.errata),
        "parts": [
            {"key": each.key, "due": _day(each.due), "why": each.why}
            for each in (planned.parts if planned.is_period else ())
        ],
    }


def skipped_view(skipped: Skipped) -> View:
    """A day that was not counted."""
    return {"day": str(skipped.day), "reason": skipped.reason}


def scope_view(scope: Scope, effects: tuple[Effect, ...] = (), root: Path = ROOT) -> View:
    """A scope: one row for each test, the counts, and the slips of the source behind them."""
    return {
        "role": scope.role,
        "role_name": role_name(scope.role) if scope.role else None,
        "rulebook": scope.version,
        "total": len(scope.tests),
        "counts": dict(scope.counts()),
        "generations": {name: sum(test.generation == name for test in scope.tests) for name in ("S1", "S2")},
        "tests": [test_view(test) for test in scope.tests],
        "optional": [test_view(test) for test in scope.optional],
        "srvs": list(scope.srvs),
        "already_certified": list(scope.already),
        "web_services": list(web_services(scope.role, root)) if scope.role else [],
        "descoping": [effect_view(each) for each in effects],
        "errata": [erratum_view(each) for each in scope.errata],
    }


def test_view(test: Test) -> View:
    """One test."""
    return {
        "id": test.id,
        "kind": test.kind,
        "title": test.title,
        "srv": test.srv,
        "variant": test.variant,
        "scenario": SCENARIOS[test.variant] if test.variant else None,
        "generation": test.generation,
        "critical": test.critical,
        "code": test.code,
        "order": test.order,
        "no_later_than": test.no_later_than,
        "condition": test.condition or None,
        "note": test.note or None,
        "clause": test.clause,
    }


def effect_view(effect: Effect) -> View:
    """What descoping one item does."""
    return {
        "kind": effect.item.kind,
        "item": effect.item.item,
        "tests": [test.id for test in effect.tests],
        "srvs_lost": list(effect.srvs_lost),
        "below_minimum": list(effect.below_minimum),
    }


def erratum_view(erratum: Erratum) -> View:
    """One slip of the source."""
    return {
        "id": erratum.id,
        "clause": erratum.clause,
        "printed": erratum.printed,
        "read_as": erratum.read_as,
        "why": erratum.why,
    }


def reason_view(reason: Reason) -> View:
    """One reason."""
    return {
        "subject": reason.subject,
        "kind": reason.kind,
        "answer": reason.answer,
        "clause": reason.clause,
        "rule": reason.rule,
        "inputs": dict(reason.inputs),
        "skipped": [skipped_view(each) for each in reason.skipped],
        "notes": list(reason.notes),
    }


def move_view(move: Move) -> View:
    """One date that would move, and whom it affects."""
    return {
        "change": move.change,
        "key": move.key,
        "ref": move.ref,
        "action": move.action,
        "was": _day(move.was),
        "now": _day(move.now),
        "owed_by": move.sender,
        "owed_to": move.recipient,
        "why": move.why,
    }


def _day(day: date | None) -> str | None:
    return str(day) if day else None
