"""What crosses Kafka can be read by those who read it yesterday, and the generated documents are current."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from compatibility import incompatibilities
from generate import FOLDER, ROOT, SERVICES, breaks, generated, schemas

from contracts import REGISTRY
from contracts.topics import TOPICS

EXAMPLES = sorted((FOLDER / "examples").glob("*.json"))
GENERATED = generated()


@pytest.mark.parametrize("type", REGISTRY)
def test_every_contract_has_an_example(type: str) -> None:
    assert (FOLDER / "examples" / f"{type}.json").exists(), "add one to examples.py and run generate.py"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_there_ever_was_can_be_read_and_written_again(path: Path) -> None:
    contract = REGISTRY[path.stem].model_validate_json(path.read_bytes())
    written = contract.model_dump(mode="json")
    assert REGISTRY[path.stem].model_validate(written) == contract
    assert orjson.loads(path.read_bytes()).items() <= written.items()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_reader_passes_over_what_a_newer_writer_adds(path: Path) -> None:
    example = orjson.loads(path.read_bytes())
    contract = REGISTRY[path.stem]
    assert contract.model_validate({**example, "added_later": 1}) == contract.model_validate(example)


@pytest.mark.parametrize(("path", "schema"), list(schemas()), ids=lambda value: getattr(value, "stem", ""))
def test_no_contract_changes_so_that_a_reader_breaks(path: Path, schema: bytes) -> None:
    assert path.exists(), "run generate.py"
    assert breaks(path, schema) == []


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_generated_document_is_current(path: Path) -> None:
    assert path.exists(), "run generate.py"
    assert orjson.loads(path.read_bytes()) == orjson.loads(GENERATED[path]), "run generate.py"


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
