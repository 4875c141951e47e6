"""The house as its tests see it: services, source files, and what they hold."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
SERVICES: Final = ("gateway", "notification", "artefact-review", "execution-tracker", "certification", "disputes")


def package(service: str) -> str:
    """The Python package of a service."""
    return service.replace("-", "_")


@dataclass(frozen=True)
class Source:
    """One file of Python."""

    path: Path

    def __str__(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def is_test(self) -> bool:
        """Whether it lies in a folder of tests."""
        return any(part == "tests" or part.endswith("_tests") for part in self.path.relative_to(ROOT).parts)

    @cached_property
    def text(self) -> str:
        """What stands in it."""
        return self.path.read_text()

    @cached_property
    def tree(self) -> ast.Module:
        """What it says."""
        return ast.parse(self.text)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method in it."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def imports(self) -> Iterator[str]:
        """Every module that it imports."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.module or ""


@cache
def sources() -> tuple[Source, ...]:
    """Every file of Python that we wrote; each is read and parsed once, however many tests look at it."""
    folders = [ROOT / name for name in ("services", "shared", "deploy", "tests", "examples")]
    return tuple(Source(path) for folder in folders for path in sorted(folder.rglob("*.py")))


def inside(*folders: str) -> list[Source]:
    """The files of Python in some folders, which are named from the root on."""
    return [source for source in sources() if str(source).startswith(tuple(f"{each}/" for each in folders))]


def domain(service: str) -> list[Source]:
    """The files of a service's domain."""
    return inside(f"services/{service}/{package(service)}/domain")


def product() -> list[Source]:
    """Every file that runs in a service: neither a test nor what tests stand on."""
    kept = []
    for source in inside("services", "shared"):
        parts = source.path.relative_to(ROOT).parts
        if not source.is_test and source.path.name != "testing.py" and "testing" not in parts:
            kept.append(source)
    return kept
