"""The OpenAPI documents of the services: all that the gateway knows of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

import contracts
from kernel.principal import Role

FOLDER: Final = Path(contracts.__file__).parent / "openapi"
METHODS: Final = ("get", "post", "put", "patch", "delete")

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Operation:
    """One method of one path: the service that owns it, and the roles that may call it; none means everybody."""

    service: str
    method: str
    path: str
    roles: frozenset[Role]

    @property
    def changes(self) -> bool:
        """Whether it may change something."""
        return self.method != "GET"


def documents(folder: Path = FOLDER) -> dict[str, Document]:
    """Each service's document by the service's name."""
    return {file.stem: orjson.loads(file.read_bytes()) for file in sorted(folder.glob("*.json"))}


def operations(service: str, document: Document) -> Iterator[Operation]:
    """Every operation of a service, in the order of its routes."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                roles = frozenset(map(Role, item[method]["x-roles"]))
                yield Operation(service, method.upper(), path, roles)
