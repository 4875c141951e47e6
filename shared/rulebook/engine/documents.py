"""The documents and reports of a test stage (CTSD Table 8), and what each must tell."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal, cast

from rulebook.engine.applicability import procedures_of
from rulebook.engine.dating.timing import Timing, read_timing
from rulebook.engine.errors import RulebookError
from rulebook.engine.files import ROOT, Entry, distinct, entries

FILE: Final = "documents.toml"
KEYS: Final = (
    "number",
    "kind",
    "title",
    "phase",
    "dcc",
    "party",
    "when",
    "entry",
    "exit",
    "clause",
    "contents",
    "procedures",
    "at_no_gate_of",
    "signed_off_by",
    "timing",
)


@dataclass(frozen=True)
class Document:
    """One row of Table 8. `entry` and `exit` tell which gate asks for it; `clause` says what it must tell.

    `dcc` and `party` are what each side does with it; `procedures` are the kinds of engagement that have it,
    `at_no_gate_of` those of them whose gates don't ask for it; `timing` is its own date where no step has it (the draft
    of the Test Completion Report, CTSD 6.6.1).
    """

    number: int
    kind: str
    title: str
    phase: Literal["initiation", "execution"]
    dcc: tuple[str, ...]
    party: tuple[str, ...]
    when: str
    entry: bool
    exit: bool
    clause: str
    contents: tuple[str, ...]
    signed_off_by: str = "DCC"
    procedures: tuple[str, ...] = ()
    at_no_gate_of: tuple[str, ...] = ()
    timing: Timing | None = None

    def at_entry(self, procedure_id: str) -> bool:
        """Whether the entry gate of a kind of engagement asks for it."""
        return self.entry and procedure_id not in self.at_no_gate_of

    def at_exit(self, procedure_id: str) -> bool:
        """Whether the exit gate of a kind of engagement asks for it."""
        return self.exit and procedure_id not in self.at_no_gate_of


@cache
def documents(root: Path = ROOT) -> tuple[Document, ...]:
    """Every document, in the order of the table."""
    found = distinct(entries(FILE, "document", KEYS, name="kind", root=root), "kind")
    return tuple(_document(entry, root) for entry in distinct(found, "number"))


def documents_of(procedure_id: str, root: Path = ROOT) -> tuple[Document, ...]:
    """The documents that a kind of engagement has; in the first edition, which had one kind, they name none."""
    return tuple(each for each in documents(root) if procedure_id in each.procedures or not each.procedures)


def document(kind: str) -> Document:
    """The document of a kind, for example `test-plan`."""
    for each in documents():
        if each.kind == kind:
            return each
    raise RulebookError(f"There is no document {kind!r}. Known: {', '.join(each.kind for each in documents())}.")


def _document(entry: Entry, root: Path) -> Document:
    return Document(
        number=entry.number("number"),
        kind=entry.text("kind"),
        title=entry.text("title"),
        phase=cast(Literal["initiation", "execution"], entry.one_of("phase", ("initiation", "execution"))),
        dcc=entry.texts("dcc"),
        party=entry.texts("party"),
        when=entry.text("when"),
        entry=entry.flag("entry"),
        exit=entry.flag("exit"),
        clause=entry.clause(),
        contents=entry.texts("contents"),
        signed_off_by=entry.text("signed_off_by", "DCC"),
        procedures=procedures_of(entry, root),
        at_no_gate_of=procedures_of(entry, root, "at_no_gate_of"),
        timing=_timing(entry) if "timing" in entry.values else None,
    )


def _timing(entry: Entry) -> Timing:
    timing = read_timing(entry)
    if (timing.rule, timing.anchor) != ("before", "planned-last-day"):
        right = 'Write { rule = "before", anchor = "planned-last-day", working_days = ... }.'
        raise entry.wrong("a document's own date can be counted from the last day of testing only.", right, "timing")
    return timing
