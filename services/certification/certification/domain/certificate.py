"""What a Test Completion Certificate says, in the form of CTSD Annex E."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from rulebook.engine.certificates import Route


@dataclass(frozen=True)
class CertifiedSrv:
    """A Service Request variant, how it was tested and on which day it was first certified."""

    srv: str
    route: Route
    issued_on: date


@dataclass(frozen=True)
class RecordsHead:
    """How many stored events there were when a certificate was prepared, and the beginning of the hash that seals
    them: what was stored before can't be changed without contradicting the certificate."""

    position: int
    hash: str


@dataclass(frozen=True)
class Certificate:
    """Everything that is printed. `code` proves that whoever asks for verification has seen the certificate;
    `rulebook` is the edition of the rules by which the engagement was run; older certificates carry no `head`.
    `rehearsal`: it was made out while time was rehearsed, and says so."""

    number: str
    code: str
    procedure: str
    rulebook: str
    party: str
    party_name: str
    role: str
    role_name: str
    srvs: tuple[CertifiedSrv, ...]
    issued_on: date
    prepared_at: datetime
    signatory: str
    position: str
    verification_url: str
    head: RecordsHead | None = None
    rehearsal: bool = False


def numbered(year: int, serial: int) -> str:
    """The number of the `serial`th certificate of a year, for example `TCC-2027-0001`."""
    return f"TCC-{year}-{serial:04d}"


def all_to_date(
    previous: Iterable[CertifiedSrv], tested: Iterable[str], route: Route, today: date
) -> tuple[CertifiedSrv, ...]:
    """Every SRV certified to date, once and in the order of its numbers: the new ones join (CTSD 5.21.2)."""
    rows = {row.srv: row for row in previous}
    for srv in tested:
        rows.setdefault(srv, CertifiedSrv(srv, route, today))
    return tuple(sorted(rows.values(), key=lambda row: srv_order(row.srv)))


def srv_order(srv: str) -> tuple[tuple[int, str], ...]:
    """The order of SRVs by the numbers in them: 6.2 comes before 6.15."""
    return tuple((int(part), "") if part.isdecimal() else (0, part) for part in srv.split("."))
