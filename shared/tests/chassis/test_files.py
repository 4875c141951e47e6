"""Stored files: what lies under a name is used only if it is what was registered. Each safety is taken away once."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chassis import timing
from chassis.process import files
from chassis.process.files import Files, FileUnknown, FileUnusable

OURS, FOREIGN = b"what was registered", b"what somebody else has put there"
SHA256 = hashlib.sha256(OURS).hexdigest()
NAME = f"sha256/{SHA256[:2]}/{SHA256}"
HASH_OFF: tuple[Any, ...] = (files, "_require_hash", lambda *_: None)


def emptied(place: Path) -> None:
    place.write_bytes(b"")


def replaced(place: Path) -> None:
    place.write_bytes(FOREIGN)


def truncated(place: Path) -> None:
    place.write_bytes(OURS[:-1])


def linked_elsewhere(place: Path) -> None:
    elsewhere = place.with_name("elsewhere")
    elsewhere.write_bytes(FOREIGN)
    place.unlink(missing_ok=True)
    place.symlink_to(elsewhere)


def linked_to_nothing(place: Path) -> None:
    place.unlink(missing_ok=True)
    place.symlink_to(place.with_name("nothing"))


def a_folder(place: Path) -> None:
    place.unlink(missing_ok=True)
    place.mkdir()


ATTACKS = (emptied, replaced, truncated, linked_elsewhere, linked_to_nothing, a_folder)


def attacked(folder: Path, attack: Callable[[Path], None]) -> Files:
    """A store in which something else lies where a file of ours belongs."""
    place = folder / NAME
    place.parent.mkdir(parents=True, exist_ok=True)
    attack(place)
    return Files.at(folder)


async def test_a_stored_file_comes_back_as_it_was_and_may_be_stored_again(tmp_path: Path) -> None:
    store = Files.at(tmp_path)
    assert await store.put(OURS) == await store.put(OURS) == SHA256
    assert await store.get(SHA256) == OURS


async def test_a_file_that_is_missing_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(FileUnknown, match="no file can be read there"):
        await Files.at(tmp_path).get(SHA256)


@pytest.mark.parametrize("attack", ATTACKS)
async def test_what_was_not_registered_is_not_read(tmp_path: Path, attack: Callable[[Path], None]) -> None:
    with pytest.raises(FileUnusable):
        await attacked(tmp_path, attack).get(SHA256)


@pytest.mark.parametrize("attack", ATTACKS)
async def test_what_lies_there_already_is_not_taken_for_ours(tmp_path: Path, attack: Callable[[Path], None]) -> None:
    with pytest.raises(FileUnusable):
        await attacked(tmp_path, attack).put(OURS)


async def test_without_the_hash_what_was_not_registered_is_read_and_taken_for_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = attacked(tmp_path, replaced)
    monkeypatch.setattr(*HASH_OFF)
    assert await store.get(SHA256) == FOREIGN
    assert await store.put(OURS) == SHA256


async def test_a_file_that_is_larger_than_any_is_not_read_into_memory(tmp_path: Path) -> None:
    def sparse(place: Path) -> None:
        with place.open("wb") as file:
            file.truncate(1 << 40)

    with pytest.raises(FileUnusable, match="no file has more than"):
        await attacked(tmp_path, sparse).get(SHA256)


async def test_a_pipe_that_nobody_writes_to_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "FILE_STORE_SECONDS", 0.2)
    store = attacked(tmp_path, os.mkfifo)
    with pytest.raises(TimeoutError):
        await store.get(SHA256)
    # whoever opens the other end lets the store's thread go on
    os.close(os.open(tmp_path / NAME, os.O_WRONLY))
