"""The demo: starts the stack, runs the scenario of one engagement on it, and shows what came of it."""

import json
import secrets
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from assay_lab.api_client import Refused
from assay_lab.scenario import Scenario, ScenarioResult, Target, Tell
from assay_stack import stack
from assay_stack.home import CHECKOUT, Home
from assay_stack.token import make_token
from kernel.failure import Failure
from rulebook.engine.dating.working_days import DayOutsideCalendar
from rulebook.engine.profile import RoleForm, profile
from rulebook.engine.scope.scope import role_name

EXAMPLES = CHECKOUT / "examples"
EXAMPLE = EXAMPLES / "uept-export-supplier"
BEFORE = "eligible-by.json"
"""Names the example by which the Party of an example became eligible in its User Role."""
TOKEN_MINUTES = 120
WIDE = 160
"""Columns, where the output is no terminal."""

aside = Console(stderr=True, highlight=False, soft_wrap=True)
screen = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def main(procedure: str, as_json: bool) -> None:
    """Run the demo of a procedure; the stack stays up."""
    example = example_of(procedure)
    home = Home.here()
    addresses = stack.up(home, lambda text: aside.print(text, markup=False))
    began = time.monotonic()
    result = _tell(home, addresses, example)
    seconds = time.monotonic() - began
    pdf, twin = _keep(home, result)
    summary = {
        "engagement_id": result.engagement,
        "party": result.party,
        "certificates": [each["number"] for each in result.certificates],
        "certificate_pdf": str(pdf),
        "certificate_json": str(twin),
        "verification_url": result.certificate["links"]["verification"],
        "verification": result.verification,
        "eligibility": result.eligibility,
        "timeline": result.timeline["steps"],
        "gateway_url": addresses["gateway"],
        "addresses": addresses,
        "seconds": round(seconds, 1),
    }
    if as_json:
        print(json.dumps(summary, indent=2))
    else:
        _show(summary, result.certificates, profile(procedure).roles)


def local_target(home: Home, addresses: dict[str, str]) -> Target:
    """A stack as the scenario sees it."""
    return Target(
        addresses["gateway"],
        addresses["kafka"],
        lambda role, party: make_token(home, role, party, TOKEN_MINUTES).value,
    )


def example_of(procedure: str) -> Path:
    """The folder with what is sent in the engagement of a procedure."""
    found = {folder.name.removesuffix("-export-supplier"): folder for folder in EXAMPLES.glob("*-export-supplier")}
    if procedure not in found:
        raise Failure(f"There is no demo of {procedure!r}.", f"Name one of {', '.join(sorted(found))}.")
    return found[procedure]


def run_example(target: Target, example: Path, party: str, tell: Tell) -> tuple[ScenarioResult, ...]:
    """Run an example's engagement, after the one by which its Party became eligible, where it names one."""
    if not (example / BEFORE).exists():
        return (Scenario(target, example, party, tell).run(),)
    before = EXAMPLES / json.loads((example / BEFORE).read_text())["example"]
    eligible = Scenario(target, before, party, tell).run()
    return (eligible, Scenario(target, example, party, tell, acceded=True).run())


def fresh_party(example: Path) -> str:
    """The example's Party under a signifier of its own, so that the demo can be run again on the same stack."""
    own = example / "party.json"
    signifier = json.loads((own if own.exists() else EXAMPLE / "party.json").read_text())["signifier"]
    return f"{signifier}-{secrets.token_hex(2).upper()}"


def _tell(home: Home, addresses: dict[str, str], example: Path) -> ScenarioResult:
    def tell(day: date, who: str, what: str) -> None:
        aside.print(f"{day:%a %d %b %Y}  {who:<18}  {what}", markup=False)

    try:
        return run_example(local_target(home, addresses), example, fresh_party(example), tell)[-1]
    except Refused as refused:
        raise Failure(f"The gateway refused a step of the scenario: {refused}", "See `./assay logs`.") from refused
    except DayOutsideCalendar as outside:
        raise Failure(
            f"The stack's clock has come to the end of the calendar: {outside.message}",
            "Empty the stack with `./assay reset`, or set another ASSAY_HOME, and start the demo again.",
        ) from outside


def _keep(home: Home, result: ScenarioResult) -> tuple[Path, Path]:
    """The certificate's two forms, as files."""
    folder = home.folder / "demo" / result.engagement
    folder.mkdir(parents=True, exist_ok=True)
    pdf, twin = folder / "certificate.pdf", folder / "certificate.json"
    pdf.write_bytes(result.pdf)
    twin.write_bytes(result.twin)
    return pdf, twin


def _show(summary: dict[str, Any], certificates: Sequence[Mapping[str, Any]], roles: Mapping[str, RoleForm]) -> None:
    timeline = Table("step", "action", "of", "due", "done", "by", "in time", title="Timeline", box=None)
    for step in summary["timeline"]:
        if step["state"] in ("not-applicable", "withdrawn"):
            continue
        in_time = {True: "yes", False: "late", None: ""}[step["in_time"]]
        done = _day(step["done_on"]) or step["state"]
        owner = roles[step["from"]].title
        timeline.add_row(step["key"], step["action"], owner, _day(step["due"]), done, step["done_by"] or "", in_time)
    screen.print(timeline)
    eligibility = Table("role", "SRV", "since", "certificate", title="Eligible for", box=None)
    for row in summary["eligibility"]:
        eligibility.add_row(role_name(row["role"]), row["srv"], _day(row["since"]), row["certificate"])
    screen.print(eligibility)
    for name, value in (
        ("engagement, which is its trace", summary["engagement_id"]),
        *(("certificate", f"{each['number']}, {each['title']}") for each in certificates),
        ("the last one as a file", summary["certificate_pdf"]),
        ("its machine-readable twin", summary["certificate_json"]),
        ("verified at", summary["verification_url"]),
        ("which says", "valid" if summary["verification"]["valid"] else "not valid"),
        *summary["addresses"].items(),
        ("the scenario took", f"{summary['seconds']} s"),
    ):
        screen.print(f"{name:>32}  {value}", soft_wrap=True, markup=False)


def _day(day: str | None) -> str:
    return f"{date.fromisoformat(day):%a %d %b %Y}" if day else ""
