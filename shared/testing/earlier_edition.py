"""A document of which an earlier edition is kept that says less, for tests; nothing of it was ever in force."""

import csv
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rulebook.engine.files import ROOT, adding
from testing.edits import replace_text

EARLIER: Final = "kept-2026.1"
LATER: Final = "kept-2026.2"


@contextmanager
def earlier_edition(folder: Path) -> Iterator[Path]:
    """Write the document to a folder, and read it with all others as long as the block runs."""
    shutil.copytree(ROOT, folder, dirs_exist_ok=True)
    earlier = folder / "editions" / EARLIER
    shutil.copytree(ROOT, earlier)
    replace_text(folder / "edition.toml", '"ctsd-2026.1"', f'"{LATER}"')
    replace_text(earlier / "edition.toml", '"ctsd-2026.1"', f'"{EARLIER}"')
    replace_text(earlier / "edition.toml", "2026-11-25", "2026-11-10")
    replace_text(
        earlier / "procedures/uept.toml", 'anchor = "start", working_days = 25', 'anchor = "start", working_days = 30'
    )
    (earlier / "glossary.toml").unlink()
    _cut(earlier / "suspension.toml", "[[report]]", "[[ground]]")
    _without_column(earlier / "matrix/device-alerts.csv", "critical")
    _without_column(earlier / "matrix/install-and-commission.csv", "no_later_than")
    with adding(folder):
        yield folder


def _cut(path: Path, first: str, last: str) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index(first)] + text[text.index(last) :], encoding="utf-8")


def _without_column(path: Path, column: str) -> None:
    with path.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    with path.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, [name for name in rows[0] if name != column], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
