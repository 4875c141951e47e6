"""The form of the certificate that ends an engagement (CTSD Annex E)."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, Literal, cast

from rulebook.engine.applicability import procedures_of, the_one_of
from rulebook.engine.errors import RulebookError
from rulebook.engine.files import ROOT, Entry, entries

FILE: Final = "certificate.toml"
Route = Literal["UEPT", "Additional SR Testing"]
ROUTES: Final = ("UEPT", "Additional SR Testing")
KEYS: Final = (
    "id",
    "clause",
    "procedures",
    "reissued_for",
    "title",
    "heading",
    "salutation",
    "statement",
    "table_note",
    "labels",
    "columns",
    "route",
    "routes",
    "closing",
)


@dataclass(frozen=True)
class CertificateForm:
    """Headings, labels and columns. `route` is what the second column says of an SRV tested in this procedure."""

    id: str
    clause: str
    title: str
    heading: str
    salutation: str
    statement: str
    table_note: str
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    route: Route
    closing: tuple[str, ...]


@cache
def certificate_form(procedure_id: str, root: Path = ROOT) -> CertificateForm:
    """The form for a kind of engagement."""
    entry = the_one_of(procedure_id, entries(FILE, "form", KEYS, name="id", root=root), root)
    if entry is not None:
        return _form(entry, procedure_id)
    raise RulebookError(f"rulebook/{FILE} has no form for {procedure_id!r}. Add it to the procedures of a form.")


@cache
def reissued_form(procedure_id: str, root: Path = ROOT) -> CertificateForm | None:
    """The form that is re-issued beside that of a kind of engagement, with what it added (CTSD 5.21.2)."""
    for entry in entries(FILE, "form", KEYS, name="id", root=root):
        if procedure_id in procedures_of(entry, root, "reissued_for"):
            return replace(_form(entry, procedure_id), route=certificate_form(procedure_id, root).route)
    return None


def _form(entry: Entry, procedure_id: str) -> CertificateForm:
    return CertificateForm(
        id=entry.text("id"),
        clause=entry.clause(),
        title=entry.text("title"),
        heading=entry.text("heading"),
        salutation=entry.text("salutation"),
        statement=entry.text("statement"),
        table_note=entry.text("table_note"),
        labels=entry.texts("labels"),
        columns=entry.texts("columns"),
        route=_route(entry, procedure_id),
        closing=entry.texts("closing"),
    )


def _route(entry: Entry, procedure_id: str) -> Route:
    default = entry.one_of("route", ROUTES)
    return cast(Route, entry.part("routes", entry.values.get("routes", {})).one_of(procedure_id, ROUTES, default))
