"""What the tests of the stack share."""

from pathlib import Path

import pytest

from assay_stack.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty stack's folder."""
    home = Home(tmp_path / "home")
    home.make()
    return home
