"""The checks that are made of submitted artefacts: what must be so, and which clause asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from rulebook.engine.files import ROOT, distinct, entries, located

FILE: Final = "checks.toml"


@dataclass(frozen=True)
class Check:
    """A check by its name. `text` says what is so where nothing is found."""

    id: str
    clause: str
    text: str


@cache
def checks(root: Path = ROOT) -> Mapping[str, Check]:
    """Every check of a document by its name; a document whose artefacts are not checked has none."""
    if not located(FILE, root).is_file():
        return MappingProxyType({})
    found = distinct(entries(FILE, "check", ("id", "clause", "text"), "id", root), "id")
    read = (Check(entry.text("id"), entry.clause(), entry.text("text")) for entry in found)
    return MappingProxyType({each.id: each for each in read})
