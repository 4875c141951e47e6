"""The tables of CTSD Annex C as they stand: one row for each Service Request, alert, Response Code or scenario step."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from rulebook.engine.files import ROOT, Entry, distinct, rows

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

INSTALLS: Final[Mapping[str, str]] = MappingProxyType({"IC01": "GS", "IC02": "IS"})
"""The Install and Commission scenarios, each with the role that has it (CTSD 8.1.2)."""

CODES: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "device-alerts": re.compile(r"0x[0-9A-F]{4,5}"),
        "dcc-alerts": re.compile(r"(N|AD)[1-9]\d?"),
        "response-codes": re.compile(r"E\d{2}"),
    }
)
"""How a code of each table is written; one code of a Device Alert has five digits (CTSD 8.1.16)."""

EXAMPLES: Final = MappingProxyType({"device-alerts": "0x8F32", "dcc-alerts": "N24", "response-codes": "E11"})


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

    `condition` is of a DCC Alert: `registered` or `previously-registered`, empty for any User in the role. `critical`
    is of a Device Alert; `None` where the table or the edition does not tell it.
    """

    role: str
    code: str
    name: str
    test: str
    note: str
    condition: str = ""
    critical: bool | None = None


@dataclass(frozen=True)
class ScenarioStep:
    """One step of an Install and Commission scenario, in its prescribed order (CTSD 8.1.2).

    `no_later_than` is the step in which it may still be taken: its own, where the source does not let it wait.
    `critical` tells whether its Service Request is a Critical one in the role's matrix.
    """

    scenario: str
    role: str
    order: int
    step: str
    srv: str
    name: str
    no_later_than: int
    critical: bool


@cache
def service_requests(role: str, root: Path = ROOT) -> tuple[ServiceRequest, ...]:
    """The DUIS matrix of a role (CTSD 8.1.5 to 8.1.11)."""
    found = rows(f"matrix/{role.lower()}.csv", ("srv", "name", "critical", *VARIANTS), root)
    return tuple(_service_request(row) for row in distinct(found, "srv"))


@cache
def coded_tests(table: str, role: str, root: Path = ROOT) -> tuple[CodedTest, ...]:
    """The rows for a role of `device-alerts`, `dcc-alerts` or `response-codes` (CTSD 8.1.12 to 8.1.26)."""
    columns = ("role", "code", "name", "test", "note")
    later = ("critical",) if table == "device-alerts" else ()
    found = distinct(rows(f"matrix/{table}.csv", columns, root, later), "role", "code")
    return tuple(each for each in (_coded(row, table) for row in found) if each.role == role)


@cache
def install_and_commission(role: str, root: Path = ROOT) -> tuple[ScenarioStep, ...]:
    """The Install and Commission scenario of a role, which only suppliers that install have (CTSD 8.1.2)."""
    columns = ("scenario", "role", "order", "step", "srv", "name")
    later = ("no_later_than",)
    found = distinct(rows("matrix/install-and-commission.csv", columns, root, later), "scenario", "order")
    steps = (_scenario_step(row, root) for row in found)
    return tuple(sorted((each for each in steps if each.role == role), key=lambda each: each.order))


@cache
def known_srvs() -> Mapping[str, frozenset[str]]:
    """Every SRV of the source, with the names under which it is printed: one list for every file and edition."""
    found = distinct(rows("srvs.csv", ("srv", "name", "also")), "srv")
    names = {row.text("srv"): {row.text("name"), row.text("also", "")} for row in found}
    return MappingProxyType({srv: frozenset(printed - {""}) for srv, printed in names.items()})


@cache
def minimum_rows(role: str, root: Path = ROOT) -> Mapping[str, str]:
    """The SRVs of a role's minimum set, each with the reason."""
    found = distinct(rows("matrix/minimum-set.csv", ("role", "srv", "why"), root), "role", "srv")
    return MappingProxyType({_request_of_role(row, root).srv: row.text("why") for row in found if _role(row) == role})


def _service_request(row: Entry) -> ServiceRequest:
    return ServiceRequest(
        srv=_srv(row),
        name=_name(row),
        critical=_critical(row),
        cells=MappingProxyType({variant: row.one_of(variant, tuple(GENERATIONS)) for variant in VARIANTS}),
    )


def _critical(row: Entry) -> bool:
    return row.one_of("critical", ("yes", "no")) == "yes"


def _coded(row: Entry, table: str) -> CodedTest:
    test = row.one_of("test", tuple(GENERATIONS))
    condition = _condition(row) if table == "dcc-alerts" else ""
    critical = _critical(row) if "critical" in row.values else None
    return CodedTest(_role(row), _code(row, table), row.text("name"), test, row.text("note", ""), condition, critical)


def _code(row: Entry, table: str) -> str:
    code = row.text("code")
    if not CODES[table].fullmatch(code):
        raise row.wrong(f"{code!r} is no code of these {table}.", f"Write it like {EXAMPLES[table]}.")
    return code


def _condition(row: Entry) -> str:
    notes = {f"{word} {_role(row)}".strip(): condition for word, condition in CONDITIONS.items()}
    return notes[row.one_of("note", tuple(notes))]


def _scenario_step(row: Entry, root: Path) -> ScenarioStep:
    scenario, order = row.one_of("scenario", tuple(INSTALLS)), _number(row, "order", 1)
    row.one_of("role", (INSTALLS[scenario],))
    request = _request_of_role(row, root)
    return ScenarioStep(
        scenario=scenario,
        role=_role(row),
        order=order,
        step=row.text("step"),
        srv=request.srv,
        name=_name(row),
        no_later_than=_number(row, "no_later_than", order) if row.text("no_later_than", "") else order,
        critical=request.critical,
    )


def _number(row: Entry, column: str, least: int) -> int:
    number = row.text(column)
    if not number.isdecimal() or int(number) < least:
        raise row.wrong(f"{column} is {number!r}.", f"Write a whole number from {least}.")
    return int(number)


def _role(row: Entry) -> str:
    return row.one_of("role", ROLES)


def _srv(row: Entry) -> str:
    srv = row.text("srv")
    if srv not in known_srvs():
        meant = f"{srv}0" if f"{srv}0" in known_srvs() else "6.30"
        right = (
            f'Write it as text, for example {meant}; a spreadsheet makes "{meant[:-1]}" of it. All: rulebook/srvs.csv.'
        )
        raise row.wrong(f"{srv!r} is no SRV.", right)
    return srv


def _name(row: Entry) -> str:
    names, name = known_srvs()[_srv(row)], row.text("name")
    if name not in names:
        right = f"Write {' or '.join(map(repr, sorted(names)))}, or add it to rulebook/srvs.csv."
        raise row.wrong(f"{name!r} is not the name of {row.text('srv')}.", right)
    return name


def _request_of_role(row: Entry, root: Path) -> ServiceRequest:
    srv = _srv(row)
    for each in service_requests(_role(row), root):
        if each.srv == srv:
            return each
    raise row.wrong(f"{srv} is not in the role's matrix.", "Name an SRV of the role's own CSV file.")
