"""What was stored once can be read for ever, and a new shape is noticed."""

from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from chassis.eventstore.aggregate import Codec, UnknownEvent
from testing import ledger
from testing.golden import golden, shape

FOLDER = Path(__file__).parent / "golden"


@dataclass(frozen=True)
class Named:
    name: str


@dataclass(frozen=True)
class NamedSince:
    name: str
    since: int = 0


@dataclass(frozen=True)
class Known:
    words: tuple[str | Named, ...]


def test_every_member_of_a_union_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "known.1.json").write_bytes(b'{"words": ["text", "more"]}')
    with pytest.raises(AssertionError, match=r"no kept file has the shape of known\.2\.json"):
        golden(Codec({"known": Known}), tmp_path)
    monkeypatch.setenv("ASSAY_GOLDEN", "write")
    golden(Codec({"known": Known}), tmp_path)
    assert orjson.loads((tmp_path / "known.2.json").read_bytes()) == {"words": [{"name": "text"}]}


def test_all_that_stands_in_a_list_has_its_shape() -> None:
    assert shape([1, 2, {"a": 1}, {"b": 1}, {"a": 2}]) == ["int", {"a": "int"}, {"b": "int"}]


def test_every_event_of_the_ledger_that_was_ever_stored_is_read() -> None:
    golden(ledger.LEDGER.codec, FOLDER)


def test_a_new_shape_must_be_kept_and_the_old_one_is_still_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_GOLDEN", "write")
    golden(Codec({"named": Named}), tmp_path)
    monkeypatch.delenv("ASSAY_GOLDEN")
    with pytest.raises(AssertionError, match=r"no kept file has the shape of named\.2\.json"):
        golden(Codec({"named": NamedSince}), tmp_path)
    monkeypatch.setenv("ASSAY_GOLDEN", "write")
    golden(Codec({"named": NamedSince}), tmp_path)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["named.1.json", "named.2.json"]


def test_a_name_that_is_gone_must_be_brought_up_to_date(tmp_path: Path) -> None:
    (tmp_path / "called.1.json").write_bytes(b'{"called": "x"}')
    (tmp_path / "named.1.json").write_bytes(b'{"name": "x"}')
    with pytest.raises(UnknownEvent):
        golden(Codec({"named": Named}), tmp_path)
    upcast = {"called": lambda data: ("named", orjson.dumps({"name": orjson.loads(data)["called"]}).decode())}
    golden(Codec({"named": Named}, upcast), tmp_path)
