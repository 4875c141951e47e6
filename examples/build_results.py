"""Build the results of the examples: `python examples/build_results.py [role] [folder]`.

Five days of execution as test tools write them, JUnit XML and CSV in turn. A Response Code test fails on the second
day and stays outstanding; a Service Request test fails on the third, and `retest.csv` verifies its fix.
"""

import csv
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from rulebook.engine.scope.scope import Item, Test, scope

EXAMPLE = Path(__file__).parent / "uept-export-supplier"
DAYS = 5
FIXED_ISSUE = 2
"""The number of the issue that the second failure raises."""


def build(role: str, descoped: Sequence[Item], folder: Path) -> None:
    """Write a file for each day, and the retest."""
    days = spread(scope(role, descoped).tests)
    failing = (days[1][-1], _last_request(days[2]))
    folder.mkdir(parents=True, exist_ok=True)
    for number, tests in enumerate(days, start=1):
        write = junit if number % 2 else table
        (folder / f"day-{number}.{'xml' if number % 2 else 'csv'}").write_bytes(write(tests, failing))
    (folder / "retest.csv").write_bytes(retest(failing[1]))


def spread(tests: Sequence[Test]) -> list[list[Test]]:
    """The tests over five days in the order of the scope, but for one Response Code that ends the second day."""
    early = next(test for test in tests if test.kind == "response-code")
    rest = iter(test for test in tests if test != early)
    sizes = [len(tests) // DAYS + (day < len(tests) % DAYS) for day in range(DAYS)]
    return [
        [next(rest) for _ in range(size - (day == 1))] + ([early] if day == 1 else []) for day, size in enumerate(sizes)
    ]


def junit(tests: Sequence[Test], failing: Sequence[Test]) -> bytes:
    """A day as JUnit XML, a suite for each kind of test."""
    root = ElementTree.Element("testsuites", name="UEPT")
    for kind in dict.fromkeys(test.kind for test in tests):
        of_kind = [test for test in tests if test.kind == kind]
        failures = sum(test in failing for test in of_kind)
        suite = ElementTree.SubElement(root, "testsuite", name=kind, tests=str(len(of_kind)), failures=str(failures))
        for test in of_kind:
            _case(suite, test, failed=test in failing)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def table(tests: Sequence[Test], failing: Sequence[Test]) -> bytes:
    """A day as CSV."""
    rows = [(test.id, "failed" if test in failing else "passed", script(test)) for test in tests]
    return _csv([("test", "outcome", "script"), *rows])


def retest(test: Test) -> bytes:
    """The retest that verifies the fix."""
    row = (test.id, "passed", script(test), str(FIXED_ISSUE), "retest")
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


def main(arguments: Sequence[str]) -> None:
    """The Export Supplier's results, or those of another role in another folder, with nothing descoped."""
    if not arguments:
        items = [Item(each["kind"], each["item"]) for each in json.loads((EXAMPLE / "descoping.json").read_text())]
        build("ES", items, EXAMPLE / "results")
        return
    build(arguments[0], (), Path(arguments[1]))


if __name__ == "__main__":
    main(sys.argv[1:])
