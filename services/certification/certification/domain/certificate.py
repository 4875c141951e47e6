"""What a certificate says: the fields and the table that its form asks for, and where each value comes from."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from kernel.engagement import Participant, Subject
from rulebook.engine.certificates import CertificateForm
from rulebook.engine.profile import profile

NUMBER = re.compile(r"(?P<prefix>.+?)-(?P<year>\d{4})-(?P<serial>\d{4,})(-[A-Z]+)?")
"""The first numbers had no random letters."""


@dataclass(frozen=True)
class CertifiedSrv:
    """A Service Request variant, how it was tested and on which day it was first certified."""

    srv: str
    route: str
    issued_on: date


@dataclass(frozen=True)
class PrintedField:
    """What is printed above the table: a label and its value."""

    label: str
    value: str


@dataclass(frozen=True)
class RecordsHead:
    """How many stored events there were when a certificate was prepared, and the beginning of the hash that seals
    them: what was stored before can't be changed without contradicting the certificate."""

    position: int
    hash: str


@dataclass(frozen=True)
class Certificate:
    """Everything that is printed. `code` proves that whoever asks for verification has seen the certificate.

    `form` is the id of its form, `rulebook` the edition of the rules by which the engagement was run; together they say
    which sentences stand on it. `srvs` are the Service Requests that it lists, with those of the certificate that it
    `supersedes`. `rehearsal`: it was made out while time was rehearsed, and says so. `rests_on`: on whose
    determination it rests, where the gate's own body had decided otherwise.
    """

    number: str
    form: str
    title: str
    code: str
    procedure: str
    rulebook: str
    subject: Subject
    recipient: Participant
    issuer: str
    fields: tuple[PrintedField, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    srvs: tuple[CertifiedSrv, ...]
    supersedes: str | None
    issued_on: date
    prepared_at: datetime
    signatory: str
    position: str
    verification_url: str
    head: RecordsHead
    rehearsal: bool = False
    rests_on: str | None = None


Values = Mapping[str, str]
"""What can be printed, by its source."""


def form_of(certificate: Certificate) -> CertificateForm:
    """The form of a certificate, in the edition of the rules by which it was made out."""
    forms = profile(certificate.procedure, certificate.rulebook).certificates
    return next(form for form in forms if form.id == certificate.form)


def numbered(prefix: str, year: int, serial: int, random: str) -> str:
    """The number of the `serial`th certificate of a year, for example `TCC-2027-0001-KWQF`.

    `random` makes it another number than the one that was given with the same serial before the database was restored.
    """
    return f"{prefix}-{year}-{serial:04d}-{random}"


def serial_of(number: str) -> tuple[str, int, int]:
    """Prefix, year and serial of a number."""
    match = NUMBER.fullmatch(number)
    if match is None:
        raise ValueError(f"{number} is no number of a certificate")
    return match["prefix"], int(match["year"]), int(match["serial"])


def all_to_date(
    previous: Iterable[CertifiedSrv], tested: Iterable[str], route: str, today: date
) -> tuple[CertifiedSrv, ...]:
    """Every SRV certified to date, once and in the order of its numbers: the new ones join (CTSD 5.21.2)."""
    rows = {row.srv: row for row in previous}
    for srv in tested:
        rows.setdefault(srv, CertifiedSrv(srv, route, today))
    return tuple(sorted(rows.values(), key=lambda row: srv_order(row.srv)))


def srv_order(srv: str) -> tuple[tuple[int, str], ...]:
    """The order of SRVs by the numbers in them: 6.2 comes before 6.15."""
    return tuple((int(part), "") if part.isdecimal() else (0, part) for part in srv.split("."))


def printed(form: CertificateForm, values: Values) -> tuple[PrintedField, ...]:
    """The fields of a form with their values."""
    return tuple(PrintedField(field.label, values[field.source]) for field in form.fields)


def table(form: CertificateForm, rows: Iterable[Values]) -> tuple[tuple[str, ...], ...]:
    """The rows of a form's table."""
    return tuple(tuple(row[column.source] for column in form.columns) for row in rows)


def short_date(day: date) -> str:
    """A day as it stands in a table, for example `07/05/2027`."""
    return f"{day:%d/%m/%Y}"


def long_date(day: date) -> str:
    """A day as it is written, for example `7 May 2027`."""
    return f"{day.day} {day:%B %Y}"


def pdf_name(number: str) -> str:
    """Under which name the PDF of a number lies in the object store."""
    return f"certificates/{number}.pdf"


def json_name(number: str) -> str:
    """Under which name the twin of a number lies in the object store."""
    return f"certificates/{number}.json"
