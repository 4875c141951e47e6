"""Clause coverage: what rule and which tests prove each clause of a source document, what is open, what binds people.

`docs/clauses/<document>.toml` is written by hand; the page beside it is generated from it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from rulebook.engine.files import Entry, entries, head, summaries

INSTALLED: Final = Path(__file__).with_name("clauses_data")
"""The files in an installed package; a checkout has them among its documents."""
FOLDER: Final = INSTALLED if INSTALLED.is_dir() else Path(__file__).resolve().parents[3] / "docs" / "clauses"
KEYS: Final = ("clause", "rules", "tests", "people", "heading", "open", "data_only")
Status = Literal["covered", "part", "data only", "people", "heading", "open"]
STATUSES: Final[tuple[Status, ...]] = ("covered", "part", "data only", "people", "heading", "open")


@dataclass(frozen=True)
class Clause:
    """One clause: a summary in our words, the rules that hold it, the tests that prove them, what is still to come.

    `people` says why it binds people only, in place of all that. `data_only` says what no service does of it yet: the
    rule stands in the rulebook, is read and told, and binds nobody.
    """

    id: str
    summary: str
    rules: tuple[str, ...]
    tests: tuple[str, ...]
    people: str
    heading: bool
    open: str
    data_only: str = ""

    @property
    def status(self) -> Status:
        """`covered` with rule and test, `part` when something of it is still to come, `data only` when no service acts
        on its rule, `open` when nothing is there yet; `people` when it binds people only, `heading`.
        """
        if self.heading:
            return "heading"
        if self.people:
            return "people"
        if not (self.rules and self.tests):
            return "open"
        if self.data_only:
            return "data only"
        return "part" if self.open else "covered"


@dataclass(frozen=True)
class Coverage:
    """A source document's clauses, in its order, with the titles of its parts."""

    document: str
    title: str
    parts: Mapping[str, str]
    clauses: tuple[Clause, ...]

    def part_of(self, clause: Clause) -> str:
        """The part in which a clause stands, by its first number, or `Annexes`."""
        first = clause.id.removeprefix(f"{self.document} ").partition(".")[0]
        return self.parts.get(first, "Annexes")

    def figures(self) -> dict[str, Counter[Status]]:
        """How many clauses of each part have each status."""
        found: dict[str, Counter[Status]] = {}
        for clause in self.clauses:
            found.setdefault(self.part_of(clause), Counter())[clause.status] += 1
        return found


def documents(folder: Path = FOLDER) -> tuple[str, ...]:
    """The source documents whose clauses are written down."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


def coverage(document: str, folder: Path = FOLDER) -> Coverage:
    """The clauses of a source document, for example `ctsd`."""
    file = f"{document}.toml"
    top = head(file, ("document", "title", "parts", "clause"), folder)
    found = tuple(
        Clause(
            id=each.clause(),
            summary=_summary(each),
            rules=each.texts("rules"),
            tests=each.texts("tests"),
            people=each.text("people", ""),
            heading=each.flag("heading"),
            open=each.text("open", ""),
            data_only=each.text("data_only", ""),
        )
        for each in entries(file, "clause", KEYS, "clause", folder)
    )
    return Coverage(top.text("document"), top.text("title"), top.values.get("parts", {}), found)


def _summary(entry: Entry) -> str:
    clause = entry.clause()
    if clause not in summaries():
        raise entry.wrong(f"{clause} has no summary.", "Write it in rulebook/clauses.txt, after the sign =.", "clause")
    return summaries()[clause]


def pages(folder: Path = FOLDER) -> dict[Path, str]:
    """The page of every document by where it is kept."""
    return {folder / f"{document}.md": page(document, folder) for document in documents(folder)}


def page(document: str, folder: Path = FOLDER) -> str:
    """The page that is generated from a document's file."""
    found = coverage(document, folder)
    lines = [
        f"# {found.title}: what proves each clause",
        "",
        f"Generated from `{document}.toml` by `./assay rulebook pages`. Summaries are ours.",
        "*Open* is what is still to come; *data only* is a rule that is read and told, and on which no service acts.",
        "",
        "| part | covered | covered in part | data only | bind people only | headings | open |",
        "|---|---|---|---|---|---|---|",
        *(_figures_row(part, counts) for part, counts in found.figures().items()),
        _figures_row("all", sum(found.figures().values(), Counter())),
    ]
    for part in found.figures():
        lines += ["", f"## {part}", "", "| clause | says | rule | proved by |", "|---|---|---|---|"]
        lines += [_row(clause) for clause in found.clauses if found.part_of(clause) == part]
    return "\n".join(lines) + "\n"


def _figures_row(part: str, counts: Counter[Status]) -> str:
    return f"| {part} | {' | '.join(str(counts[status]) for status in STATUSES)} |"


def _row(clause: Clause) -> str:
    if clause.status == "heading":
        return f"| {clause.id} | *{clause.summary}* | | |"
    if clause.people:
        return f"| {clause.id} | {clause.summary} | *people only* | {clause.people} |"
    still = f"<br>*data only:* {clause.data_only}" if clause.data_only else ""
    still += f"<br>*open:* {clause.open}" if clause.open else ""
    return f"| {clause.id} | {clause.summary} | {_listed(clause.rules)} | {_listed(_short(clause.tests))}{still} |"


def _listed(texts: Sequence[str]) -> str:
    return "<br>".join(f"`{text}`" for text in texts)


def _short(tests: Sequence[str]) -> list[str]:
    return [test.rpartition("::")[2].removeprefix("test_").replace("_", " ") for test in tests]
