"""Finds what a refusal says by its name, in the source of this checkout: no service is loaded for it."""

import ast
from collections.abc import Iterator
from typing import TypeGuard

from assay_cli.clauses import CHECKOUT
from rulebook.engine.why import Reason

FOLDERS = ("services", "shared/kernel", "shared/rulebook", "shared/chassis")


def reason_of(name: str) -> Reason | None:
    """The reason that a refusal gives, named by its class or by its problem's type; `None` when there is none."""
    wanted = name.rpartition(":")[2].replace("-", "").lower()
    return next((_reason(node) for node in _refusals() if node.name.lower() == wanted), None)


def _refusals() -> Iterator[ast.ClassDef]:
    for folder in FOLDERS:
        for path in sorted((CHECKOUT / folder).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            if "Refusal" in source and "tests" not in path.parts:
                yield from (node for node in ast.parse(source).body if _is_refusal(node))


def _is_refusal(node: ast.stmt) -> TypeGuard[ast.ClassDef]:
    return isinstance(node, ast.ClassDef) and any("Refusal" in ast.unparse(base) for base in node.bases)


def _reason(node: ast.ClassDef) -> Reason:
    texts = {
        target.id: ast.literal_eval(each.value)
        for each in node.body
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant)
        for target in each.targets
        if isinstance(target, ast.Name)
    }
    rule = f"What would be right: {texts.get('remedy', 'see the clause.')}"
    facts = {name: kind for each in node.body for name, kind in _field(each).items()}
    return Reason(
        subject=node.name,
        kind="refusal",
        answer=ast.get_docstring(node) or node.name,
        clause=str(texts.get("clause", "none")),
        rule=rule,
        inputs=facts,
    )


def _field(node: ast.stmt) -> dict[str, str]:
    is_field = isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    return {node.target.id: ast.unparse(node.annotation)} if is_field else {}  # type: ignore[attr-defined]
