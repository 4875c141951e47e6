"""What the domain may not do, what time is, and how long things may be."""

import ast
from collections.abc import Iterator

from tests.architecture.house import SERVICES, Source, domain, product, sources

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
LONGEST_STORY = 60
"""A test may tell a story in one piece."""

DOMAIN = [source for service in SERVICES for source in domain(service)]
CLOCKS = {"now", "utcnow", "today"}
MAY_KNOW_THE_TIME = {
    "shared/chassis/process/clock.py",
    "services/certification/certification/signing/pades.py",  # an X.509 chain is valid in real time, not in rehearsal
}
CACHE = "shared/kernel/recent.py"
IMPURE_MODULES = {"logging", "asyncio", "random", "secrets", "os", "socket", "subprocess", "time", "threading"}
IMPURE_CALLS = {"uuid1", "uuid4", "open", "print", "input"}


def calls(source: Source) -> list[tuple[str, str]]:
    """Every call as what it is called on and by which name: `datetime.now()` is `("datetime", "now")`."""
    found = [node.func for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    names = [(ast.unparse(call.value), call.attr) for call in found if isinstance(call, ast.Attribute)]
    return names + [("", call.id) for call in found if isinstance(call, ast.Name)]


def test_a_domain_waits_for_nothing_asks_nothing_and_tells_nobody() -> None:
    offenders = {str(source): found for source in DOMAIN if (found := list(_impurities(source)))}
    assert offenders == {}


def _impurities(source: Source) -> Iterator[str]:
    waits = (ast.Await, ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith)
    yield from (f"line {node.lineno} waits" for node in ast.walk(source.tree) if isinstance(node, waits))
    yield from sorted(IMPURE_MODULES & {name.partition(".")[0] for name in source.imports()})
    yield from sorted(IMPURE_CALLS & {name for _, name in calls(source)})


def test_only_the_clock_knows_what_time_it_is() -> None:
    offenders = {
        str(source): name
        for source in product()
        for on, name in calls(source)
        if name in CLOCKS and on in ("datetime", "date", "datetime.datetime") and str(source) not in MAY_KNOW_THE_TIME
    }
    assert offenders == {}, "take `now` from runtime.clock or from the command"


def test_what_was_used_lately_is_kept_by_one_cache() -> None:
    offenders = [str(source) for source in product() if "OrderedDict" in source.text and str(source) != CACHE]
    assert offenders == [], f"use the one of {CACHE}"


def test_files_and_functions_are_short() -> None:
    offenders = {str(source): found for source in sources() if (found := _too_long(source))}
    assert offenders == {}


def _too_long(source: Source) -> dict[str, int]:
    longest = LONGEST_STORY if "test" in str(source) else LONGEST_FUNCTION
    lengths = {function.name: (function.end_lineno or 0) - function.lineno + 1 for function in source.functions()}
    found = {name: length for name, length in lengths.items() if length > longest}
    return found | ({"the file": lines} if (lines := source.text.count("\n")) > LONGEST_FILE else {})


def test_everything_public_says_what_it_means() -> None:
    offenders = {str(source): found for source in product() if (found := _silent(source.tree))}
    assert offenders == {}


def _silent(tree: ast.Module) -> list[str]:
    silent = [node.name for node in _public(tree) if not ast.get_docstring(node)]
    return silent if ast.get_docstring(tree) else ["the module", *silent]


def _public(tree: ast.AST) -> list[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.iter_child_nodes(tree) if isinstance(node, kinds) and not node.name.startswith("_")]
    classes = [node for node in nodes if isinstance(node, ast.ClassDef) and not _is_protocol(node)]
    inner = [each for node in classes for each in _public(node) if not isinstance(each, ast.ClassDef)]
    return nodes + [each for each in inner if not _is_handed_down(each)]


def _is_protocol(node: ast.ClassDef) -> bool:
    return "Protocol" in {ast.unparse(base).partition("[")[0] for base in node.bases}


def _is_handed_down(node: ast.AST) -> bool:
    """What overrides something says nothing new."""
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and len(node.body) == 1 and not node.args.args[1:]
