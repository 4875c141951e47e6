"""Every event that was ever stored is kept as a golden file, and goes through today's code.

A service keeps them in `<package>_tests/golden/<kind of stream>/`: `<stored name>.<n>.json` for each shape that the
name ever had (`ASSAY_GOLDEN=write` adds a new one), and `<stored name>.story.json` as a whole engagement left it. A
file is never changed: an event whose old shape can't be read any more gets another name, and the codec brings the old
one up to it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from chassis.eventstore.aggregate import Aggregate, AnyAggregate
from testing.golden import golden, keeps

SERVICES = Path(__file__).parents[2] / "services"


@dataclass(frozen=True)
class Kept:
    """One kind of stream, and the folder of its golden files."""

    aggregate: AnyAggregate
    folder: Path

    def __str__(self) -> str:
        return f"{self.service}/{self.aggregate.category}"

    @property
    def service(self) -> str:
        """The service that keeps it."""
        return self.folder.parents[2].name


def kept() -> Iterator[Kept]:
    """Every kind of stream of every service."""
    for application in sorted(SERVICES.glob("*/*/aggregates.py")):
        module = import_module(f"{application.parent.name}.aggregates")
        aggregates = {id(each): each for each in vars(module).values() if isinstance(each, Aggregate)}
        golden_files = application.parents[1] / f"{application.parent.name}_tests" / "golden"
        for aggregate in aggregates.values():
            yield Kept(aggregate, golden_files / aggregate.category)


KEPT = list(kept())
FILES = sorted(SERVICES.glob("*/*_tests/golden/**/*.json"))


@pytest.mark.parametrize("streams", KEPT, ids=str)
def test_every_shape_that_was_ever_stored_is_kept_and_read(streams: Kept) -> None:
    golden(streams.aggregate.codec, streams.folder)


@pytest.mark.parametrize("streams", KEPT, ids=str)
def test_what_was_stored_is_stored_again_with_the_same_meaning(streams: Kept) -> None:
    codec = streams.aggregate.codec
    for file in streams.folder.glob("*.json"):
        name = file.name.split(".")[0]
        if name in codec.events:
            stored = codec.encode(codec.decode(name, file.read_text()))
            assert stored[0] == name
            assert keeps(json.loads(stored[1]), json.loads(file.read_text())), file.name


def test_every_stored_name_has_a_golden_file_and_none_is_left_over() -> None:
    names = {streams.folder / name for streams in KEPT for name in streams.aggregate.codec.stored_names}
    assert {file.with_name(file.name.split(".")[0]) for file in FILES} == names


def test_every_service_that_keeps_streams_is_looked_at() -> None:
    assert {streams.service for streams in KEPT} == {
        *("notification", "artefact-review", "execution-tracker", "certification", "disputes")
    }


@pytest.mark.parametrize(
    ("golden", "now"),
    [
        ({"issue": 1}, {}),
        ({"issue": 1}, {"issue": 2}),
        ({"runs": [{"run": "1"}]}, {"runs": []}),
        ({"runs": [{"run": "1"}]}, {"runs": [{"name": "1"}]}),
    ],
)
def test_a_lost_or_changed_value_is_noticed(golden: Any, now: Any) -> None:
    assert not keeps(now, golden)
