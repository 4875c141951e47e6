"""The forms of certificates: what stands on each, where it comes from, and what its issue does (CTSD Annex E)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, cast

from rulebook.engine.files import ROOT, Entry, distinct, entries
from rulebook.engine.lists import LISTED, lists

FILE: Final = "certificates.toml"
PREFIX: Final = re.compile(r"[A-Z][A-Z0-9]*")
KEYS: Final = (
    "id",
    "clause",
    "number_prefix",
    "title",
    "heading",
    "salutation",
    "statement",
    "table_note",
    "fields",
    "rows",
    "columns",
    "closing",
    "effect",
    "reissues",
)
Rows = Literal["srvs", "tests", "none"]
ROWS: Final = ("srvs", "tests", "none")
SOURCES: Final = ("recipient.name", "recipient.organisation", "issuer", "issued-on", "number", "subject.name")
"""Where a field's value comes from; beside these, `subject.` and a field of the procedure's subject."""
OF_SUBJECT: Final = "subject."
COLUMNS: Final[Mapping[Rows, tuple[str, ...]]] = MappingProxyType(
    {"srvs": ("srv", "route", "issued-on"), "tests": ("test", "title", "route", "issued-on", "outcome"), "none": ()}
)
"""What a column can say, by what the table has a row each of."""
ELIGIBILITY: Final = "eligibility"
EFFECTS: Final = (ELIGIBILITY, "none")
OF_REGISTER: Final = ("party", "role")
"""The fields of a subject by which the eligibility register is kept."""


@dataclass(frozen=True)
class Field:
    """What stands on a certificate: a label, and where its value comes from."""

    label: str
    source: str


@dataclass(frozen=True)
class CertificateForm:
    """A form, as a procedure uses it. `route` is what a row says of a test of this procedure.

    `effect` is `eligibility`, `list:<id>` or `none`. `reissues`: it supersedes the recipient's earlier certificate of
    this form for the same subject, and lists everything to date.
    """

    id: str
    clause: str
    number_prefix: str
    title: str
    heading: str
    salutation: str
    statement: str
    table_note: str
    fields: tuple[Field, ...]
    rows: Rows
    columns: tuple[Field, ...]
    closing: tuple[str, ...]
    effect: str
    reissues: bool
    route: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels above the table."""
        return tuple(each.label for each in self.fields)

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of the table's columns."""
        return tuple(each.label for each in self.columns)

    def used_in(self, route: str) -> "CertificateForm":
        """The form as a procedure uses it, by what is said of its tests."""
        return replace(self, route=route)

    @property
    def has_route(self) -> bool:
        """Whether its rows say as what each was tested."""
        return self.rows == "srvs" or any(each.source == "route" for each in self.columns)

    @property
    def makes_eligible(self) -> bool:
        """Whether its issue adds its Service Requests to the eligibility register."""
        return self.effect == ELIGIBILITY

    @property
    def lists(self) -> str | None:
        """The id of the list to which its issue adds an entry."""
        return self.effect.removeprefix(LISTED) if self.effect.startswith(LISTED) else None


@cache
def certificate_forms(root: Path = ROOT) -> tuple[CertificateForm, ...]:
    """Every form."""
    return tuple(_form(entry, root) for entry in distinct(entries(FILE, "form", KEYS, name="id", root=root), "id"))


def _form(entry: Entry, root: Path) -> CertificateForm:
    rows = cast(Rows, entry.one_of("rows", ROWS))
    return CertificateForm(
        id=entry.text("id"),
        clause=entry.clause(),
        number_prefix=_prefix(entry),
        title=entry.text("title"),
        heading=entry.text("heading"),
        salutation=entry.text("salutation"),
        statement=entry.text("statement"),
        table_note=entry.text("table_note", "" if rows == "none" else None),
        fields=tuple(_field(each) for each in entry.tables("fields")),
        rows=rows,
        columns=tuple(_column(each, rows) for each in entry.tables("columns")),
        closing=_closing(entry),
        effect=_effect(entry, rows, root),
        reissues=entry.flag("reissues"),
    )


def _field(entry: Entry) -> Field:
    entry.only(("label", "source"))
    source = entry.text("source")
    if source not in SOURCES and not source.startswith(OF_SUBJECT):
        known = ", ".join((*SOURCES, f"{OF_SUBJECT}<field>"))
        raise entry.wrong(f"source is {source!r}.", f"Known: {known}.", "source")
    return Field(entry.text("label"), source)


def _column(entry: Entry, rows: Rows) -> Field:
    entry.only(("label", "source"))
    return Field(entry.text("label"), entry.one_of("source", COLUMNS[rows]))


def _closing(entry: Entry) -> tuple[str, ...]:
    lines = entry.texts("closing")
    if len(lines) < 2:
        right = "Write the farewell first, and for whom it is signed last."
        raise entry.wrong(f"closing is {list(lines)}.", right, "closing")
    return lines


def _prefix(entry: Entry) -> str:
    prefix = entry.text("number_prefix")
    if not PREFIX.fullmatch(prefix):
        raise entry.wrong(f"number_prefix is {prefix!r}.", 'Write capitals, for example "TCC".', "number_prefix")
    return prefix


def _effect(entry: Entry, rows: Rows, root: Path) -> str:
    effect = entry.one_of("effect", (*EFFECTS, *(f"{LISTED}{each.id}" for each in lists(root))))
    if effect == ELIGIBILITY and rows != "srvs":
        right = 'Write rows = "srvs", or another effect.'
        raise entry.wrong("it makes eligible for the Service Requests that it lists, and lists none.", right, "effect")
    return effect
