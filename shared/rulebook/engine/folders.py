"""Folders of further documents of the law, which a deployment names: read with all others, refused as they are read."""

import os
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from rulebook.engine.errors import broken

VARIABLE: Final = "ASSAY_LAW"
EDITION: Final = "edition.toml"
"""The file by which a folder is a document with an edition in force."""


def named_folders(bundled: tuple[Path, ...]) -> tuple[Path, ...]:
    """The folders that the deployment names, beside those of this release."""
    return _named(os.environ.get(VARIABLE, ""), bundled)


@cache
def _named(value: str, bundled: tuple[Path, ...]) -> tuple[Path, ...]:
    """The folders of a value: each a document, with procedures, that is not there yet."""
    held = {name: each for each in bundled if (each / EDITION).is_file() for name in _names(each)}
    found = tuple(Path(each) for each in value.split(os.pathsep) if each)
    for folder in found:
        if not folder.is_absolute() or not (folder / EDITION).is_file():
            right = f"Name folders by their whole path, each with an {EDITION}, and {os.pathsep!r} between them."
            raise broken(VARIABLE, str(folder), "no document of the law lies there.", right)
        for name in _names(folder):
            if name in held:
                right = "Read each document and procedure from one place; a new edition goes to the document's folder."
                raise broken(VARIABLE, str(folder), f"{name} is read from {held[name]} already.", right)
            held[name] = folder
    return found


def _names(folder: Path) -> Iterator[str]:
    """What only one folder may have: a document by its name, and each procedure of it."""
    try:
        yield str(tomllib.loads((folder / EDITION).read_text(encoding="utf-8")).get("document"))
    except tomllib.TOMLDecodeError as error:
        raise broken(VARIABLE, str(folder / EDITION), f"{error}.", "Correct the TOML at that line.") from error
    yield from (f"the procedure {each.stem!r}" for each in sorted((folder / "procedures").glob("*.toml")))
