"""The parts of Kafka, and that nothing else is taken for them."""

import hashlib
from pathlib import Path

import pytest

from assay_stack.jars import Jar, jars, listed
from kernel.failure import Failure

GOOD = b"a jar"
JAR = Jar("org.example", "part", "1.0", hashlib.sha256(GOOD).hexdigest())


class Registry:
    """A registry that serves the same bytes for everything."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.asked = 0

    def __call__(self, jar: Jar, folder: Path) -> Path:
        self.asked += 1
        file = folder / jar.file
        file.write_bytes(self.data)
        return file


def unreachable(_jar: Jar, _folder: Path) -> Path:
    raise ConnectionError("no route")


def test_a_jar_is_fetched_once_and_kept(tmp_path: Path) -> None:
    registry = Registry(GOOD)
    assert (jars(tmp_path, [JAR], registry) / "part-1.0.jar").read_bytes() == GOOD
    jars(tmp_path, [JAR], registry)
    assert registry.asked == 1


def test_a_jar_with_another_hash_is_refused_and_not_kept(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"part-1\.0\.jar.*SHA-256 differs"):
        jars(tmp_path, [JAR], Registry(b"something else"))
    assert list(tmp_path.iterdir()) == []


def test_a_jar_that_was_damaged_since_is_fetched_again(tmp_path: Path) -> None:
    jars(tmp_path, [JAR], Registry(GOOD))
    (tmp_path / "part-1.0.jar").write_bytes(b"half a j")
    assert (jars(tmp_path, [JAR], Registry(GOOD)) / "part-1.0.jar").read_bytes() == GOOD


def test_a_registry_that_is_not_reached_is_said_so_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Failure) as failure:
        jars(tmp_path, [JAR], unreachable)
    assert "could not be fetched" in failure.value.what
    assert "proxy" in failure.value.remedy


def test_the_list_names_every_part_once_with_its_hash() -> None:
    parts = listed()
    assert len({jar.file for jar in parts}) == len(parts)
    assert all(len(jar.sha256) == 64 for jar in parts)
    assert {"kafka_2.13", "kafka-clients", "slf4j-simple"} <= {jar.artifact for jar in parts}
