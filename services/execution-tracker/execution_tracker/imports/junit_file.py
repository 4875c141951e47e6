"""Results as JUnit XML, from whatever test tool.

A test case is a result: its property `assay.test`, or else its name, is the test's id. A failure is failed, an error
blocked, skipped is not-run. Properties `assay.outcome`, `assay.verifies`, `assay.script`, `assay.purpose` and
`assay.executed_at` say what JUnit has no word for, and hold whatever else the test case has. A suite's timestamp is
when its test cases were executed.
"""

from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml import DefusedXmlException
from defusedxml.sax import parseString

from execution_tracker.domain.result_refusals import HostileFile, NotAResultsFile
from execution_tracker.imports.row import Row, Rows

ROOTS = ("testsuites", "testsuite")
OUTCOMES = {"failure": "failed", "error": "blocked", "skipped": "not-run"}
PREFIX = "assay."


def read(data: bytes) -> tuple[Row, ...]:
    """The rows of a JUnit report; document types, entities and references to the outside are refused."""
    report = _Report()
    try:
        parseString(data, report, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        raise HostileFile from error
    except (SAXException, ValueError, LookupError) as error:
        raise NotAResultsFile(problem=f"its XML is broken ({error})"[:200]) from error
    return report.rows.done()


class _Report(ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.rows = Rows()
        self._root: str | None = None
        self._timestamps: list[str] = []
        self._case: dict[str, str] | None = None
        self._stated: dict[str, str] = {}
        self._line = 0
        self._locator: Any = None

    def setDocumentLocator(self, locator: Any) -> None:
        self._locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self._require_root(name)
        match name:
            case "testsuite":
                self._timestamps.append(attrs.get("timestamp", "") or "")
            case "testcase":
                self._line = self._locator.getLineNumber()
                self._case = {
                    "test": attrs.get("name", "") or "",
                    "executed_at": self._executed_at(),
                    "outcome": "passed",
                }
                self._stated = {}
            case "failure" | "error" | "skipped" if self._case is not None:
                self._case["outcome"] = OUTCOMES[name]
            case "property" if self._case is not None:
                self._note_property(attrs)

    def endElement(self, name: str) -> None:
        if name == "testsuite":
            self._timestamps.pop()
        if name == "testcase" and self._case is not None:
            self.rows.add(self._line, self._case | self._stated)
            self._case = None

    def _require_root(self, name: str) -> None:
        if self._root is None:
            if name not in ROOTS:
                raise NotAResultsFile(problem=f"its root element is {name[:40]!r}, not a JUnit report's")
            self._root = name

    def _executed_at(self) -> str:
        return next((timestamp for timestamp in reversed(self._timestamps) if timestamp), "")

    def _note_property(self, attrs: AttributesImpl) -> None:
        name, value = attrs.get("name", "") or "", attrs.get("value", "") or ""
        if name.startswith(PREFIX) and value.strip():
            self._stated[name.removeprefix(PREFIX)] = value
