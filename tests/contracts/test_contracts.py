"""What crosses Kafka can be read by those who read it yesterday, and the generated documents are current."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.contracts.compatibility import incompatibilities
from tests.contracts.generate import FOLDER, ROOT, SERVICES, breaks, generated, schemas

from contracts import REGISTRY
from contracts.topics import TOPICS
from testing.golden import keeps

EXAMPLES = sorted((FOLDER / "examples").glob("*.json"))
GENERATED = generated()


def test_every_contract_has_an_example() -> None:
    missing = [type for type in REGISTRY if not (FOLDER / "examples" / f"{type}.json").exists()]
    assert missing == [], "run generate.py"


def test_every_example_there_ever_was_can_be_read_and_written_again() -> None:
    offenders = [path.stem for path in EXAMPLES if not _is_read_and_written_again(path)]
    assert offenders == []


def _is_read_and_written_again(path: Path) -> bool:
    contract = REGISTRY[path.stem].model_validate_json(path.read_bytes())
    written = contract.model_dump(mode="json")
    return keeps(written, orjson.loads(path.read_bytes())) and REGISTRY[path.stem].model_validate(written) == contract


def test_a_reader_passes_over_what_a_newer_writer_adds() -> None:
    offenders = [path.stem for path in EXAMPLES if not _passes_over_what_is_new(path)]
    assert offenders == []


def _passes_over_what_is_new(path: Path) -> bool:
    example, contract = orjson.loads(path.read_bytes()), REGISTRY[path.stem]
    return contract.model_validate({**example, "added_later": 1}) == contract.model_validate(example)


def test_no_contract_changes_so_that_a_reader_breaks() -> None:
    offenders = {
        path.stem: found
        for path, schema in schemas()
        if (found := breaks(path, schema) if path.exists() else ["there is no schema: run generate.py"])
    }
    assert offenders == {}


def test_every_generated_document_is_current() -> None:
    offenders = [str(path.relative_to(ROOT)) for path in GENERATED if not _is_current(path)]
    assert offenders == [], "run generate.py"


def _is_current(path: Path) -> bool:
    return path.exists() and path.read_bytes() == GENERATED[path]


def test_no_document_is_kept_of_what_is_gone() -> None:
    assert {path.stem for path in (FOLDER / "openapi").glob("*.json")} == set(SERVICES)
    assert {path.stem for path in (FOLDER / "schemas").glob("*.json")} == set(REGISTRY)
    assert {path.stem for path in EXAMPLES} <= set(REGISTRY), "an old version must be read for ever"


def test_every_contracts_topic_exists_and_has_one_owner() -> None:
    names = [topic.name for topic in TOPICS]
    assert len(set(names)) == len(names)
    assert {contract.TOPIC for contract in REGISTRY.values()} == set(names)


def part(**fields: Any) -> dict[str, Any]:
    return {"properties": fields, "required": sorted(fields)}


TEXT = {"type": "string"}
NUMBER = {"type": "integer"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (part(a=TEXT), part(a=TEXT), []),
        (part(a=TEXT), {**part(a=TEXT, b=TEXT), "required": ["a"]}, []),
        (part(a=TEXT, b=TEXT), part(a=TEXT), ["b is gone"]),
        (part(a=TEXT), part(a=TEXT, b=TEXT), ["b is required now"]),
        (part(a=TEXT), part(a=NUMBER), ["a is of another kind"]),
        (part(a=TEXT), part(a={**TEXT, "description": "A."}), []),
        (part(a=TEXT), {**part(a=TEXT), "required": []}, ["a may be missing now"]),
        ({"$defs": {"Part": part(a=TEXT)}}, {"$defs": {"Part": part()}}, ["Part.a is gone"]),
        ({"$defs": {"Part": part(a=TEXT)}}, {}, ["Part is gone"]),
    ],
)
def test_what_breaks_a_reader_is_told(old: dict[str, Any], new: dict[str, Any], expected: list[str]) -> None:
    assert incompatibilities(old, new) == expected
