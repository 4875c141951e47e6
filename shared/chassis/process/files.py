"""Files in an object store (a folder by default): by the hash of their bytes, or by a name that is given once."""

import hashlib
from pathlib import Path

from obstore.exceptions import AlreadyExistsError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

from chassis.process.failpoints import failpoint


class FileUnknown(LookupError):
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
        """Store bytes under their SHA-256, and return it in hexadecimal."""
        sha256 = hashlib.sha256(data).hexdigest()
        await self.create(_by_hash(sha256), data)
        return sha256

    async def get(self, sha256: str) -> bytes:
        """The bytes of a SHA-256, or FileUnknown."""
        return await self.read(_by_hash(sha256))

    async def create(self, name: str, data: bytes) -> bytes:
        """Store bytes under a name, once. What is returned is what is stored: ours, or the first writer's."""
        failpoint("files.putting")
        try:
            await self._store.put_async(name, data, mode="create")
            failpoint("files.put")
        except AlreadyExistsError:
            return await self.read(name)
        return data

    async def read(self, name: str) -> bytes:
        """The bytes of a name, or FileUnknown."""
        try:
            return bytes(await (await self._store.get_async(name)).bytes_async())
        except (NotFoundError, FileNotFoundError) as error:
            raise FileUnknown(name) from error


def _by_hash(sha256: str) -> str:
    return f"sha256/{sha256[:2]}/{sha256}"
