"""The profile of a procedure: all that differs between kinds of engagement, assembled from its document's data.

Services ask it, and name no procedure, clause, step, gate, criterion, artefact kind or form themselves (decision 19).
What does not fit together is refused as it is read.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeVar, cast

from kernel.audience import DUTIES, Duty
from rulebook.engine.certificates import FILE as CERTIFICATES
from rulebook.engine.certificates import CertificateForm, certificate_forms
from rulebook.engine.documents import Document, documents_of
from rulebook.engine.editions import documents_in_force, edition, root_of
from rulebook.engine.errors import RulebookError
from rulebook.engine.files import Entry, located
from rulebook.engine.gate_reading import gates
from rulebook.engine.procedure_file import ProcedureFile, procedure_file, procedure_ids
from rulebook.engine.procedures import NOTICE, ROLE, procedure
from rulebook.engine.profile_checks import misfits
from rulebook.engine.profile_parts import (
    CODES,
    PARTY,
    Criterion,
    Execution,
    Gate,
    Judge,
    Link,
    Notice,
    Phase,
    Profile,
    RoleForm,
    ScopeSource,
    SubjectForm,
)
from rulebook.engine.routes import NOBODY, Route, routes
from rulebook.engine.scope.packs import pack, pack_ids
from rulebook.engine.suspension import grounds
from rulebook.engine.thresholds import thresholds

__all__ = [
    "PARTY",
    "Criterion",
    "Execution",
    "Gate",
    "Judge",
    "Link",
    "Notice",
    "Phase",
    "Profile",
    "RoleForm",
    "ScopeSource",
    "SubjectForm",
    "procedures",
    "profile",
    "profile_in",
]

ASKS: Final = ("descoping", "service-requests")
SOURCES: Final = ("matrix", "chosen", "pack", "none")


class Known(Protocol):
    """A row that is known by its id."""

    @property
    def id(self) -> str: ...


R = TypeVar("R", bound=Known)


def procedures() -> tuple[str, ...]:
    """Every procedure of every document in force."""
    return tuple(sorted(each for root in documents_in_force() for each in procedure_ids(root)))


def profile(procedure_id: str, rulebook: str | None = None) -> Profile:
    """The profile of a procedure by an edition, or by the one in force today."""
    if rulebook is not None:
        return profile_in(procedure_id, root_of(rulebook))
    for root in documents_in_force():
        if procedure_id in procedure_ids(root):
            return profile_in(procedure_id, root)
    raise RulebookError(f"There is no procedure {procedure_id!r}. Known: {', '.join(procedures())}.")


@cache
def profile_in(procedure_id: str, root: Path) -> Profile:
    """The profile of a procedure by the edition of a folder."""
    steps = procedure(procedure_id, root)
    file = procedure_file(procedure_id, root)
    subject, roles = _subject(file), _roles(file)
    artefacts = _artefacts(file, roles)
    forms = certificate_forms(root) if located(CERTIFICATES, root).is_file() else ()
    known: dict[str, Mapping[str, Any]] = {
        "kind": {each.kind: each for each in artefacts},
        "form": {each.id: each for each in forms},
    }
    found = Profile(
        id=procedure_id,
        title=steps.title,
        document=edition(root).document,
        rulebook=edition(root).version,
        root=root,
        subject=subject,
        roles=roles,
        notice=_notice(file),
        procedure=steps,
        scope=_scope(file),
        artefacts=artefacts,
        gates=gates(file, roles, known),
        execution=_execution(file),
        thresholds=_rows(file, "thresholds", thresholds),
        routes=_routes(file, roles),
        certificates=_certificates(file),
        suspension=_rows(file, "suspension", grounds),
    )
    for mistake in misfits(found, file):
        raise mistake
    return found


def _subject(file: ProcedureFile) -> SubjectForm:
    entry = file.table("subject", ("kind", "key", "name", "codes"))
    key, codes = entry.texts("key"), entry.part("codes", entry.table("codes"))
    if not key:
        raise entry.wrong(
            "key is empty.", 'Name the fields that make it up, for example key = ["party", "role"].', "key"
        )
    codes.only(key)
    of = {name: codes.one_of(name, tuple(CODES)) for name in codes.values}
    form = SubjectForm(entry.text("kind"), key, entry.text("name"), MappingProxyType(of))
    if not form.can_fill(form.name):
        raise entry.wrong(f"name is {form.name!r}.", f"Name it with its fields in braces: {form.in_braces}.", "name")
    return form


def _roles(file: ProcedureFile) -> Mapping[str, RoleForm]:
    found = {name: _role(name, entry) for name, entry in file.named("roles", ROLE).items()}
    if not any("start" in role.may for role in found.values()):
        raise file.owner("roles").wrong("no role starts it.", 'Give one may = ["start", ...].', "roles")
    return MappingProxyType(found)


def _role(name: str, entry: Entry) -> RoleForm:
    may = entry.known("may", DUTIES, "a duty")
    if not may:
        raise entry.wrong(f"the role {name!r} does nothing.", f"Give it a duty: {', '.join(DUTIES)}.", "may")
    return RoleForm(name, entry.text("title"), frozenset(cast(tuple[Duty, ...], may)), entry.flag("organisation"))


def _notice(file: ProcedureFile) -> Notice:
    entry = file.table("notice", NOTICE)
    asks = frozenset(entry.known("asks", ASKS, "what a notice can ask"))
    return Notice(entry.number("working_days"), entry.clause(), entry.texts("confirmations"), asks)


def _scope(file: ProcedureFile) -> ScopeSource:
    entry = file.table("scope", ("from", "agreed_by", "pack"))
    source = cast(Any, entry.one_of("from", SOURCES))
    agreed = cast(Any, entry.one_of("agreed_by", ("artefacts", "notice")))
    if (source == "pack") != ("pack" in entry.values):
        raise entry.wrong("a pack belongs to the scope from a pack.", 'Write from = "pack" and pack = "...".', "from")
    if source != "pack":
        return ScopeSource(source, agreed)
    return ScopeSource(source, agreed, pack(entry.one_of("pack", pack_ids(file.root)), file.root))


def _execution(file: ProcedureFile) -> Execution:
    entry = file.table("execution", ("begins_with", "ends_with"))
    begins = cast(Any, entry.one_of("begins_with", ("connectivity", "nothing")))
    return Execution(begins, cast(Any, entry.one_of("ends_with", ("report", "evidence", "nothing"))))


def _artefacts(file: ProcedureFile, roles: Mapping[str, RoleForm]) -> tuple[Document, ...]:
    found = documents_of(file.id, file.root)
    for each in found:
        _only_roles(file, "artefacts", f"artefact {each.kind!r}", (each.provided_by, each.reviewed_by), roles)
    return found


def _routes(file: ProcedureFile, roles: Mapping[str, RoleForm]) -> tuple[Route, ...]:
    found = _rows(file, "routes", routes)
    for each in found:
        named = (*each.referred_by, *each.terms, each.body, *({each.appeal, each.final} - set(NOBODY)))
        _only_roles(file, "routes", f"route {each.id!r}", named, roles)
    return found


def _certificates(file: ProcedureFile) -> tuple[CertificateForm, ...]:
    found = _rows(file, "certificates", certificate_forms)
    tested_as = file.owner("tested_as").text("tested_as", "") if found else ""
    return tuple(form.used_in(tested_as) for form in found)


def _rows(file: ProcedureFile, key: str, read: Callable[[Path], Sequence[R]]) -> tuple[R, ...]:
    """The rows of another file that a procedure names, in its order."""
    owner = file.owner(key)
    if not owner.texts(key):
        return ()
    every = {each.id: each for each in read(file.root)}
    return tuple(every[each] for each in owner.known(key, every, f"one of {key}.toml"))


def _only_roles(file: ProcedureFile, key: str, what: str, named: Iterable[str], roles: Mapping[str, RoleForm]) -> None:
    for each in named:
        if each not in roles:
            right = f"Name one of {', '.join(roles)}, or give the procedure the role."
            raise file.owner(key).wrong(f"the {what} names {each!r}, which is no role of the procedure.", right, key)
