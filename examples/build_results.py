"""Build the results of the examples: `python examples/build_results.py`.

Five days of execution as test tools write them, JUnit XML and CSV in turn. A Response Code test, where the scope has
one, fails on the second day and stays outstanding; a Service Request test fails on the third, and `retest.csv`
verifies its fix. Fewer tests than days are executed one a day.
"""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from rulebook.engine.profile import profile
from rulebook.engine.scope.scope import Item, Test, tests_of

DAYS = 5
DAY_OF_STAYING, DAY_OF_FIXED = 2, 3
"""The days on which the failure that stays outstanding, and the one that is fixed, are found."""


def build(
    role: str, descoped: Sequence[Item], folder: Path, procedure: str = "uept", chosen: Sequence[str] = ()
) -> None:
    """Write a file for each day, and the retest."""
    tests = tests_of(profile(procedure), {"role": role}, chosen, (), descoped).tests
    staying = next((test for test in tests if test.kind == "response-code"), None)
    days = spread(tests, staying)
    fixed = _last_request(days[min(DAY_OF_FIXED, len(days)) - 1])
    failing = (staying, fixed)
    folder.mkdir(parents=True, exist_ok=True)
    for number, of_day in enumerate(days, start=1):
        data = junit(procedure, of_day, failing) if number % 2 else table(of_day, failing)
        (folder / f"day-{number}.{'xml' if number % 2 else 'csv'}").write_bytes(data)
    (folder / "retest.csv").write_bytes(retest(fixed, issue=2 if staying else 1))


def spread(tests: Sequence[Test], staying: Test | None) -> list[list[Test]]:
    """The tests over five days in the order of the scope, but for the one that stays outstanding: it ends its day."""
    rest = iter(test for test in tests if test != staying)
    days = min(DAYS, len(tests))
    sizes = [len(tests) // days + (day < len(tests) % days) for day in range(days)]
    return [
        [*(next(rest) for _ in range(size - 1)), staying]
        if staying and day == DAY_OF_STAYING
        else [next(rest) for _ in range(size)]
        for day, size in enumerate(sizes, start=1)
    ]


def junit(procedure: str, tests: Sequence[Test], failing: Sequence[Test | None]) -> bytes:
    """A day as JUnit XML, a suite for each kind of test."""
    root = ElementTree.Element("testsuites", name=procedure.upper())
    for kind in dict.fromkeys(test.kind for test in tests):
        of_kind = [test for test in tests if test.kind == kind]
        failures = sum(test in failing for test in of_kind)
        suite = ElementTree.SubElement(root, "testsuite", name=kind, tests=str(len(of_kind)), failures=str(failures))
        for test in of_kind:
            _case(suite, test, failed=test in failing)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def table(tests: Sequence[Test], failing: Sequence[Test | None]) -> bytes:
    """A day as CSV."""
    rows = [(test.id, "failed" if test in failing else "passed", script(test)) for test in tests]
    return _csv([("test", "outcome", "script"), *rows])


def retest(test: Test, issue: int) -> bytes:
    """The retest that verifies the fix of an issue."""
    row = (test.id, "passed", script(test), str(issue), "retest")
    return _csv([("test", "outcome", "script", "verifies", "purpose"), row])


def script(test: Test) -> str:
    """The Test Script that was executed, as the example's artefacts name it."""
    return f"TS-{test.id.replace(':', '-')}"


def _case(suite: ElementTree.Element, test: Test, failed: bool) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=test.kind, name=test.id)
    properties = ElementTree.SubElement(case, "properties")
    ElementTree.SubElement(properties, "property", name="assay.script", value=script(test))
    if failed:
        ElementTree.SubElement(case, "failure", message="The response differs from what the script expects.")


def _last_request(tests: Sequence[Test]) -> Test:
    return next(test for test in reversed(tests) if test.kind == "service-request")


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def build_example(folder: Path) -> None:
    """Write the results of an example: of what its notice chooses, less what it descopes."""
    notice = json.loads((folder / "notification.json").read_text())
    descoping = folder / "descoping.json"
    items = json.loads(descoping.read_text()) if descoping.exists() else []
    descoped = [Item(each["kind"], each["item"]) for each in items]
    build("ES", descoped, folder / "results", notice["procedure"], notice.get("service_requests", ()))


def main() -> None:
    """The results of every example."""
    for notice in sorted(Path(__file__).parent.glob("*/notification.json")):
        build_example(notice.parent)


if __name__ == "__main__":
    main()
