"""How the consumer puts together what it fetched of several partitions."""

from aiokafka import ConsumerRecord

from chassis.messaging.consumer import in_order_of_time


def fetched(partition: int, offset: int, time: bytes | None) -> "ConsumerRecord[bytes, bytes]":
    headers = (("ce_time", time),) if time is not None else ()
    return ConsumerRecord("t", partition, offset, 0, 0, b"", b"", 0, 0, 0, headers)


def order(*partitions: list["ConsumerRecord[bytes, bytes]"]) -> list[tuple[int, int]]:
    return [(record.partition, record.offset) for record in in_order_of_time(partitions, "")]


def test_the_earlier_fact_comes_first_whatever_its_partition_and_zone() -> None:
    first = [fetched(0, 0, b"2027-01-04T09:00:00+00:00"), fetched(0, 1, b"2027-01-04T09:00:02Z")]
    second = [fetched(1, 0, b"2027-01-04T10:00:01+01:00"), fetched(1, 1, b"2027-01-04T09:00:03+00:00")]
    assert order(second, first) == [(0, 0), (1, 0), (0, 1), (1, 1)]


def test_a_partition_keeps_its_own_order_also_when_a_clock_went_back() -> None:
    went_back = [fetched(0, 0, b"2027-01-04T09:00:05+00:00"), fetched(0, 1, b"2027-01-04T09:00:00+00:00")]
    other = [fetched(1, 0, b"2027-01-04T09:00:02+00:00")]
    assert order(went_back, other) == [(1, 0), (0, 0), (0, 1)]


def test_a_record_whose_time_can_not_be_read_holds_up_nothing() -> None:
    hostile = [fetched(0, n, time) for n, time in enumerate((None, b"", b"\xff", b"0001-01-01T00:00:00+23:59", b"now"))]
    other = [fetched(1, 0, b"2027-01-04T09:00:02+00:00")]
    assert order(other, hostile) == [*((0, n) for n in range(5)), (1, 0)]
