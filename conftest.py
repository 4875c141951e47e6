"""The fixtures `postgres` and `kafka` for every test of the repository, and the mark of the tests that use them."""

from typing import Final

import pytest

pytest_plugins = ["assay_lab.fixtures", "assay_lab.clause_proof", "pytester"]

SERVERS: Final = frozenset({"servers", "postgres", "kafka", "home"})
"""Fixtures behind which real servers start."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as `real` what runs on real servers; `./assay check` leaves it out."""
    for item in items:
        if SERVERS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.real)
