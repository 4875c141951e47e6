"""The public lists to which certificates add entries."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from rulebook.engine.errors import RulebookError
from rulebook.engine.files import ROOT, Entry, distinct, entries, located

FILE: Final = "lists.toml"
LISTED: Final = "list:"
"""How the effect of a certificate names a list."""


@dataclass(frozen=True)
class PublicList:
    """A list: the fields of the subject by which an entry is known, and the statuses that an entry may have."""

    id: str
    title: str
    clause: str
    key: tuple[str, ...]
    statuses: tuple[str, ...]


@cache
def lists(root: Path = ROOT) -> tuple[PublicList, ...]:
    """Every list of a document; most have none."""
    if not located(FILE, root).is_file():
        return ()
    found = entries(FILE, "list", ("id", "title", "clause", "key", "statuses"), "id", root)
    return tuple(_list(entry) for entry in distinct(found, "id"))


def public_list(list_id: str, root: Path = ROOT) -> PublicList:
    """The list of an id."""
    for each in lists(root):
        if each.id == list_id:
            return each
    raise RulebookError(f"There is no list {list_id!r}. Known: {', '.join(each.id for each in lists(root)) or 'none'}.")


def _list(entry: Entry) -> PublicList:
    for name in ("key", "statuses"):
        if not entry.texts(name):
            raise entry.wrong(f"{name} is empty.", f'Write at least one, for example {name} = ["..."].', name)
    return PublicList(
        entry.text("id"), entry.text("title"), entry.clause(), entry.texts("key"), entry.texts("statuses")
    )
