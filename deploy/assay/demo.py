"""The demo: starts the stack, tells one engagement's story on it, and shows what came of it."""

import json
import secrets
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from assay import stack
from assay.desk import Refused
from assay.failure import Failure
from assay.home import CHECKOUT, Home
from assay.story import Ending, Story, World
from assay.token import make_token
from rulebook.engine.dating.working_days import DayOutsideCalendar

EXAMPLE = CHECKOUT / "examples" / "uept-export-supplier"
TOKEN_MINUTES = 120
WIDE = 160
"""Columns, where the output is no terminal."""

aside = Console(stderr=True, highlight=False, soft_wrap=True)
screen = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def main(as_json: bool) -> None:
    """Run the demo; the stack stays up."""
    home = Home.here()
    addresses = stack.up(home, lambda text: aside.print(text, markup=False))
    began = time.monotonic()
    ending = _tell(home, addresses)
    seconds = time.monotonic() - began
    pdf, twin = _keep(home, ending)
    result = {
        "engagement_id": ending.engagement,
        "party": ending.party,
        "certificate_pdf": str(pdf),
        "certificate_json": str(twin),
        "verification_url": ending.certificate["links"]["verification"],
        "verification": ending.verification,
        "eligibility": ending.eligibility,
        "timeline": ending.timeline["steps"],
        "gateway_url": addresses["gateway"],
        "addresses": addresses,
        "seconds": round(seconds, 1),
    }
    if as_json:
        print(json.dumps(result, indent=2))
    else:
        _show(result)


def world(home: Home, addresses: dict[str, str]) -> World:
    """A stack as the story sees it."""
    return World(
        addresses["gateway"],
        addresses["kafka"],
        lambda role, party: make_token(home, role, party, TOKEN_MINUTES).value,
    )


def fresh_party(example: Path) -> str:
    """The example's Party under a signifier of its own, so that the demo can be run again on the same stack."""
    signifier = json.loads((example / "party.json").read_text())["signifier"]
    return f"{signifier}-{secrets.token_hex(2).upper()}"


def _tell(home: Home, addresses: dict[str, str]) -> Ending:
    def tell(day: date, who: str, what: str) -> None:
        aside.print(f"{day:%a %d %b %Y}  {who:<18}  {what}", markup=False)

    try:
        return Story(world(home, addresses), EXAMPLE, fresh_party(EXAMPLE), tell).run()
    except Refused as refused:
        raise Failure(f"The gateway refused a step of the story: {refused}", "See `./assay logs`.") from refused
    except DayOutsideCalendar as outside:
        raise Failure(
            f"The stack's clock has come to the end of the calendar: {outside.message}",
            "Empty the stack with `./assay reset`, or set another ASSAY_HOME, and start the demo again.",
        ) from outside


def _keep(home: Home, ending: Ending) -> tuple[Path, Path]:
    """The certificate's two forms, as files."""
    folder = home.folder / "demo" / ending.engagement
    folder.mkdir(parents=True, exist_ok=True)
    pdf, twin = folder / "certificate.pdf", folder / "certificate.json"
    pdf.write_bytes(ending.pdf)
    twin.write_bytes(ending.twin)
    return pdf, twin


def _show(result: dict[str, Any]) -> None:
    timeline = Table("step", "action", "from", "due", "done", "by", "in time", title="Timeline", box=None)
    for step in result["timeline"]:
        if step["state"] in ("not-applicable", "withdrawn"):
            continue
        in_time = {True: "yes", False: "late", None: ""}[step["in_time"]]
        done = step["done_on"] or step["state"]
        timeline.add_row(
            step["key"], step["action"], step["from"], step["due"] or "", done, step["done_by"] or "", in_time
        )
    screen.print(timeline)
    eligibility = Table("role", "SRV", "since", "certificate", title="Eligible for", box=None)
    for row in result["eligibility"]:
        eligibility.add_row(row["role"], row["srv"], row["since"], row["certificate"])
    screen.print(eligibility)
    for name, value in (
        ("engagement, which is its trace", result["engagement_id"]),
        ("certificate", result["certificate_pdf"]),
        ("its machine-readable twin", result["certificate_json"]),
        ("verified at", result["verification_url"]),
        ("which says", "valid" if result["verification"]["valid"] else "not valid"),
        *result["addresses"].items(),
        ("the story took", f"{result['seconds']} s"),
    ):
        screen.print(f"{name:>32}  {value}", soft_wrap=True, markup=False)
