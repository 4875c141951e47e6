"""A deployment adds documents of its own to those of the release: folders that the environment names."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rulebook.engine.editions import documents_in_force
from rulebook.engine.errors import RulebookError
from rulebook.engine.files import ROOT, law_folders
from rulebook.engine.folders import VARIABLE
from rulebook.engine.profile import procedures, profile
from rulebook.engine.roles import every_role
from testing.made_up import FOLDER, PROCEDURE

Name = Callable[..., None]


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Name:
    def name(*folders: Path | str) -> None:
        monkeypatch.setenv(VARIABLE, os.pathsep.join(map(str, folders)))

    return name


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return shutil.copytree(FOLDER, tmp_path / "law")


def test_without_a_name_there_is_what_the_release_brings() -> None:
    assert documents_in_force() == (ROOT,)


def test_a_named_document_is_read_with_all_others(named: Name) -> None:
    named(FOLDER)
    assert documents_in_force() == (ROOT, FOLDER)
    assert PROCEDURE in procedures()
    assert profile(PROCEDURE).rulebook == "trial-2026.1"
    assert {"laboratory", "tribunal", "participant"} <= set(every_role())


@pytest.mark.parametrize("wrong", ["no/such/folder", "/no/such/folder", FOLDER / "packs"])
def test_a_folder_without_an_edition_or_with_half_a_path_is_refused(named: Name, wrong: Path | str) -> None:
    named(FOLDER, wrong)
    with pytest.raises(RulebookError, match=rf"ASSAY_LAW, {wrong}: no document of the law lies there\. .* whole path"):
        law_folders()


def test_a_document_that_is_there_already_is_refused(named: Name, copied: Path) -> None:
    named(FOLDER, copied)
    with pytest.raises(RulebookError, match=rf"{copied}: TRIAL is read from {FOLDER} already\."):
        law_folders()
    named(ROOT)
    with pytest.raises(RulebookError, match="CTSD is read from"):
        law_folders()


def test_a_procedure_that_another_document_has_is_refused(named: Name, copied: Path) -> None:
    edition = copied / "edition.toml"
    edition.write_text(edition.read_text().replace('"TRIAL"', '"OTHER"'))
    named(FOLDER, copied)
    with pytest.raises(RulebookError, match=f"the procedure '{PROCEDURE}' is read from {FOLDER} already"):
        law_folders()
