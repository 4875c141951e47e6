"""No mistake in the data leads to anything but a refusal with file and line: of a sample of every possible one."""

from pathlib import Path

import pytest

from assay_lab.broken_law import Mutant, mutants, offence
from rulebook.engine.files import ROOT
from testing.made_up import FOLDER, made_up_law


@pytest.mark.parametrize(("root", "every"), [(ROOT, 499), (FOLDER, 149)], ids=["real", "made-up"])
def test_a_broken_value_is_refused_in_its_place_or_sound(root: Path, every: int) -> None:
    with made_up_law():
        sample = list(mutants(root, every))
        assert len(sample) > 20
        assert [found for mutant in sample if (found := offence(mutant, root))] == []


def test_a_value_that_breaks_what_needs_it_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rulebook.engine.profile.misfits", lambda profile, file: ())
    file, text = "procedures/uept.toml", (ROOT / "procedures/uept.toml").read_text(encoding="utf-8")
    for old in (', "role"]', " in the User Role {role}", 'codes = { role = "user-role" }\n'):
        text = text.replace(old, "]" if old.endswith("]") else "")
    assert "KeyError('role') as it is used" in str(offence(Mutant(file, "no role", text), ROOT))
