"""A document that sends its reader to a file or to a decision names one that is there, and one only."""

import re
from typing import Final

from tests.architecture.house import ROOT

NAMED: Final = re.compile(r"`(?:\./)?([\w./-]+\.(?:py|sql|md|toml|csv|txt))`")
FOLDERS: Final = ("services", "shared", "deploy", "tests", "examples", "docs", "requirements")
HISTORY: Final = "docs/decisions/"
"""A decision names what was there when it was taken."""


def test_every_file_that_a_document_names_is_there() -> None:
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.*")] + list(ROOT.glob("*.*"))
    files = [path.relative_to(ROOT).as_posix() for path in paths]
    documents = [file for file in files if file.endswith(".md") and not file.startswith(HISTORY)]
    assert "README.md" in documents
    offenders = [
        f"{document}: {name}"
        for document in documents
        for name in sorted(set(NAMED.findall((ROOT / document).read_text(encoding="utf-8"))))
        if not any(f"/{file}".endswith(f"/{name}") for file in files)
    ]
    assert offenders == []


def test_each_decision_has_a_number_of_its_own() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / HISTORY).glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
