"""Every test of a User Role, made from the tables of CTSD Annex C.

`Mandatory` in a cell is one test on a SMETS1 Device and one on a SMETS2+ Device (CTSD 8.1.4).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from rulebook.engine.files import ROOT
from rulebook.engine.scope.matrix import GENERATIONS, ROLES, coded_tests, install_and_commission, service_requests

TestKind = Literal[
    "install-and-commission",
    "service-request",
    "device-alert",
    "dcc-alert",
    "response-code",
    "self-service-interface",
    "planned-test",
]
CODED: Final[tuple[tuple[TestKind, str], ...]] = (("device-alert", "DA"), ("dcc-alert", "AL"), ("response-code", "RC"))
FIRST_CLAUSE: Final[Mapping[TestKind, int]] = MappingProxyType(
    {"service-request": 5, "device-alert": 13, "dcc-alert": 19}
)
"""The clause CTSD 8.1.n of the first role's table; those of the other roles follow in the order of the roles."""
ONE_CLAUSE: Final[Mapping[TestKind, str]] = MappingProxyType(
    {
        "install-and-commission": "CTSD 8.1.2",
        "response-code": "CTSD 8.1.26",
        "self-service-interface": "CTSD 8.1.27",
    }
)
SSI_TITLE: Final = "Self Service Interface: log in and reach it"


@dataclass(frozen=True)
class Test:
    """One test. `id` never changes; `generation` is S1 (SMETS1) or S2 (SMETS2+); `order` counts where it is prescribed.

    `critical` tells whether a Service Request or a Device Alert is a Critical one, `None` where that is not said of
    any; `note` for whom or under which condition it applies, `condition` the same of a DCC Alert in a word; `clause`
    is where its table stands. `no_later_than` is the step of the scenario in which it may still be taken.
    """

    __test__ = False

    id: str
    kind: TestKind
    title: str
    srv: str | None = None
    variant: str | None = None
    generation: str | None = None
    code: str | None = None
    order: int | None = None
    critical: bool | None = None
    note: str = ""
    condition: str = ""
    clause: str = ""
    no_later_than: int | None = None

    def follows(self, other: "Test") -> bool:
        """Whether another step of its scenario must have been taken before (CTSD 8.1.2)."""
        if self.code != other.code or self.order is None or other.order is None:
            return False
        return other.order < self.order and (other.no_later_than or 0) <= (self.no_later_than or 0)


@cache
def mandatory_tests(role: str, root: Path = ROOT) -> tuple[Test, ...]:
    """Every test that a role must execute when nothing is descoped."""
    return tuple(_all(role, "mandatory", root))


@cache
def optional_tests(role: str, root: Path = ROOT) -> tuple[Test, ...]:
    """The tests that a role may execute."""
    return tuple(_all(role, "optional", root))


def clause_of(kind: TestKind, role: str) -> str:
    """Where the tests of a kind stand for a role, for example `CTSD 8.1.7`."""
    first = FIRST_CLAUSE.get(kind)
    return ONE_CLAUSE[kind] if first is None else f"CTSD 8.1.{first + ROLES.index(role)}"


def _all(role: str, need: str, root: Path) -> Iterator[Test]:
    if need == "mandatory":
        yield from _install_and_commission(role, root)
    yield from _service_requests(role, need, root)
    for kind, prefix in CODED:
        yield from _coded(role, kind, prefix, need, root)
    if need == "mandatory":
        clause = clause_of("self-service-interface", role)
        yield Test("SSI", "self-service-interface", SSI_TITLE, clause=clause)


def _install_and_commission(role: str, root: Path) -> Iterator[Test]:
    for step in install_and_commission(role, root):
        yield Test(
            id=f"IC:{step.scenario}:{step.order}",
            kind="install-and-commission",
            title=f"{step.scenario} step {step.order}, {step.step}: {step.name}",
            srv=step.srv,
            generation="S2",
            code=step.scenario,
            order=step.order,
            critical=step.critical,
            no_later_than=step.no_later_than,
            clause=clause_of("install-and-commission", role),
        )


def _service_requests(role: str, need: str, root: Path) -> Iterator[Test]:
    for request in service_requests(role, root):
        for variant, cell in request.cells.items():
            for generation in _generations(cell, need):
                yield Test(
                    id=f"SR:{request.srv}:{variant}:{generation}",
                    kind="service-request",
                    title=request.name,
                    srv=request.srv,
                    variant=variant,
                    generation=generation,
                    critical=request.critical,
                    clause=clause_of("service-request", role),
                )


def _coded(role: str, kind: TestKind, prefix: str, need: str, root: Path) -> Iterator[Test]:
    for row in coded_tests(f"{kind}s", role, root):
        for generation in _generations(row.test, need):
            yield Test(
                id=f"{prefix}:{row.code}:{generation}",
                kind=kind,
                title=row.name,
                generation=generation,
                code=row.code,
                note=row.note,
                condition=row.condition,
                critical=row.critical,
                clause=clause_of(kind, role),
            )


def _generations(cell: str, need: str) -> tuple[str, ...]:
    return GENERATIONS[cell] if cell.startswith(need) else ()
