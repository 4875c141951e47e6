"""The words of the source and what they mean (CTSD Annex F)."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from rulebook.engine.files import ROOT, Entry, distinct, entries

FILE: Final = "glossary.toml"


@cache
def glossary(root: Path = ROOT) -> Mapping[str, Entry]:
    """Every word in small letters, with its entry; none where an earlier edition has no glossary."""
    if not (root / FILE).is_file():
        return {}
    found = entries(FILE, "term", ("term", "clause", "text", "source"), "term", root)
    return {each.text("term").lower(): each for each in distinct(found, "term")}
