"""Every reason to say no says what was wrong and what would be right."""

import re
import string
from dataclasses import fields, is_dataclass
from importlib import import_module

import pytest
from house import product

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


@pytest.mark.parametrize("refusal", every_refusal(), ids=lambda refusal: refusal.__name__)
def test_a_refusal_is_complete(refusal: type[Refusal]) -> None:
    assert is_dataclass(refusal)
    assert refusal.kind in STATUS_OF_KIND
    assert "__doc__" in vars(refusal)
    assert refusal.__doc__
    assert not refusal.__doc__.startswith(f"{refusal.__name__}("), "write a docstring"
    assert refusal.remedy
    used = {name for text in (refusal.__doc__, refusal.remedy) for _, name, _, _ in string.Formatter().parse(text)}
    assert {re.split(r"[.\[]", name)[0] for name in used if name} <= {field.name for field in fields(refusal)}


@pytest.mark.parametrize("refusal", every_refusal(), ids=lambda refusal: refusal.__name__)
def test_a_refusal_cites_a_clause_that_can_be_looked_up(refusal: type[Refusal]) -> None:
    assert refusal.clause is None or CLAUSE.fullmatch(refusal.clause)


def test_no_two_problems_of_one_service_are_called_alike() -> None:
    names = [(refusal.__module__.partition(".")[0], refusal.__name__) for refusal in every_refusal()]
    assert len(set(names)) == len(names)
