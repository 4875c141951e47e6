"""What differs between two files of a kind of artefact: rows of tables by what names them, and lines of documents."""

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from artefact_review.files.documents import lines_of
from artefact_review.files.layouts import LAYOUTS, Layout
from artefact_review.files.limits import Upload
from artefact_review.files.rows import Row
from artefact_review.files.tables import read_tables

CONTEXT = 2
"""So many unchanged lines stand around changed ones."""
Key = tuple[str, ...]


@dataclass(frozen=True)
class FoundRow:
    """A row that only one of the files has: its number there, and its cells."""

    row: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """What a cell said, and says now."""

    was: str
    now: str


@dataclass(frozen=True)
class ChangedRow:
    """A row that both files have, by what names it: its numbers, and the cells that changed."""

    key: Key
    was_row: int
    row: int
    cells: Mapping[str, Change]


@dataclass(frozen=True)
class SheetDifferences:
    """What differs in a sheet; `reordered` says that the rows which both have stand in another order."""

    sheet: str
    added: tuple[FoundRow, ...]
    removed: tuple[FoundRow, ...]
    changed: tuple[ChangedRow, ...]
    reordered: bool


@dataclass(frozen=True)
class Differences:
    """What differs: of tables by `sheets`; of documents as `lines`, which begin with + or - as they came or went.

    Of files that are neither, `lines` is None: nothing but their bytes can be compared.
    """

    sheets: tuple[SheetDifferences, ...] = ()
    lines: tuple[str, ...] | None = None


def differences(reader: str, was: Upload, now: Upload) -> Differences:
    """What the later file says otherwise than the earlier one."""
    if layouts := LAYOUTS.get(reader):
        before, after = read_tables(was, layouts).rows, read_tables(now, layouts).rows
        return Differences(tuple(_compare(each, before[each.sheet], after[each.sheet]) for each in layouts))
    old, new = lines_of(was), lines_of(now)
    if old is None or new is None:
        return Differences()
    found = list(difflib.unified_diff(old, new, n=CONTEXT, lineterm=""))
    return Differences(lines=tuple(found[2:]))  # without the names of the files


def _compare(layout: Layout, before: Sequence[Row], after: Sequence[Row]) -> SheetDifferences:
    old, new = dict(_keyed(layout, before)), dict(_keyed(layout, after))
    both = [key for key in new if key in old]
    changed = (_changed(layout, key, old[key], new[key]) for key in both)
    return SheetDifferences(
        sheet=layout.sheet,
        added=tuple(_found(layout, row) for key, row in new.items() if key not in old),
        removed=tuple(_found(layout, row) for key, row in old.items() if key not in new),
        changed=tuple(each for each in changed if each.cells),
        reordered=both != [key for key in old if key in new],
    )


def _keyed(layout: Layout, rows: Sequence[Row]) -> Iterator[tuple[Key, Row]]:
    """The rows by what names them; where several have a name, the second of one file is the second of the other."""
    seen: Counter[Key] = Counter()
    for row in rows:
        key = tuple(row.shown(column) for column in layout.key)
        seen[key] += 1
        yield (key if seen[key] == 1 else (*key, f"({seen[key]})")), row


def _found(layout: Layout, row: Row) -> FoundRow:
    return FoundRow(row.number, {column: row.shown(column) for column in layout.columns})


def _changed(layout: Layout, key: Key, was: Row, now: Row) -> ChangedRow:
    shown = {column: Change(was.shown(column), now.shown(column)) for column in layout.columns}
    cells = {column: each for column, each in shown.items() if each.was != each.now}
    return ChangedRow(key, was.number, now.number, cells)
