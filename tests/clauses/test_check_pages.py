"""Every check of artefacts and reports has a section on its document's page, and the page is as the data say."""

from pathlib import Path

import pytest

from assay_lab.check_pages import FOLDER, page, pages
from rulebook.engine.checks import checks
from rulebook.engine.editions import documents_in_force
from rulebook.engine.errors import RulebookError
from rulebook.engine.files import LAW

CHECKED = [root for root in documents_in_force() if root.is_relative_to(LAW) and checks(root)]


@pytest.mark.parametrize("root", CHECKED, ids=lambda root: root.name)
def test_every_check_of_a_document_has_its_section_in_the_order_of_the_rulebook(root: Path) -> None:
    lines = page(root.name).splitlines()
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == list(checks(root))


def test_the_pages_are_as_they_would_be_generated_now() -> None:
    assert pages()
    for path, text in pages().items():
        assert path.read_text(encoding="utf-8") == text, "run ./assay rulebook pages"


def test_a_section_of_a_check_that_the_rulebook_does_not_have_is_refused(tmp_path: Path) -> None:
    shown = (FOLDER / "ctsd.toml").read_text(encoding="utf-8")
    (tmp_path / "ctsd.toml").write_text(shown.replace("plan-is-whole", "plan-is-hole"), encoding="utf-8")
    with pytest.raises(RulebookError, match="plan-is-hole"):
        page("ctsd", tmp_path)
