"""Every reason to say no says what was wrong and what would be right."""

import re
import string
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module

from tests.architecture.house import product

from chassis.web.problems import STATUS_OF_KIND
from kernel.refusal import Kind, Refusal

CLAUSE = re.compile(r"(CTSD|SEC) (Annex [A-Z]|[A-Z]?\d[\w.()-]*)( to [\w.()-]+| and [\w.()-]+|, [\w.()-]+)*")


def every_refusal() -> list[type[Refusal]]:
    """Every subclass in any module that mentions Refusal; not those that other tests have made."""
    modules = {_module(str(source)) for source in product() if "Refusal" in source.text}
    for module in modules:
        import_module(module)
    ours = (refusal for refusal in _below(Refusal) if refusal.__module__ in modules)
    return sorted(ours, key=lambda refusal: f"{refusal.__module__}.{refusal.__name__}")


def _module(path: str) -> str:
    parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
    return ".".join(parts[1:] if parts[0] == "shared" else parts[2:])


def _below(cls: type[Refusal]) -> set[type[Refusal]]:
    return {each for child in cls.__subclasses__() for each in {child, *_below(child)}}


def test_every_kind_of_refusal_has_a_status_that_blames_the_caller() -> None:
    assert set(STATUS_OF_KIND) == set(Kind)
    assert all(400 <= status < 500 for status in STATUS_OF_KIND.values())


def test_every_refusal_is_complete() -> None:
    offenders = {each.__name__: found for each in every_refusal() if (found := list(_lacks(each)))}
    assert offenders == {}


def _lacks(refusal: type[Refusal]) -> Iterator[str]:
    if not is_dataclass(refusal):
        yield "it is no dataclass"
        return
    if refusal.kind not in STATUS_OF_KIND:
        yield "its kind has no status"
    if "__doc__" not in vars(refusal) or (refusal.__doc__ or "").startswith(f"{refusal.__name__}("):
        yield "it has no docstring"
    if not refusal.remedy:
        yield "it has no remedy"
    texts = (refusal.__doc__ or "", refusal.remedy)
    used = {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}
    known = {field.name for field in fields(refusal)}
    yield from sorted(f"no field {name}" for name in used if re.split(r"[.\[]", name)[0] not in known)


def test_every_refusal_cites_a_clause_that_can_be_looked_up() -> None:
    cited = {each.__name__: each.clause for each in every_refusal() if each.clause is not None}
    assert {name: clause for name, clause in cited.items() if not CLAUSE.fullmatch(clause)} == {}


def test_no_two_problems_are_called_alike() -> None:
    """What is called so on the wire is one problem, whichever service answers."""
    names = Counter(refusal.__name__ for refusal in every_refusal())
    assert [name for name, times in names.items() if times > 1] == []
