"""Packs: the tests of a procedure that do not come from a User Role's matrix, one file each in `packs/`."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rulebook.engine.files import Entry, distinct, entries, head
from rulebook.engine.scope.catalogue import Test

KEYS = ("id", "title", "clause", "order")


@dataclass(frozen=True)
class Pack:
    """A set of tests with the test web services that they reach."""

    id: str
    title: str
    clause: str
    tests: tuple[Test, ...]
    web_services: tuple[str, ...] = ()


def pack_ids(root: Path) -> tuple[str, ...]:
    """Every pack of a document."""
    return tuple(sorted(path.stem for path in (root / "packs").glob("*.toml")))


@cache
def pack(pack_id: str, root: Path) -> Pack:
    """The pack of an id; one without a test is refused."""
    file = f"packs/{pack_id}.toml"
    top = head(file, ("id", "title", "clause", "web_services", "test"), root)
    clause = top.clause()
    found = distinct(entries(file, "test", KEYS, "id", root), "id")
    return Pack(
        id=top.one_of("id", [pack_id]),
        title=top.text("title"),
        clause=clause,
        tests=tuple(_test(entry, clause) for entry in found),
        web_services=top.texts("web_services"),
    )


def _test(entry: Entry, clause: str) -> Test:
    return Test(
        id=entry.text("id"),
        kind="planned-test",
        title=entry.text("title"),
        order=entry.number("order") if "order" in entry.values else None,
        clause=entry.clause() if "clause" in entry.values else clause,
    )
