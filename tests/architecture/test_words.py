"""The code's own words: each that the glossary explains is used, and none that was given up comes back."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from tests.architecture.house import ROOT, Source, inside, product, sources

GLOSSARY: Final = ROOT / "docs" / "glossary.md"
GIVEN_UP: Final = {
    "adopt": "stage",
    "ails": "failing_checks",
    "beat": "heartbeat",
    "Deaf": "ClientUnresponsive",
    "Deposed": "LeadershipLost",
    "Desk": "ApiClient",
    "Ended": "UnexpectedReturn",
    "excuse": "pause_reason",
    "Flow": "OutboxProgress",
    "heard": "consumed",
    "Hearing": "ClientHealth",
    "Hindsight": "SettledClock",
    "Interrupted": "UnexpectedCancel",
    "Letter": "Email",
    "look": "check, measure or next_check",
    "LOOK_AGAIN_SECONDS": "POLL_SECONDS",
    "LOOK_SECONDS": "POLL_SECONDS",
    "next_look": "next_check",
    "PlanAsked": "PlanQuery",
    "put_aside": "quarantine",
    "saw": "observe",
    "side_by_side": "run_forever_together",
    "stands_still": "stalled_for",
    "Story": "Scenario",
    "To": "CommandFor",
    "to_its_end": "run_to_completion",
    "told": "*_view or describe_error",
    "Told": "Tally",
    "ToldHead": "PublishedHead",
    "vital": "liveness_checks",
    "waits_for": "pending_dependencies",
    "would_be_right": "remedy",
    "Writes": "RowBuffer",
}
"""Names that had to be explained before they could be understood, and what stands in their place."""


def explained() -> list[str]:
    """Every word of the glossary."""
    return re.findall(r"^\| (?!word \|)([a-z -]+) \|", GLOSSARY.read_text(), flags=re.MULTILINE)


def test_every_word_of_the_glossary_stands_in_the_code() -> None:
    code = "\n".join(source.text for source in sources() if not source.is_test)
    unused = [word for word in explained() if not _stands_in(word, code)]
    assert unused == []


def _stands_in(word: str, code: str) -> bool:
    parts = re.split("[ -]", word)
    written = f"(?<![a-z]){'[ _-]?'.join(parts)}(?![a-z])"
    return re.search(written, code, flags=re.IGNORECASE) is not None or "".join(map(str.capitalize, parts)) in code


def test_no_word_is_explained_twice() -> None:
    words = explained()
    assert [word for word in set(words) if words.count(word) > 1] == []
    assert len(words) > 50, "the glossary can't be read"


def test_no_name_that_was_given_up_comes_back() -> None:
    offenders = [
        f"{source}: {name} was given up for {GIVEN_UP[bare]}"
        for source in (*product(), *inside("deploy"))
        for name in names(source)
        if (bare := _bare(name)) in GIVEN_UP
    ]
    assert offenders == []


def _bare(name: str) -> str:
    return re.sub("^[a-z]+_(?=told$)", "", name)


def names(source: Source) -> Iterator[str]:
    """What a file gives to others by name: its functions, classes, attributes and constants."""
    yield from (each.id for node in source.tree.body if isinstance(node, ast.Assign) for each in _named(node))
    for node in ast.walk(source.tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Attribute(attr=name, ctx=ast.Store()) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def _named(node: ast.Assign) -> list[ast.Name]:
    return [each for each in node.targets if isinstance(each, ast.Name)]
