"""What a procedure's file names beside its steps: events, outcomes, and the notice, which stands twice."""

from pathlib import Path

from rulebook.files import Entry, distinct, entries, events, head, read_toml
from rulebook.procedures import HEAD, KEYS, procedure


def check_procedure(procedure_id: str, root: Path) -> None:
    """Refuse an event or an outcome that does not exist, and a notice that differs from that of the first step."""
    file = f"procedures/{procedure_id}.toml"
    found = entries(file, "steps", KEYS, name="ref", root=root) if "steps" in read_toml(file, root) else ()
    for entry in distinct(found, "ref"):
        _check_outcomes(entry, {out for fact in entry.texts("completed_by") for out in _outcomes(entry, fact)})
    _check_notice(procedure_id, head(file, HEAD, root), root)


def _outcomes(entry: Entry, fact: str) -> tuple[str, ...]:
    return events()[entry.event(fact, "completed_by")]


def _check_outcomes(entry: Entry, known: set[str]) -> None:
    named = [("outcome", entry.values["outcome"])] if "outcome" in entry.values else []
    for key, outcome in (*named, *(("then", each) for each in entry.values.get("then", {}))):
        if outcome not in known:
            right = f"Known: {', '.join(sorted(known)) or 'none, the event has no outcome'}."
            raise entry.wrong(f"{outcome!r} is no outcome of what completes the step.", right, key)


def _check_notice(procedure_id: str, top: Entry, root: Path) -> None:
    read = procedure(procedure_id, root)
    for step in read.steps:
        if step.clause == read.notice_clause and step.timing.working_days != read.notice_working_days:
            right = f"Write {step.timing.working_days}, or change the timing of step {step.ref}."
            problem = f"notice_working_days is {read.notice_working_days}."
            raise top.wrong(problem, right, "notice_working_days")
