"""Imports point inwards."""

import sys

from tests.architecture.house import ROOT, SERVICES, Source, domain, package

DOMAINS = [(service, source) for service in SERVICES for source in domain(service)]
RULEBOOK = [Source(path) for path in sorted((ROOT / "shared" / "rulebook").rglob("*.py"))]


def test_a_domain_imports_the_standard_library_the_kernel_and_the_rulebook_alone() -> None:
    offenders = {
        str(source): found
        for service, source in DOMAINS
        if (found := _strange(source, "kernel", "rulebook", own=f"{package(service)}.domain"))
    }
    assert offenders == {}


def test_the_rulebook_imports_the_standard_library_and_the_kernel_alone() -> None:
    assert {str(source): found for source in RULEBOOK if (found := _strange(source, "kernel", "rulebook"))} == {}


def _strange(source: Source, *others: str, own: str = "") -> list[str]:
    """The modules that a source may not import: not the standard library, not these others, not its own."""
    outside = (name for name in source.imports() if not (own and f"{name}.".startswith(f"{own}.")))
    return [name for name in outside if not _standard(name, *others)]


def _standard(name: str, *others: str) -> bool:
    return name.partition(".")[0] in {*sys.stdlib_module_names, *others}
