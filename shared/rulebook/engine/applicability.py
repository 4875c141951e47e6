"""To which kinds of engagement an entry of the data applies."""

from pathlib import Path

from rulebook.engine.files import Entry
from rulebook.engine.procedure_file import procedure_ids


def procedures_of(entry: Entry, root: Path, key: str) -> tuple[str, ...]:
    """The procedures of its document that an entry names."""
    return entry.known(key, procedure_ids(root), "a procedure")
