"""To which kinds of engagement an entry of the data applies: one reading for every file that names procedures."""

from collections.abc import Iterable
from pathlib import Path

from rulebook.engine.files import Entry
from rulebook.engine.procedures import procedure_ids


def procedures_of(entry: Entry, root: Path, key: str = "procedures") -> tuple[str, ...]:
    """The procedures that an entry names; each exists in its edition or, as it may come later, in that of today."""
    known, named = sorted({*procedure_ids(root), *procedure_ids()}), entry.texts(key)
    for each in named:
        if each not in known:
            raise entry.wrong(f"{each!r} is not a procedure.", f"Known: {', '.join(known)}.", key)
    return named


def the_one_of(procedure_id: str, found: Iterable[Entry], root: Path) -> Entry | None:
    """The one entry that names a procedure; `None`: there is none. No procedure may stand in two."""
    owners: dict[str, Entry] = {}
    for entry in found:
        for named in procedures_of(entry, root):
            if named in owners:
                raise entry.wrong(f"{named!r} stands in {owners[named].place} too.", "Name it once.", "procedures")
            owners[named] = entry
    return owners.get(procedure_id)
