"""Writes the documents that are generated from code and kept in the repository: `python -m tests.contracts.generate`.

- `shared/contracts/openapi/`: each service's OpenAPI document. The gateway knows nothing else of a service.
- `shared/contracts/schemas/`: the JSON Schema of every contract. One that would break a reader is not written.
- `shared/contracts/examples/`: an example of every contract. Once written it stays as it is, for ever.
- `docs/asyncapi.json`: everything that crosses Kafka.
"""

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import orjson
from tests.contracts import asyncapi, examples
from tests.contracts.compatibility import incompatibilities

import contracts
from chassis.web.app import application

FOLDER: Final = Path(contracts.__file__).parent
ROOT: Final = Path(__file__).parents[2]
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
    """The examples that are not kept yet."""
    for example in examples.examples():
        path = FOLDER / "examples" / f"{example.TYPE}.json"
        if not path.exists():
            yield path, written(example.model_dump(mode="json"))


def generated() -> Mapping[Path, bytes]:
    """Every generated document by where it is kept."""
    documents = {FOLDER / "openapi" / f"{service}.json": written(openapi(service)) for service in SERVICES}
    return {**documents, **dict(schemas()), ROOT / "docs" / "asyncapi.json": written(asyncapi.document())}


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
