"""What a refusal says, by its name: from the catalogue that is generated from the sources, so that none is needed."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rulebook.engine.why import Reason

CATALOGUE = Path(__file__).with_name("refusals.json")
"""Written by `./assay rulebook pages`."""


@dataclass(frozen=True)
class CataloguedRefusal:
    """A refusal as its class declares it: the message, the remedy, the clause, and the facts it carries by type."""

    name: str
    message: str
    remedy: str
    clause: str | None
    facts: dict[str, str]


def reason_of(name: str) -> Reason | None:
    """The reason that a refusal gives, named by its class or by its problem's type; `None` when there is none."""
    wanted = name.rpartition(":")[2].replace("-", "").lower()
    return next((_reason(each) for each in catalogue() if each.name.lower() == wanted), None)


@cache
def catalogue() -> tuple[CataloguedRefusal, ...]:
    """Every refusal there is."""
    return tuple(CataloguedRefusal(**each) for each in json.loads(CATALOGUE.read_text(encoding="utf-8")))


def _reason(refusal: CataloguedRefusal) -> Reason:
    return Reason(
        subject=refusal.name,
        kind="refusal",
        answer=refusal.message,
        clause=refusal.clause or "none",
        rule=f"What would be right: {refusal.remedy}",
        inputs=refusal.facts,
    )
