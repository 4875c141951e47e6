"""What is generated from the sources: the pages of the clauses and of the checks, and the catalogue of refusals."""

import ast
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TypeGuard

from assay_cli import clauses
from assay_cli.refusals import CATALOGUE, CataloguedRefusal
from assay_lab import check_pages
from assay_stack.home import CHECKOUT

FOLDERS = ("services", "shared/kernel", "shared/rulebook", "shared/chassis")


def files() -> dict[Path, str]:
    """The content of every generated file, by where it is kept."""
    refusals = [asdict(each) for each in catalogued()]
    catalogue = json.dumps(refusals, indent=1, ensure_ascii=False)
    return {**clauses.pages(), **check_pages.pages(), CATALOGUE: f"{catalogue}\n"}


def catalogued() -> list[CataloguedRefusal]:
    """Every refusal in the sources, by name; no service is loaded for it."""
    found = {repr(each): each for each in map(_catalogued, _refusals())}  # several services say some in the same words
    return sorted(found.values(), key=lambda refusal: refusal.name)


def _refusals() -> Iterator[ast.ClassDef]:
    for folder in FOLDERS:
        for path in sorted((CHECKOUT / folder).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            if "Refusal" in source and not _is_test(path):
                yield from (node for node in ast.parse(source).body if _is_refusal(node))


def _is_test(path: Path) -> bool:
    return any(part.endswith("_tests") for part in path.relative_to(CHECKOUT).parts)


def _is_refusal(node: ast.stmt) -> TypeGuard[ast.ClassDef]:
    return isinstance(node, ast.ClassDef) and any("Refusal" in ast.unparse(base) for base in node.bases)


def _catalogued(node: ast.ClassDef) -> CataloguedRefusal:
    texts = {
        target.id: ast.literal_eval(each.value)
        for each in node.body
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant)
        for target in each.targets
        if isinstance(target, ast.Name)
    }
    return CataloguedRefusal(
        name=node.name,
        message=ast.get_docstring(node) or node.name,
        remedy=texts.get("remedy", "see the clause."),
        clause=texts.get("clause"),
        facts={
            each.target.id: ast.unparse(each.annotation)
            for each in node.body
            if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        },
    )
