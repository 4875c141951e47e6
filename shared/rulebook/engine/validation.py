"""Reads a whole edition at once, so that whoever edits the data learns of every kind of mistake before it is used."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from rulebook.engine.certificates import certificate_forms
from rulebook.engine.checks import checks
from rulebook.engine.dating.working_days import Division, calendar
from rulebook.engine.documents import documents
from rulebook.engine.editions import edition
from rulebook.engine.emails import email_forms
from rulebook.engine.errata import errata
from rulebook.engine.errors import RulebookError
from rulebook.engine.files import ROOT, located
from rulebook.engine.gate_reading import criteria
from rulebook.engine.glossary import glossary
from rulebook.engine.lists import lists
from rulebook.engine.procedures import procedure_ids
from rulebook.engine.profile import profile_in
from rulebook.engine.routes import routes
from rulebook.engine.scope.matrix import ROLES, minimum_rows
from rulebook.engine.scope.packs import pack, pack_ids
from rulebook.engine.scope.scope import scope
from rulebook.engine.severities import severities
from rulebook.engine.suspension import grounds, report_items
from rulebook.engine.tasks import task_forms
from rulebook.engine.thresholds import thresholds
from rulebook.engine.why import states

READERS: Mapping[str, tuple[Callable[[Path], object], ...]] = MappingProxyType(
    {
        "checks.toml": (checks,),
        "artefacts.toml": (documents,),
        "errata.toml": (errata,),
        "routes.toml": (routes,),
        "thresholds.toml": (thresholds,),
        "criteria.toml": (criteria,),
        "certificates.toml": (certificate_forms,),
        "emails.toml": (email_forms,),
        "lists.toml": (lists,),
        "severities.toml": (severities,),
        "suspension.toml": (grounds, report_items),
        "states.toml": (states,),
        "tasks.toml": (task_forms,),
        "glossary.toml": (glossary,),
    }
)
"""What reads each file that a document may have."""


def mistakes(root: Path = ROOT) -> tuple[str, ...]:
    """Every mistake in an edition's data, each once, at most one from each reader; none when the edition is sound."""
    return tuple(dict.fromkeys(str(error) for error in _refused(root)))


def _refused(root: Path) -> Iterator[RulebookError]:
    for read in _readers(root):
        try:
            read(root)
        except RulebookError as error:
            yield error


def _readers(root: Path) -> Iterator[Callable[[Path], object]]:
    yield edition
    yield from (read for file, readers in READERS.items() if located(file, root).is_file() for read in readers)
    yield from (partial(profile_in, each) for each in procedure_ids(root))
    yield from (partial(pack, each) for each in pack_ids(root))
    yield from (partial(_of_role, each) for each in ROLES if (root / "matrix").is_dir())
    yield from (partial(_of_division, each) for each in Division)


def _of_role(role: str, root: Path) -> None:
    scope(role, root=root)
    minimum_rows(role, root)


def _of_division(division: Division, root: Path) -> None:
    calendar(division, root=root)
