"""The page of each document's checks: what each looks at, its clause, what is right, and an example of both verdicts.

`docs/checks/<document>.toml` is written by hand; the page beside it is generated from it and the rulebook. That each
example passes and fails as the page says is proven where the checks are made.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from assay_stack.home import CHECKOUT
from rulebook.engine.checks import Check, checks
from rulebook.engine.files import LAW, Entry, entries

FOLDER: Final = CHECKOUT / "docs" / "checks"
EXAMPLES: Final = "examples/uept-export-supplier"
KEYS: Final = ("id", "looks_at", "right", "file", "role", "row", "passes", "fails", "finding", "place", "warns")


def pages(folder: Path = FOLDER) -> dict[Path, str]:
    """The page of every document that is written down, by where it is kept."""
    return {path.with_suffix(".md"): page(path.stem, folder) for path in sorted(folder.glob("*.toml"))}


def page(document: str, folder: Path = FOLDER) -> str:
    """The page of a document's checks, in the order of its file; one that the rulebook does not have is refused."""
    known, shown = checks(LAW / document), entries(f"{document}.toml", "check", KEYS, "id", folder)
    lines = [
        "# The checks of artefacts and reports",
        "",
        f"Generated from `{document}.toml` and the rulebook by `./assay rulebook pages`. A *failure* stands in the way",
        "of acceptance, a *warning* is to be looked at; of a Test Readiness Report neither stops anything. Examples",
        f"stand in `{EXAMPLES}`; what the second line says in place of the first gives the finding below.",
        "",
        "| check | clause | what is so where nothing is found |",
        "|---|---|---|",
        *(_contents_row(_known(each, known)) for each in shown),
    ]
    for each in shown:
        lines += _section(each, _known(each, known))
    return "\n".join(lines) + "\n"


def _known(entry: Entry, known: Mapping[str, Check]) -> Check:
    return known[entry.one_of("id", known)]


def _contents_row(check: Check) -> str:
    return f"| [`{check.id}`](#{check.id}) | {check.clause} | {check.text} |"


def _section(entry: Entry, check: Check) -> Iterator[str]:
    passes, fails = entry.table("passes"), entry.table("fails")
    verdict = "warning" if entry.flag("warns") else "failure"
    named = [*passes, *(each for each in fails if each not in passes)]
    yield from ("", f"## {check.id}", "", f"{check.text} ({check.clause}).", "")
    yield from (
        f"- Looks at: {entry.text('looks_at')}",
        f"- Right: {entry.text('right')}",
        f"- Example: {_where(entry)}",
    )
    yield from ("", f"| | {' | '.join(f'`{each}`' for each in named)} |", f"|---{'|---' * len(named)}|")
    yield _example("passes", passes, named)
    yield _example("gives the finding", {**passes, **fails}, named)
    yield from ("", f"> {verdict} at `{entry.text('place')}`: {entry.text('finding')}")


def _where(entry: Entry) -> str:
    row = f", `{entry.text('row')}`" if "row" in entry.values else ""
    file, role = entry.text("file", ""), entry.text("role", "")
    return f"`{file}`{row}" if file else f"the completed template for {role}{row}"


def _example(says: str, values: Mapping[str, object], named: list[str]) -> str:
    return f"| {says} | {' | '.join(_cell(values.get(each, '')) for each in named)} |"


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value}" if value != "" else "*empty*"
