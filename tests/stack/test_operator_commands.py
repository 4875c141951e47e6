"""What operations see in a terminal can be copied from it."""

import pytest

from assay_cli.operator_commands import PARKED_COLUMNS
from assay_cli.printing import whole_table

ROW = {
    "service": "execution-tracker",
    "seq": 123_456,
    "source": "assay.artefact-review",
    "subject": "6f1c7e0e-0000-4000-8000-000000000001",
    "sequence": 12,
    "parked_at": "2027-01-04T09:00:00.123456+00:00",
    "reason": "ValidationError: it has no name, and much more is to be said about it than fits into one line",
}


@pytest.mark.parametrize("columns", ["80", "40", "200"])
def test_a_narrow_terminal_cuts_nothing_of_what_is_parked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    whole_table(PARKED_COLUMNS, [ROW])
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == list(PARKED_COLUMNS)
    for name in ("service", "source", "subject", "parked_at"):
        assert str(ROW[name]) in lines[0]
    assert " ".join(" ".join(lines).split()).endswith("than fits into one line")
