"""The file of a procedure, together with that of the procedure on which it is based."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rulebook.engine.files import ROOT, Entry, entries, head, line_of, lines_of, read_toml

HEAD = (
    "id",
    "title",
    "reschedule_clause",
    "reschedules",
    "reminders",
    "steps_of",
    "planned_only",
    "excludes",
    "artefacts",
    "thresholds",
    "routes",
    "certificates",
    "tested_as",
    "words",
    "suspension",
    "subject",
    "roles",
    "notice",
    "anchors",
    "scope",
    "execution",
    "gates",
    "steps",
)
OWN = frozenset({"id", "title", "steps_of", "planned_only", "excludes"})
"""What a procedure does not take over from the one on which it is based."""


@dataclass(frozen=True)
class ProcedureFile:
    """The own file of a procedure and, with `steps_of`, the one whose parts hold where the own has none."""

    id: str
    file: str
    base: str | None
    root: Path

    def head(self) -> Entry:
        """What stands in the file itself before its tables."""
        return head(self.file, HEAD, self.root)

    def owner(self, key: str) -> Entry:
        """The head of the file in which a key stands, the own one first."""
        own = self.head()
        if key in own.values or key in OWN or self.base is None:
            return own
        return head(self.base, HEAD, self.root)

    def table(self, key: str, allowed: Collection[str]) -> Entry:
        """A table of the procedure, for example `[notice]`."""
        owner = self.owner(key)
        values = owner.table(key)
        if not values:
            raise owner.wrong(f"there is no [{key}].", f"Write [{key}] with {', '.join(sorted(allowed))}.")
        return self._table(owner.file, key, values).only(allowed)

    def part(self, place: str) -> Entry:
        """Where a table stands, for what is wrong with it: `notice`, or `roles.dcc`."""
        key, _, name = place.partition(".")
        files = [file for file in (self.file, self.base) if file]
        held = (file for file in files if name in (top := head(file, HEAD, self.root).table(key)) or (top and not name))
        return self._placed(next(held, self.file), place, {})

    def named(self, key: str, allowed: Collection[str]) -> Mapping[str, Entry]:
        """The tables of a kind by their names, for example `[roles.dcc]`; the own ones replace their like."""
        files = [file for file in (self.base, self.file) if file]
        found = {
            name: self._table(file, f"{key}.{name}", values).only(allowed)
            for file in files
            for name, values in head(file, HEAD, self.root).table(key).items()
        }
        if not found:
            own = self.head()
            raise own.wrong(f"there is no [{key}.<name>].", f"Write one with {', '.join(sorted(allowed))}.")
        return found

    def listed(self, key: str, allowed: Collection[str], name: str) -> tuple[Entry, ...]:
        """The `[[key]]` tables: the own ones, or those of the other procedure with the own in place of their like."""
        own = self._entries(self.file, key, allowed, name)
        if self.base is None:
            return own
        base = self._entries(self.base, key, allowed, name)
        if not base:
            return own
        known = [entry.text(name) for entry in base]
        replaced = {entry.text(name): entry for entry in own}
        for value, entry in replaced.items():
            if value not in known:
                problem = f"is no {key.removesuffix('s')} of the procedure it is based on."
                raise entry.wrong(problem, f"Known: {', '.join(known)}.", name)
        return tuple(replaced.get(value, entry) for value, entry in zip(known, base, strict=True))

    def _entries(self, file: str, key: str, allowed: Collection[str], name: str) -> tuple[Entry, ...]:
        if key not in read_toml(file, self.root):
            return ()
        return entries(file, key, allowed, name, self.root)

    def _table(self, file: str, place: str, values: Mapping[str, Any]) -> Entry:
        found = self._placed(file, place, values)
        if not isinstance(values, dict):
            raise found.wrong(f"it is {values!r}.", "Write a table.")
        return found

    def _placed(self, file: str, place: str, values: Mapping[str, Any]) -> Entry:
        lines = lines_of(file, f"[{place}]", self.root) or [{"": line_of(file, place, self.root)}]
        return Entry(file, f"[{place}]", values, lines[0])


def procedure_ids(root: Path = ROOT) -> tuple[str, ...]:
    """Every kind of engagement of a document."""
    return tuple(sorted(path.stem for path in (root / "procedures").glob("*.toml")))


def procedure_file(procedure_id: str, root: Path) -> ProcedureFile:
    """The file of a procedure with that of the procedure it is based on, which has all its steps itself."""
    file = f"procedures/{procedure_id}.toml"
    own = head(file, HEAD, root)
    if "steps_of" not in own.values:
        return ProcedureFile(procedure_id, file, None, root)
    others = [each for each in procedure_ids(root) if each != procedure_id]
    base = f"procedures/{own.one_of('steps_of', others)}.toml"
    if "steps_of" in read_toml(base, root):
        raise own.wrong(f"{base} is itself based on another.", "Base it on a file that has all its steps.", "steps_of")
    return ProcedureFile(procedure_id, file, base, root)
