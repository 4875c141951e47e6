"""The typeface of a certificate: DejaVu Sans, cut down to the scripts in which names are written here.

Embedded, so that a name is printed as it is written: the standard fonts of PDF have neither the letters of Welsh nor
those of Polish, Greek or Ukrainian. The ranges are what the files beside it hold.
"""

from pathlib import Path
from typing import Final
from unicodedata import category, normalize

FAMILY: Final = "dejavu"
FOLDER: Final = Path(__file__).parent / "fonts"
FILES: Final = {"": FOLDER / "DejaVuSans.ttf", "B": FOLDER / "DejaVuSans-Bold.ttf"}
RANGES: Final = ((0x20, 0x7E), (0xA0, 0x24F), (0x370, 0x3FF), (0x400, 0x4FF), (0x1E00, 0x1EF9), (0x2010, 0x2027))
"""Latin with its extensions, Greek, Cyrillic, and the punctuation of running text."""
ALONE: Final = frozenset("€№™")


def lacking(text: str) -> tuple[str, ...]:
    """The characters of a text that the typeface does not have, each once."""
    return tuple(dict.fromkeys(character for character in normalize("NFC", text) if not _has(character)))


def shown(text: str) -> str:
    """A text as it can be printed: what the typeface does not have is shown as a question mark."""
    return "".join(character if _has(character) else "?" for character in normalize("NFC", text))


def _has(character: str) -> bool:
    if category(character) in ("Cn", "Cc", "Cf"):
        return False
    return character in ALONE or any(first <= ord(character) <= last for first, last in RANGES)
