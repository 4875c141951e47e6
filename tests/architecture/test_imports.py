"""Imports point inwards."""

import subprocess
import sys
from pathlib import Path

import pytest
from house import ROOT, SERVICES, Source, domain, package

DOMAINS = [(service, source) for service in SERVICES for source in domain(service)]
RULEBOOK = [Source(path) for path in sorted((ROOT / "shared" / "rulebook").rglob("*.py"))]


def test_the_lines_between_the_packages_hold() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("service", "source"), DOMAINS, ids=str)
def test_a_domain_imports_the_standard_library_the_kernel_and_the_rulebook_alone(service: str, source: Source) -> None:
    own = f"{package(service)}.domain"
    strange = [
        name
        for name in source.imports()
        if not (_standard(name, "rulebook", "kernel") or f"{name}.".startswith(f"{own}."))
    ]
    assert strange == []


@pytest.mark.parametrize("source", RULEBOOK, ids=str)
def test_the_rulebook_imports_the_standard_library_and_the_kernel_alone(source: Source) -> None:
    assert [name for name in source.imports() if not _standard(name, "rulebook", "kernel")] == []


def _standard(name: str, *others: str) -> bool:
    return name.partition(".")[0] in {*sys.stdlib_module_names, *others}
