"""Files of which one text is replaced, for tests of what is refused as it is read."""

from pathlib import Path
from typing import Protocol


class EditedCopy(Protocol):
    """Makes a copy of a folder in which one text of one file is replaced, and tells where it lies."""

    def __call__(self, file: str, old: str, new: str) -> Path: ...


def replace_text(file: Path, old: str, new: str) -> None:
    """Replace a text where it stands first. ValueError where it does not stand in the file."""
    text = file.read_text(encoding="utf-8")
    if old not in text:
        raise ValueError(f"{file} has no {old!r}")
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
