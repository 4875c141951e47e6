"""The words of the law's data that no service may hold, by what they are; read from every document and edition."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, get_args

from kernel.audience import DUTIES
from rulebook.engine.editions import documents_in_force, editions
from rulebook.engine.files import clauses, events
from rulebook.engine.gates import JUDGES
from rulebook.engine.procedures import procedure_ids
from rulebook.engine.profile import Phase, Profile, profile_in
from rulebook.engine.scope.matrix import ROLES

ORDINARY: Final = frozenset({*DUTIES, *get_args(Phase), *JUDGES})
"""The engine's own words: that a gate's id is its phase, or a criterion's its judge, does not make them the law's."""
CLAUSE: Final = "clause"
EVENT: Final = "event of another service"
CONTRACTS: Final = ("notification", "artefact_review", "execution_tracker", "certification", "disputes")
CITATION: Final = re.compile(r"([A-Z]{2,} (Annex |Table )?)?[A-Z]?\d+(\.\d+)+[A-Z]?(\([a-z]\)|[a-z])?(\([ivx]+\))?")
QUOTED: Final = re.compile(r"'([^'\n]*)'")

Words = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Literal:
    """A text that stands in a source, and its line."""

    text: str
    line: int


def law_words() -> Words:
    """Every word by its kind."""
    profiles = tuple(every_profile())
    gates = [gate for each in profiles for gate in each.gates]
    found = {
        "procedure": {each.id for each in profiles},
        CLAUSE: {name for clause in clauses() for name in (clause, clause.partition(" ")[2])},
        "step": {step.ref for each in profiles for step in each.procedure.steps},
        "gate": {gate.id for gate in gates},
        "criterion": {criterion.id for gate in gates for criterion in gate.criteria},
        "artefact kind": {artefact.kind for each in profiles for artefact in each.artefacts},
        "User Role": set(ROLES),
        "role of a procedure": {role for each in profiles for role in each.roles},
        "certificate form": {form.id for each in profiles for form in each.certificates},
        EVENT: set(events()),
    }
    return {kind: frozenset(words) - ORDINARY for kind, words in found.items()}


def every_profile() -> Iterator[Profile]:
    """The profile of every procedure by every edition that is kept."""
    for document in documents_in_force():
        for edition in editions(document):
            yield from (profile_in(each, edition.root) for each in procedure_ids(edition.root))


def offenders(source: str, kind: str, words: Words, service: str = "", sql: bool = False) -> list[tuple[int, str]]:
    """The lines of a source that hold a word of a kind, and the word."""
    found = literals_of_sql(source) if sql else literals(source)
    held = {(each.line, each.text) for each in found if _is_held(each.text, kind, words, service)}
    if kind == EVENT and not sql:
        held |= set(_imported(source, service))
    return sorted(held)


def _is_held(text: str, kind: str, words: Words, service: str) -> bool:
    if kind == EVENT:
        return _is_foreign(text, service, words)
    return _is_clause(text, words) if kind == CLAUSE else text in words[kind]


@cache
def literals(source: str) -> tuple[Literal, ...]:
    """Every text of a module, but docstrings and the clause that a refusal cites."""
    return tuple(_literals(ast.parse(source)))


def _literals(tree: ast.Module) -> Iterator[Literal]:
    left_out = {id(node) for each in ast.walk(tree) for node in _left_out(each)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
            yield Literal(node.value, node.lineno)


def literals_of_sql(text: str) -> Iterator[Literal]:
    """Every quoted text of a file of SQL, but in comments."""
    for number, line in enumerate(text.splitlines(), start=1):
        yield from (Literal(found, number) for found in QUOTED.findall(line.partition("--")[0]))


def _left_out(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Expr):
        yield node.value
    if isinstance(node, ast.ClassDef):
        for each in node.body:
            targets = (
                each.targets
                if isinstance(each, ast.Assign)
                else [each.target]
                if isinstance(each, ast.AnnAssign)
                else []
            )
            if any(isinstance(target, ast.Name) and target.id == "clause" for target in targets):
                yield from ast.walk(each)


def _is_clause(text: str, words: Words) -> bool:
    """Whether a text as a whole cites a clause, with or without its document, letter and numeral."""
    if CITATION.fullmatch(text) is None:
        return text in words[CLAUSE] and " " in text
    number = re.match(r"([A-Z]{2,} (Annex |Table )?)?[A-Z]?\d+(\.\d+)+[A-Z]?", text)
    return number is not None and number[0] in words[CLAUSE]


def _is_foreign(text: str, service: str, words: Words) -> bool:
    known = words[EVENT]
    fact = re.sub(r"^(assay|dcc)\.|\.v\d+$", "", text)
    return fact in known and not fact.startswith(f"{service}.")


def _imported(source: str, service: str) -> Iterator[tuple[int, str]]:
    """Every import of what another service publishes."""
    foreign = {each for each in CONTRACTS if each != service.replace("-", "_")}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [alias.name for alias in node.names]
            room, _, inner = node.module.partition(".")
            if room == "contracts":
                modules = [inner.partition(".")[0]] if inner else names
                yield from ((node.lineno, f"contracts.{each}") for each in modules if each in foreign)
