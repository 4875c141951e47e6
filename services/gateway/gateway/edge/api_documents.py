"""The OpenAPI documents of the services: all that the gateway knows of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

import contracts
from kernel.audience import Duty

FOLDER: Final = Path(contracts.__file__).parent / "openapi"
METHODS: Final = ("get", "post", "put", "patch", "delete")

ApiDocument = Mapping[str, Any]


@dataclass(frozen=True)
class Endpoint:
    """One method of one path, and the service that owns it.

    About an engagement it asks for a `duty`; otherwise `roles` may call it, or all who are signed in where none is
    named. `public`: everybody may, without a token.
    """

    service: str
    method: str
    path: str
    duty: Duty | None = None
    roles: frozenset[str] = frozenset()
    public: bool = False

    @property
    def changes(self) -> bool:
        """Whether it may change something."""
        return self.method != "GET"


def api_documents(folder: Path = FOLDER) -> dict[str, ApiDocument]:
    """Each service's document by the service's name."""
    return {file.stem: orjson.loads(file.read_bytes()) for file in sorted(folder.glob("*.json"))}


def endpoints(service: str, document: ApiDocument) -> Iterator[Endpoint]:
    """Every endpoint of a service, in the order of its routes."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield _endpoint(service, method, path, item[method])


def _endpoint(service: str, method: str, path: str, operation: Mapping[str, Any]) -> Endpoint:
    return Endpoint(
        service=service,
        method=method.upper(),
        path=path,
        duty=operation.get("x-duty"),
        roles=frozenset(operation.get("x-roles", ())),
        public="security" not in operation,
    )
