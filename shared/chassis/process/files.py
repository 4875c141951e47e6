"""Files in an object store (a folder by default): by the hash of their bytes, or by a name that is given once.

Others can write to the store, and a database can be older than it: what lies there is used only once it has been
compared with what was registered.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

from obstore.exceptions import AlreadyExistsError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from chassis import timing
from chassis.process.failpoints import failpoint

LARGEST_FILE = 64_000_000
"""Bytes. Nothing larger is ever stored, so nothing larger is read into memory."""


class FileUnusable(Exception):
    """What lies in the store under `name` is not what belongs there; `why` says what is wrong."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why


class FileUnknown(FileUnusable):
    """No file has this name."""


class Files:
    """Where bytes lie that are too large for an event. A file that is there never changes."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def at(cls, place: str | Path) -> "Files":
        """Files in a folder, or in an object store by its URL, for example `s3://bucket/prefix`."""
        if "://" in str(place):
            return cls(from_url(str(place)))
        return cls(LocalStore(str(Path(place).absolute()), mkdir=True))

    async def put(self, data: bytes) -> str:
        """Store bytes under their SHA-256, and return it in hexadecimal.

        Raises FileUnusable where something else lies there.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        _require_hash(by_hash(sha256), await self.create(by_hash(sha256), data), sha256)
        return sha256

    async def get(self, sha256: str) -> bytes:
        """The bytes of a SHA-256, or FileUnusable."""
        return await self.read(by_hash(sha256), sha256)

    async def create(self, name: str, data: bytes) -> bytes:
        """Store bytes under a name, once. What is returned is what is stored: ours, or what was there before.

        The caller checks what was there before. Raises FileUnusable where that can't be read.
        """
        failpoint("files.putting")
        try:
            async with asyncio.timeout(timing.FILE_STORE_SECONDS):
                await self._store.put_async(name, data, mode="create")
            failpoint("files.put")
        except AlreadyExistsError:
            return await self._read(name)
        return data

    async def read(self, name: str, sha256: str) -> bytes:
        """The bytes of a name, or FileUnusable unless they have this SHA-256."""
        data = await self._read(name)
        _require_hash(name, data, sha256)
        return data

    async def names(self, before: datetime) -> AsyncIterator[str]:
        """The names of the files that were there before an instant."""
        portions = self._store.list()
        while portion := await asyncio.to_thread(next, portions, None):
            for each in portion:
                if each["last_modified"] < before:
                    yield each["path"]

    async def _read(self, name: str) -> bytes:
        try:
            async with asyncio.timeout(timing.FILE_STORE_SECONDS):
                found = await self._store.get_async(name)
                if found.meta["size"] > LARGEST_FILE:
                    raise FileUnusable(name, f"it has {found.meta['size']} bytes; no file has more than {LARGEST_FILE}")
                return bytes(await found.bytes_async())
        except (NotFoundError, FileNotFoundError) as error:
            raise FileUnknown(name, "no file can be read there") from error


def _require_hash(name: str, data: bytes, sha256: str) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise FileUnusable(name, f"its SHA-256 is {found}, and {sha256} was registered")


def by_hash(sha256: str) -> str:
    """Under which name a file lies that is known by its hash."""
    return f"sha256/{sha256[:2]}/{sha256}"
