"""Files of which texts are replaced, for tests of what is refused as it is read."""

import shutil
from pathlib import Path
from typing import Protocol

from rulebook.engine.files import located

Edit = tuple[str, str, str]
"""A file, a text that stands in it, and what is written in its place."""


class EditedCopy(Protocol):
    """Makes a copy of a folder in which one text of one file is replaced, and tells where it lies."""

    def __call__(self, file: str, old: str, new: str) -> Path: ...


class EditedCopies(Protocol):
    """The same with any number of texts."""

    def __call__(self, *edits: Edit) -> Path: ...


def edited(source: Path, folder: Path, *edits: Edit) -> Path:
    """A copy of a document's data, edited; what all documents share can be edited too. No comment is any of it."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("editions"))
    for file, old, new in edits:
        lines = located(file, folder).read_text(encoding="utf-8").splitlines(keepends=True)
        data = "".join("#\n" if line.startswith("#") else line for line in lines)
        (folder / file).write_text(data, encoding="utf-8")
        replace_text(folder / file, old, new)
    return folder


def replace_text(file: Path, old: str, new: str) -> None:
    """Replace a text where it stands first. ValueError where it does not stand in the file."""
    text = file.read_text(encoding="utf-8")
    if old not in text:
        raise ValueError(f"{file} has no {old!r}")
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
