"""The tables of CTSD Annex C as they stand: one row for each Service Request, alert, Response Code or scenario step."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from rulebook.errors import broken
from rulebook.files import ROOT, Entry, rows

ROLES: Final = ("IS", "GS", "ES", "ED", "GT", "RSA", "OU")
"""The User Roles, in the order of CTSD 8.1.5 to 8.1.11."""

ROLE_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "IS": "Import Supplier",
        "GS": "Gas Supplier",
        "ES": "Export Supplier",
        "ED": "Electricity Distributor",
        "GT": "Gas Transporter",
        "RSA": "Registered Supplier Agent",
        "OU": "Other User",
    }
)

VARIANTS: Final = (
    "CV1-OD",
    "CV1-FD",
    "CV2-OD",
    "CV3-OD",
    "CV4-OD",
    "CV5-OD",
    "CV5-FD",
    "CV6-OD",
    "CV7-OD",
    "CV8-DCC",
)
"""The columns of the DUIS matrix: command variant and mode (On Demand, Future Dated, DCC Only)."""

SCENARIOS: Final[Mapping[str, str]] = MappingProxyType(
    dict(zip(VARIANTS, (*(f"SR0{number}" for number in range(1, 10)), "SR010"), strict=True))
)
"""The test scenario of each column (CTSD 8.1.3), as printed."""

CONDITIONS: Final[Mapping[str, str]] = MappingProxyType(
    {"": "", "Registered": "registered", "Previously Registered": "previously-registered"}
)
"""For whom a DCC Alert is tested: any User in the role, or one that is, or was, the registered one."""

GENERATIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "n/a": (),
        "mandatory": ("S1", "S2"),
        "mandatory-smets1": ("S1",),
        "mandatory-smets2": ("S2",),
        "optional": ("S1", "S2"),
        "optional-smets2": ("S2",),
    }
)
"""What a cell means: on which generations of Device (SMETS1, SMETS2+) a test is executed (CTSD 8.1.4)."""

SRV: Final = re.compile(r"\d{1,2}(\.\d{1,2}){1,2}")


@dataclass(frozen=True)
class ServiceRequest:
    """One row of a role's DUIS matrix. `cells` tells for each command variant column what is to be tested."""

    srv: str
    name: str
    critical: bool
    cells: Mapping[str, str]


@dataclass(frozen=True)
class CodedTest:
    """One row of an alert or Response Code table: `test` is a cell, `note` tells for whom or under which condition.

    `condition` is of a DCC Alert: `registered` or `previously-registered`, empty for any User in the role.
    """

    role: str
    code: str
    name: str
    test: str
    note: str
    condition: str = ""


@dataclass(frozen=True)
class ScenarioStep:
    """One step of an Install and Commission scenario, in its prescribed order (CTSD 8.1.2)."""

    scenario: str
    role: str
    order: int
    step: str
    srv: str
    name: str


@cache
def service_requests(role: str, root: Path = ROOT) -> tuple[ServiceRequest, ...]:
    """The DUIS matrix of a role (CTSD 8.1.5 to 8.1.11)."""
    file = f"matrix/{role.lower()}.csv"
    found = tuple(_service_request(row) for row in rows(file, ("srv", "name", "critical", *VARIANTS), root))
    for number, each in enumerate(found):
        if each.srv in (other.srv for other in found[:number]):
            raise broken(file, f"line {number + 2}", f"{each.srv} stands twice.", "Write each SRV once.")
    return found


@cache
def coded_tests(table: str, role: str, root: Path = ROOT) -> tuple[CodedTest, ...]:
    """The rows for a role of `device-alerts`, `dcc-alerts` or `response-codes` (CTSD 8.1.12 to 8.1.26)."""
    columns = ("role", "code", "name", "test", "note")
    found = (_coded(row, table == "dcc-alerts") for row in rows(f"matrix/{table}.csv", columns, root))
    return tuple(each for each in found if each.role == role)


@cache
def install_and_commission(role: str, root: Path = ROOT) -> tuple[ScenarioStep, ...]:
    """The Install and Commission scenario of a role, which only suppliers that install have (CTSD 8.1.2)."""
    columns = ("scenario", "role", "order", "step", "srv", "name")
    found = (_scenario_step(row) for row in rows("matrix/install-and-commission.csv", columns, root))
    return tuple(sorted((each for each in found if each.role == role), key=lambda each: each.order))


@cache
def minimum_rows(role: str, root: Path = ROOT) -> Mapping[str, str]:
    """The SRVs of a role's minimum set, each with the reason."""
    known = {each.srv for each in service_requests(role, root)}
    found: dict[str, str] = {}
    for row in rows("matrix/minimum-set.csv", ("role", "srv", "why"), root):
        if _role(row) == role:
            found[_known_srv(row, known)] = row.text("why")
    return MappingProxyType(found)


def _service_request(row: Entry) -> ServiceRequest:
    return ServiceRequest(
        srv=_srv(row),
        name=row.text("name"),
        critical=row.one_of("critical", ("yes", "no")) == "yes",
        cells=MappingProxyType({variant: row.one_of(variant, tuple(GENERATIONS)) for variant in VARIANTS}),
    )


def _coded(row: Entry, of_dcc: bool) -> CodedTest:
    test = row.one_of("test", tuple(GENERATIONS))
    condition = _condition(row) if of_dcc else ""
    return CodedTest(_role(row), row.text("code"), row.text("name"), test, row.text("note"), condition)


def _condition(row: Entry) -> str:
    notes = {f"{word} {_role(row)}".strip(): condition for word, condition in CONDITIONS.items()}
    return notes[row.one_of("note", tuple(notes))]


def _scenario_step(row: Entry) -> ScenarioStep:
    order = row.text("order")
    if not order.isdecimal():
        raise row.wrong(f"order is {order!r}.", "Write a whole number from 1.")
    return ScenarioStep(row.text("scenario"), _role(row), int(order), row.text("step"), _srv(row), row.text("name"))


def _role(row: Entry) -> str:
    return row.one_of("role", ROLES)


def _srv(row: Entry) -> str:
    srv = row.text("srv")
    if not SRV.fullmatch(srv):
        raise row.wrong(f"{srv!r} is no SRV.", 'Write it as text, for example 6.30; a spreadsheet makes "6.3" of it.')
    return srv


def _known_srv(row: Entry, known: set[str]) -> str:
    srv = _srv(row)
    if srv not in known:
        raise row.wrong(f"{srv} is not in the role's matrix.", "Name an SRV of the role's own CSV file.")
    return srv
