from datetime import UTC, datetime

import pytest

from execution_tracker.domain.events import Outcome
from execution_tracker.domain.result_refusals import HostileFile, NotAResultsFile, ResultsRefused, TooManyResults
from execution_tracker.imports import Row, read_results
from execution_tracker.imports.row import MOST_RESULTS

JUNIT = b"""<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="reads">
    <testcase name="SR:4.2:CV1-OD:S1"/>
    <testcase name="no answer"><properties>
      <property name="assay.test" value="RC:E13:S1"/><property name="assay.script" value="TS-7"/>
      <property name="other" value="ignored"/>
    </properties><failure message="no response"/></testcase>
    <testcase name="AL:N1:S2"><error/></testcase>
    <testcase name="SSI"><skipped/></testcase>
  </testsuite>
  <testsuite name="retests" timestamp="2027-07-01T10:00:00">
    <testcase name="RC:E19:S1"><properties>
      <property name="assay.verifies" value="2"/><property name="assay.purpose" value="retest"/>
    </properties></testcase>
  </testsuite>
</testsuites>"""
BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<testsuite><testcase name="&b;"/></testsuite>"""
OUTSIDE = b"""<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&f;"/></testsuite>"""


def test_a_junit_report_is_read_by_what_its_elements_mean() -> None:
    assert read_results(JUNIT) == (
        Row(4, "SR:4.2:CV1-OD:S1", "passed"),
        Row(5, "RC:E13:S1", "failed", script="TS-7"),
        Row(9, "AL:N1:S2", "blocked"),
        Row(10, "SSI", "not-run"),
        Row(13, "RC:E19:S1", "passed", "retest", 2, executed_at=datetime(2027, 7, 1, 9, 0, tzinfo=UTC)),
    )


@pytest.mark.parametrize(
    ("stated", "element", "outcome"),
    [("ready", "skipped", "ready"), ("blocked", "failure", "blocked"), ("", "failure", "failed")],
)
def test_an_outcome_that_is_stated_holds_whatever_element_stands_beside_it(
    stated: str, element: str, outcome: Outcome
) -> None:
    said, beside = f'<properties><property name="assay.outcome" value="{stated}"/></properties>', f"<{element}/>"
    for inside in (said + beside, beside + said):
        report = f'<testsuite><testcase name="SSI">{inside}</testcase><testcase name="RC:E13:S1"/></testsuite>'
        assert read_results(report.encode()) == (Row(1, "SSI", outcome), Row(1, "RC:E13:S1", "passed"))


def test_a_report_in_utf_16_is_read_as_well() -> None:
    text = JUNIT.decode().replace("UTF-8", "UTF-16")
    assert read_results(text.encode("utf-16"))[0].test == "SR:4.2:CV1-OD:S1"


@pytest.mark.parametrize("hostile", [BOMB, OUTSIDE])
def test_a_report_with_entities_is_refused_unread(hostile: bytes) -> None:
    with pytest.raises(HostileFile):
        read_results(hostile)


def test_a_csv_file_is_read_by_its_header() -> None:
    data = "\ufeffoutcome,test,purpose,verifies,executed_at,script\r\nPassed,SSI,,,,\r\n\r\n"
    data += 'failed,RC:E13:S1,retest,3,2027-03-01T10:30:00+00:00,"TS-1, b"\r\n'
    assert read_results(data.encode()) == (
        Row(2, "SSI", "passed"),
        Row(4, "RC:E13:S1", "failed", "retest", 3, "TS-1, b", datetime(2027, 3, 1, 10, 30, tzinfo=UTC)),
    )


def test_each_bad_row_is_named_with_its_line() -> None:
    rows = "SSI,passed,,\n,passed,,\nSSI,green,,\nSSI,passed,yesterday,\nSSI,passed,,two\nSSI,passed,,,extra\n"
    with pytest.raises(ResultsRefused) as refused:
        read_results(f"test,outcome,executed_at,verifies\n{rows}".encode())
    assert [row.row for row in refused.value.rows] == [3, 4, 5, 6, 7]
    assert "5 of 6" in refused.value.message


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01", "9999-12-31"])
def test_an_instant_at_the_edge_of_the_calendar_is_not_one(instant: str) -> None:
    with pytest.raises(ResultsRefused, match="is not an instant"):
        read_results(f"test,outcome,executed_at\nSSI,passed,{instant}\n".encode())


def test_bad_cases_of_a_report_are_named_with_their_lines_too() -> None:
    with pytest.raises(ResultsRefused) as refused:
        read_results(b'<testsuite>\n<testcase/>\n<testcase name="a\x41"/></testsuite>')
    assert [row.row for row in refused.value.rows] == [2]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"PK\x03\x04 a workbook", "workbook"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n\x1a\n\x00", "neither XML nor text"),
        (b"a\x00b,c", "neither XML nor text"),
        (b"<html><body/></html>", "'html'"),
        (b"<testsuite><testcase>", "broken"),
        (b"<testsuite/>trailing", "broken"),
        (b'<?xml version="1.0" encoding="no-such"?><testsuite/>', "broken"),
        (b"test,result\nSSI,passed\n", "no column outcome"),
        (b"test,outcome,colour\nSSI,passed,red\n", "unknown columns"),
        (b"test,outcome,test\nSSI,passed,SSI\n", "twice"),
        (b'test,outcome\n"SSI,passed\n', "line 2"),
    ],
)
def test_what_is_not_a_results_file_is_refused_with_the_reason(data: bytes, said: str) -> None:
    with pytest.raises(NotAResultsFile) as refused:
        read_results(data)
    assert said in refused.value.message


def test_a_file_without_results_has_no_rows() -> None:
    assert read_results(b"<testsuites/>") == ()


def test_more_rows_than_the_cap_are_refused() -> None:
    with pytest.raises(TooManyResults):
        read_results(b"test,outcome\n" + b"SSI,passed\n" * (MOST_RESULTS + 1))
