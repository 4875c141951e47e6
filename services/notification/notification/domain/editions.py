"""Under which rules an engagement begins: those in force on the day of its notice."""

from datetime import date
from pathlib import Path

from notification.domain.refusals import ProcedureUnknown
from rulebook.engine.editions import Edition, documents_in_force, editions, in_force
from rulebook.engine.procedures import run_by_services
from rulebook.engine.profile import Profile, profile


def profile_on(procedure_id: str, day: date) -> Profile:
    """The profile of a procedure on a day. Refused: one that is unknown, or can only be planned so far."""
    found = {each: edition.version for edition in _editions_on(day) for each in run_by_services(edition.root)}
    if procedure_id not in found:
        raise ProcedureUnknown(procedure_id, known=", ".join(found))
    return profile(procedure_id, found[procedure_id])


def _editions_on(day: date) -> list[Edition]:
    return [_edition_on(day, root) for root in documents_in_force()]


def _edition_on(day: date, root: Path) -> Edition:
    """The edition of a document in force on a day; on one before the first edition, in rehearsal, the first."""
    return in_force(max(day, editions(root)[0].effective_from), root)
