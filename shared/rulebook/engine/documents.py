"""The documents and reports of a test stage (CTSD Table 8), and what each must tell."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal, cast

from rulebook.engine.applicability import procedures_of
from rulebook.engine.checks import Check, checks
from rulebook.engine.dating.timing import UNITS, Timing, read_timing
from rulebook.engine.files import ROOT, Entry, distinct, entries
from rulebook.engine.procedure_file import procedure_file
from rulebook.engine.procedures import procedure

FILE: Final = "artefacts.toml"
READERS: Final = ("plan-workbook", "matrix-table", "script-table", "data-table", "file", "record")
"""What reads a kind; `record`: nothing is handed in, it is made from what is recorded."""
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
    "reader",
    "checks",
    "provided_by",
    "reviewed_by",
    "at_no_gate_of",
    "signed_off_by",
    "timing",
)


@dataclass(frozen=True)
class Document:
    """One row of Table 8. `entry` and `exit` tell which gate asks for it; `clause` says what it must tell.

    `reader` reads what is handed in and `checks` are those that are made of it; `provided_by` and `reviewed_by` are
    roles. `dcc` and `party` are what each side does with it; `at_no_gate_of` are kinds of engagement
    that have it and whose gates don't ask for it; `timing` is its own date where no step has it (the draft of the Test
    Completion Report, CTSD 6.6.1).
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
    reader: str
    checks: tuple[Check, ...]
    provided_by: str
    reviewed_by: str
    signed_off_by: str = "DCC"
    at_no_gate_of: tuple[str, ...] = ()
    timing: Timing | None = None

    @property
    def submitted(self) -> bool:
        """Whether files of it are handed in."""
        return self.reader != "record"

    @property
    def maintained(self) -> bool:
        """Whether the Party keeps it up to date while tests run."""
        return "maintain" in self.party

    def at_entry(self, procedure_id: str) -> bool:
        """Whether the entry gate of a kind of engagement asks for it."""
        return self.entry and procedure_id not in self.at_no_gate_of

    def at_exit(self, procedure_id: str) -> bool:
        """Whether the exit gate of a kind of engagement asks for it."""
        return self.exit and procedure_id not in self.at_no_gate_of


@cache
def documents(root: Path = ROOT) -> tuple[Document, ...]:
    """Every document, in the order of the table."""
    found = distinct(entries(FILE, "artefact", KEYS, name="kind", root=root), "kind")
    return tuple(_document(entry, root) for entry in distinct(found, "number"))


@cache
def documents_of(procedure_id: str, root: Path = ROOT) -> tuple[Document, ...]:
    """The documents that a kind of engagement has, in the order of the table."""
    owner = procedure_file(procedure_id, root).owner("artefacts")
    if not owner.texts("artefacts"):
        return ()
    every = {each.kind: each for each in documents(root)}
    named = owner.known("artefacts", every, "a kind of artefact")
    found = tuple(each for kind, each in every.items() if kind in named)
    chosen = procedure(procedure_id, root).chosen
    for each in found:
        if each.timing and each.timing.anchor not in chosen:
            problem = f"the date of {each.kind!r} is counted from {each.timing.anchor!r}."
            raise owner.wrong(
                problem, f"Count it from a day that people choose: {', '.join(sorted(chosen))}.", "artefacts"
            )
    return found


def _document(entry: Entry, root: Path) -> Document:
    known = checks(root)
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
        reader=entry.one_of("reader", READERS),
        checks=tuple(known[each] for each in entry.known("checks", known, "a check of checks.toml")),
        provided_by=entry.text("provided_by"),
        reviewed_by=entry.text("reviewed_by"),
        signed_off_by=entry.text("signed_off_by", "DCC"),
        at_no_gate_of=procedures_of(entry, root, "at_no_gate_of"),
        timing=_timing(entry) if "timing" in entry.values else None,
    )


def _timing(entry: Entry) -> Timing:
    anchor = str(entry.table("timing").get("anchor"))
    entry.part("timing", entry.table("timing")).only(("rule", "anchor", "day_off", *UNITS))
    timing = read_timing(entry, {anchor: anchor})
    if timing.rule != "before":
        right = 'Write { rule = "before", anchor = "...", working_days = ... }.'
        raise entry.wrong("a document's own date is counted back from a day.", right, "timing")
    return timing
