"""The fixtures `postgres` and `kafka` for every test of the repository, and the mark of the tests that use them."""

from typing import Final

import pytest
from hypothesis import settings

pytest_plugins = ["assay_lab.fixtures", "assay_lab.clause_proof", "pytester"]

# A machine that does other work too is slow, and no example is wrong for it.
settings.register_profile("assay", deadline=None)
settings.load_profile("assay")

SERVERS: Final = frozenset({"servers", "postgres", "kafka", "home"})
"""Fixtures behind which real servers start."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as `real` what runs on real servers; `./assay check` leaves it out."""
    for item in items:
        if SERVERS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.real)
