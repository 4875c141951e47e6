"""The register of slips in the source documents, and how we read each."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rulebook.engine.files import ROOT, Entry, distinct, entries
from rulebook.engine.procedures import procedure, procedure_ids
from rulebook.engine.scope.matrix import ROLES

FILE = "errata.toml"
KEYS = ("id", "clause", "also", "printed", "read_as", "why", "steps", "roles")

AS_PRINTED = "as printed"


@dataclass(frozen=True)
class Erratum:
    """One slip: what is printed at the clause, how we read it and why; which steps and User Roles it touches.

    `also` are other clauses where it stands, or which it touches.
    """

    id: str
    clause: str
    printed: str
    read_as: str
    why: str
    steps: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    def __str__(self) -> str:
        how = "kept as it is" if self.read_as == AS_PRINTED else f"read as {self.read_as}"
        return f"{self.clause} prints “{self.printed}”, {how}: {self.why}"

    def stands_at(self, clause: str) -> bool:
        """Whether it stands at a clause or at one of its letters."""
        return clause.partition("(")[0] in {each.partition("(")[0] for each in (self.clause, *self.also)}


@cache
def errata(root: Path = ROOT) -> tuple[Erratum, ...]:
    """The whole register; nothing where a document has no slip."""
    if not (root / FILE).is_file():
        return ()
    known = {step.ref for each in procedure_ids(root) for step in procedure(each, root).steps}
    found = distinct(entries(FILE, "erratum", KEYS, name="id", root=root), "id")
    return tuple(_erratum(entry, known) for entry in found)


def errata_of_step(ref: str, root: Path = ROOT) -> tuple[Erratum, ...]:
    """The slips that touch a step of a procedure."""
    return tuple(erratum for erratum in errata(root) if ref in erratum.steps)


def errata_of_role(role: str, root: Path = ROOT) -> tuple[Erratum, ...]:
    """The slips that touch a User Role's scope."""
    return tuple(erratum for erratum in errata(root) if role in erratum.roles)


def errata_of_clause(clause: str, root: Path = ROOT) -> tuple[Erratum, ...]:
    """The slips that stand at a clause."""
    return tuple(erratum for erratum in errata(root) if erratum.stands_at(clause))


def _erratum(entry: Entry, known: set[str]) -> Erratum:
    return Erratum(
        id=entry.text("id"),
        clause=entry.clause(),
        printed=entry.text("printed"),
        read_as=entry.text("read_as"),
        why=entry.text("why"),
        steps=_known(entry, "steps", known),
        roles=_known(entry, "roles", ROLES),
        also=tuple(entry.cited(clause, "also") for clause in entry.texts("also")),
    )


def _known(entry: Entry, key: str, known: Collection[str]) -> tuple[str, ...]:
    named = entry.texts(key)
    for each in named:
        if each not in known:
            raise entry.wrong(f"{each!r} in {key} is unknown.", f"Known: {', '.join(sorted(known))}.", key)
    return named
