import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from rulebook import VERSION
from rulebook.engine import why
from rulebook.engine.editions import (
    Change,
    differences,
    documents_in_force,
    edition,
    editions,
    in_force,
    root_of,
)
from rulebook.engine.errors import RulebookError
from rulebook.engine.files import ROOT, adding
from rulebook.engine.profile import profile
from rulebook.engine.scope.scope import ROLES, find_test, scope
from rulebook.engine.suspension import report_items
from rulebook.engine.validation import mistakes
from testing.earlier_edition import earlier_edition
from testing.edits import replace_text
from testing.present import present


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    root = tmp_path / "edition"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("editions"))
    return root


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Path]:
    with earlier_edition(tmp_path / "kept") as folder:
        yield folder


def test_the_edition_in_force_is_the_latest_and_its_version_is_what_engagements_carry() -> None:
    assert editions()[-1] == edition()
    assert edition().version == VERSION
    days = [each.effective_from for each in editions()]
    assert days == sorted(set(days))


def test_an_edition_is_found_by_its_version_and_by_a_day(kept: Path) -> None:
    assert root_of(VERSION) == ROOT
    assert root_of("kept-2026.1") == kept / "editions/kept-2026.1"
    assert in_force(date(2026, 11, 24), kept).version == "kept-2026.1"
    assert in_force(date(2026, 11, 25), kept).version == "kept-2026.2"
    assert [each.version for each in editions(kept)] == ["kept-2026.1", "kept-2026.2"]


def test_a_version_that_is_not_kept_and_a_day_before_the_first_are_refused() -> None:
    with pytest.raises(RulebookError, match=r"no edition 'ctsd-1999'.* Known: .*ctsd-2026\.1"):
        root_of("ctsd-1999")
    with pytest.raises(RulebookError, match="No edition was in force on 2000-01-01"):
        in_force(date(2000, 1, 1))


def test_two_editions_are_used_side_by_side(kept: Path) -> None:
    earlier, later = profile("uept", "kept-2026.1"), profile("uept", "kept-2026.2")
    assert (earlier.rulebook, later.rulebook) == ("kept-2026.1", "kept-2026.2")
    assert earlier.procedure.step("5.6.1.5").timing.working_days == 30
    assert later.procedure.step("5.6.1.5").timing.working_days == 25
    assert earlier.thresholds == later.thresholds
    assert profile("uept").rulebook == VERSION


def test_what_an_earlier_edition_does_not_tell_is_none(kept: Path) -> None:
    earlier = kept / "editions/kept-2026.1"
    assert why.of_term("Test Script", earlier) is None
    assert why.of_term("Test Script", kept)
    assert (report_items(earlier), len(report_items(kept))) == ((), 4)
    assert present(find_test("ED", "DA:0x8F35:S2", earlier)).critical is None
    assert present(find_test("ED", "DA:0x8F35:S2")).critical is True
    assert present(find_test("GS", "IC:IC01:1", earlier)).no_later_than == 1


@pytest.mark.parametrize("role", ROLES)
def test_the_scope_of_every_role_carries_the_version_it_was_made_by(kept: Path, role: str) -> None:
    first = scope(role, root=root_of("kept-2026.1"))
    assert first.version == "kept-2026.1"
    assert [test.id for test in first.tests] == [test.id for test in scope(role).tests]


def test_every_edition_that_is_kept_is_sound(kept: Path) -> None:
    assert mistakes(kept) == mistakes(kept / "editions/kept-2026.1") == ()


def test_a_document_that_was_added_is_read_only_as_long_as_it_is(kept: Path) -> None:
    assert kept in documents_in_force()
    before = documents_in_force()
    with adding(kept / "editions/kept-2026.1"):
        assert documents_in_force() == (*before, kept / "editions/kept-2026.1")
    assert documents_in_force() == before


def test_an_edition_does_not_differ_from_itself_or_a_copy(copied: Path) -> None:
    assert differences(ROOT, ROOT) == ()
    assert differences(ROOT, copied) == ()


def test_every_value_that_differs_is_told_with_its_place(copied: Path) -> None:
    step = 'anchor = "start", working_days = '
    replace_text(copied / "procedures/uept.toml", f"{step}25 }}", f"{step}30 }}")
    replace_text(copied / "thresholds.toml", "[0, 0, 5, 10", "[0, 0, 4, 10")
    replace_text(copied / "matrix/es.csv", "4.2,Read Instantaneous Export Registers,no,mandatory", "4.2,Read,no,n/a")
    assert set(differences(ROOT, copied)) == {
        Change("procedures/uept.toml", "steps 5.6.1.5 timing working_days", 25, 30),
        Change("thresholds.toml", "threshold uept limits", (0, 0, 5, 10, "as-agreed"), (0, 0, 4, 10, "as-agreed")),
        Change("matrix/es.csv", "4.2 name", "Read Instantaneous Export Registers", "Read"),
        Change("matrix/es.csv", "4.2 CV1-OD", "mandatory", "n/a"),
    }


def test_what_only_one_edition_has_is_told(copied: Path) -> None:
    (copied / "procedures/additional-sr-dust.toml").unlink()
    gone = differences(ROOT, copied)
    assert {change.file for change in gone} == {"procedures/additional-sr-dust.toml"}
    assert {change.now for change in gone} == {None}


def test_an_edition_without_a_day_of_effect_is_refused(copied: Path) -> None:
    replace_text(copied / "edition.toml", "effective_from = ", 'effective_from = "soon" # ')
    with pytest.raises(RulebookError, match=r"edition\.toml, line 7, head: effective_from is 'soon'"):
        edition(copied)


def test_a_profile_that_was_read_is_answered_without_looking_at_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Services ask it for every fact that they take."""
    known = profile("uept", edition().version)

    def looked(path: Path) -> bool:
        raise AssertionError(f"looked at {path}")

    monkeypatch.setattr(Path, "is_file", looked)
    assert profile("uept", edition().version) is known
