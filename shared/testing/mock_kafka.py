"""librdkafka's mock cluster, which does what a real broker can't be made to do; reached through ctypes.

It is no substitute for a broker: only the faults that it injects are tried with it.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from contracts.topics import TOPICS

PRODUCE, FETCH, OFFSET_COMMIT, JOIN_GROUP, HEARTBEAT = 0, 1, 8, 11, 12
MESSAGE_TOO_LARGE, NOT_COORDINATOR, NOT_ENOUGH_REPLICAS, UNKNOWN_MEMBER, REBALANCE_IN_PROGRESS = 10, 16, 19, 25, 27
FOR_EVER_MILLISECONDS = 600_000
BROKERS = 3
PARTITIONS = 3
PRODUCER = 0


class MockKafka:
    """A cluster of mock brokers."""

    def __init__(self, library: Any) -> None:
        self._library = library
        message = ctypes.create_string_buffer(512)
        self._client = library.rd_kafka_new(PRODUCER, library.rd_kafka_conf_new(), message, 512)
        self._cluster = library.rd_kafka_mock_cluster_new(self._client, BROKERS)
        self.bootstrap: str = library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()

    def fail(self, request: int, *errors: int) -> None:
        """Answer the next requests of a kind with these errors, one each."""
        given = (ctypes.c_int * len(errors))(*errors)
        self._library.rd_kafka_mock_push_request_errors_array(self._cluster, request, len(errors), given)

    def move_coordinator(self, group: str, broker: int) -> None:
        """Make another broker the group's coordinator."""
        self._library.rd_kafka_mock_coordinator_set(self._cluster, b"group", group.encode(), broker)

    def freeze(self) -> None:
        """Let no broker answer."""
        self._answer_after(FOR_EVER_MILLISECONDS)

    def thaw(self) -> None:
        """Let all answer again; what was asked meanwhile is answered never."""
        self._answer_after(0)
        for broker in range(1, BROKERS + 1):
            self._library.rd_kafka_mock_broker_set_down(self._cluster, broker)
            self._library.rd_kafka_mock_broker_set_up(self._cluster, broker)

    def _answer_after(self, milliseconds: int) -> None:
        for broker in range(1, BROKERS + 1):
            self._library.rd_kafka_mock_broker_set_rtt(self._cluster, broker, milliseconds)

    async def create_topics(self, _bootstrap: str, prefix: str) -> None:
        """Create every topic; the admin requests of a client are unknown to it."""
        for topic in TOPICS:
            name = f"{prefix}{topic.name}".encode()
            assert self._library.rd_kafka_mock_topic_create(self._cluster, name, PARTITIONS, 1) == 0

    def close(self) -> None:
        """End it."""
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._client)


def library() -> Any:
    """librdkafka as its Python client brings it along: the tests' requirements name it."""
    spec = find_spec("confluent_kafka")
    assert spec is not None, "confluent-kafka is not installed"
    assert spec.origin is not None
    (found,) = (Path(spec.origin).parents[1] / "confluent_kafka.libs").glob("librdkafka*")
    return _declared(ctypes.CDLL(str(found)))


def _declared(loaded: Any) -> Any:
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, arguments in (
        ("rd_kafka_conf_new", pointer, ()),
        ("rd_kafka_new", pointer, (number, pointer, text, ctypes.c_size_t)),
        ("rd_kafka_destroy", None, (pointer,)),
        ("rd_kafka_mock_cluster_new", pointer, (pointer, number)),
        ("rd_kafka_mock_cluster_destroy", None, (pointer,)),
        ("rd_kafka_mock_cluster_bootstraps", text, (pointer,)),
        ("rd_kafka_mock_topic_create", number, (pointer, text, number, number)),
        ("rd_kafka_mock_broker_set_rtt", number, (pointer, ctypes.c_int32, number)),
        ("rd_kafka_mock_broker_set_down", number, (pointer, ctypes.c_int32)),
        ("rd_kafka_mock_broker_set_up", number, (pointer, ctypes.c_int32)),
        ("rd_kafka_mock_coordinator_set", number, (pointer, text, text, ctypes.c_int32)),
        (
            "rd_kafka_mock_push_request_errors_array",
            None,
            (pointer, ctypes.c_int16, ctypes.c_size_t, ctypes.POINTER(number)),
        ),
    ):
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments
    return loaded


@contextmanager
def mock_kafka(loaded: Any) -> Iterator[MockKafka]:
    """A cluster for one test."""
    cluster = MockKafka(loaded)
    try:
        yield cluster
    finally:
        cluster.close()
