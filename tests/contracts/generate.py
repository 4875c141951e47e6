"""Writes the documents that are generated from code and kept in the repository: `python -m tests.contracts.generate`.

- `shared/contracts/openapi/`: each service's OpenAPI document. The gateway knows nothing else of a service.
- `shared/contracts/schemas/`: the JSON Schema of every contract. One that would break a reader is not written.
- `shared/contracts/examples/`: an example of every contract; make it readable before it is committed: from then
  on it stays as it is, for ever.
- `docs/asyncapi.json`: everything that crosses Kafka; `docs/events.md`: the same for people, with who hears what.
- `shared/rulebook/law/common/events.txt`: the public events that the law's data may name.
"""

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

import orjson
from tests.contracts import asyncapi, page
from tests.contracts.compatibility import incompatibilities

import contracts
from chassis.web.app import application
from rulebook.engine.files import COMMON
from testing.golden import sample

FOLDER: Final = Path(contracts.__file__).parent
ROOT: Final = Path(__file__).parents[2]
EVENTS_HEAD: Final = (
    "# Every public event that the data may name, each with its fields, and with its outcomes where it has some. It is",
    "# written from the contracts, which the rulebook may not import: `python -m tests.contracts.generate`.",
)
SERVICES: Final = ("notification", "artefact-review", "execution-tracker", "certification", "disputes")


def openapi(service: str) -> dict[str, Any]:
    """The OpenAPI document of a service, from its routes."""
    router = import_module(f"{service.replace('-', '_')}.api").router
    return application(f"Assay {service}", router, None, None).openapi()


def schemas() -> Iterator[tuple[Path, bytes]]:
    """The JSON Schema of every contract by where it is kept."""
    for type, contract in contracts.REGISTRY.items():
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **contract.model_json_schema()}
        yield FOLDER / "schemas" / f"{type}.json", written(schema)


def new_examples() -> Iterator[tuple[Path, bytes]]:
    """An example of every contract of which none is kept yet, for somebody to give it values that tell something."""
    for type, contract in contracts.REGISTRY.items():
        path = FOLDER / "examples" / f"{type}.json"
        if not path.exists():
            yield path, written(sample(contract).model_dump(mode="json"))


def generated() -> Mapping[Path, bytes]:
    """Every generated document by where it is kept."""
    documents = {FOLDER / "openapi" / f"{service}.json": written(openapi(service)) for service in SERVICES}
    kafka = {ROOT / "docs" / "asyncapi.json": written(asyncapi.document()), COMMON / "events.txt": events()}
    people = {ROOT / "docs" / "events.md": page.page(SERVICES)}
    return {**documents, **dict(schemas()), **kafka, **people}


def events() -> bytes:
    """Every public event by the name that the rulebook uses, with its fields."""
    lines = sorted(" ".join((contract.fact(), *_fields(contract))) for contract in contracts.REGISTRY.values())
    return "\n".join((*EVENTS_HEAD, *lines, "")).encode()


def _fields(contract: type[contracts.Contract]) -> Iterator[str]:
    for name, field in contract.model_fields.items():
        closed = name == "outcome" and get_origin(field.annotation) is Literal
        yield f"{name}={'|'.join(get_args(field.annotation))}" if closed else name


def written(document: Any) -> bytes:
    """A document as it is kept."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def breaks(path: Path, document: bytes) -> list[str]:
    """What in a new schema would break a reader of the one that is kept."""
    if path.parent.name != "schemas" or not path.exists():
        return []
    found: list[str] = incompatibilities(orjson.loads(path.read_bytes()), orjson.loads(document))
    return found


def main() -> None:
    """Write every document that is not as it would be generated now."""
    for path, document in new_examples():
        _write(path, document)
    for path, document in generated().items():
        if broken := breaks(path, document):
            sys.exit(f"{path.name} would break its readers: {'; '.join(broken)}. Make a new version of the contract.")
        _write(path, document)


def _write(path: Path, document: bytes) -> None:
    if not path.exists() or path.read_bytes() != document:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(document)
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
