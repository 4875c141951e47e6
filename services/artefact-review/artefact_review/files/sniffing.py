"""What a file is, by what is in it."""

from collections.abc import Sequence

MAGIC: Sequence[tuple[bytes, str]] = (
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old or encrypted Office document"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"{\\rtf", "an RTF document"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
)
MARKUP = (b"<?xml", b"<!doctype", b"<html", b"<table")
ZIP = b"PK\x03\x04"
WORKBOOK = "a workbook (xlsx)"
WORD = "a Word document (docx)"
TEXT = "a table as text (csv, UTF-8)"


def kind_of(data: bytes) -> str:
    """The kind of file, in words; WORKBOOK and TEXT can be read (a ZIP may still be a Word document, or neither)."""
    if not data:
        return "an empty file"
    if data.startswith(ZIP):
        return WORKBOOK
    for magic, name in MAGIC:
        if data.startswith(magic):
            return name
    if data.lstrip()[:16].lower().startswith(MARKUP):
        return "a page of HTML or XML"
    return _text_kind(data)


def _text_kind(data: bytes) -> str:
    if any(byte < 32 and byte not in b"\t\n\f\r" for byte in data):
        return "a binary file"
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        place = f"its byte 0x{data[error.start]:02X} in line {line} is none of UTF-8"
        return f"text in {_eight_bits(data)} ({place})"
    return TEXT


def _eight_bits(data: bytes) -> str:
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return "an encoding that is not known"
    return "Windows-1252"
