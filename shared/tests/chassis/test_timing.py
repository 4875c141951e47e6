"""Waits that hold only together: each must be shorter than the next one named with it, for the reason given."""

from pathlib import Path

import pytest

from assay_lab import faults
from chassis import timing
from chassis.process.settings import Settings
from execution_tracker import aggregator
from gateway.edge import upstream

SHORTER = [
    (
        "a leader whose heartbeat comes late once keeps its session",
        2 * timing.LEADER_HEARTBEAT_SECONDS,
        timing.IDLE_SESSION_SECONDS,
    ),
    (
        "a leader gives up a server that does not answer before the server gives its lock to another",
        timing.LEADER_ANSWER_SECONDS,
        timing.IDLE_SESSION_SECONDS,
    ),
    (
        "a frozen process loses its session before the longest transaction would end anyway",
        timing.IDLE_SESSION_SECONDS,
        timing.TRANSACTION_SECONDS,
    ),
    (
        "a command that stores a file gives up a store that does not answer before its transaction is ended",
        timing.FILE_STORE_SECONDS,
        timing.TRANSACTION_SECONDS,
    ),
    (
        "the server ends a long transaction before the client gives up the statement in it",
        timing.TRANSACTION_SECONDS,
        timing.STATEMENT_SECONDS,
    ),
    (
        "a transaction that others wait for ends before the watchdog takes them for stalled",
        timing.TRANSACTION_SECONDS,
        timing.WATCHDOG_SECONDS,
    ),
    (
        "a client has been checked twice before it counts as unresponsive",
        timing.HEALTH_CHECK_SECONDS + 2 * timing.KAFKA_ANSWER_SECONDS,
        timing.CLIENT_UNRESPONSIVE_SECONDS,
    ),
    (
        "a group is formed anew after a member's silence before another member counts as unresponsive",
        2 * timing.GROUP_SESSION_SECONDS,
        timing.CLIENT_UNRESPONSIVE_SECONDS,
    ),
    (
        "an unresponsive client is replaced before the watchdog ends the process",
        timing.CLIENT_UNRESPONSIVE_SECONDS + timing.HEALTH_CHECK_SECONDS,
        timing.WATCHDOG_SECONDS,
    ),
    (
        "a client that stops in time is not cut off by the end of the process",
        timing.CLIENT_STOP_SECONDS,
        timing.PROCESS_END_SECONDS,
    ),
    (
        "requests and the producer have ended before the end of the process",
        timing.HTTP_STOP_SECONDS + timing.PRODUCER_FLUSH_SECONDS,
        timing.PROCESS_END_SECONDS,
    ),
    (
        "a member does not leave its group while its database is asked whether it answers",
        timing.DATABASE_ANSWER_SECONDS,
        timing.GROUP_SESSION_SECONDS,
    ),
    (
        "the probe that ends a process sees a failing check before the process ends itself",
        timing.WATCHDOG_TICK_SECONDS,
        timing.FAILING_TICKS * timing.WATCHDOG_TICK_SECONDS,
    ),
    (
        "a service says that facts are missing before the gateway gives it up",
        timing.FACTS_AWAITED_SECONDS,
        upstream.ANSWER_SECONDS,
    ),
    (
        "the gateway gives up an idle connection before the service closes it",
        upstream.IDLE_SECONDS,
        timing.KEEP_ALIVE_SECONDS,
    ),
    (
        "the stream job is checked several times before it counts as stalled",
        3 * aggregator.POLL_SECONDS,
        aggregator.STILL_SECONDS,
    ),
    (
        "the stream job's group is formed anew before the job counts as stalled",
        2 * aggregator.SESSION_SECONDS,
        aggregator.STILL_SECONDS,
    ),
    (
        "a process that the tests freeze loses its session",
        timing.IDLE_SESSION_SECONDS,
        faults.ZOMBIE_SECONDS[0],
    ),
]


@pytest.mark.parametrize(("why", "shorter", "longer"), SHORTER, ids=[why for why, *_ in SHORTER])
def test_the_shorter_wait_ends_first(why: str, shorter: float, longer: float) -> None:
    assert shorter < longer, why


def test_the_watchdog_of_a_deployment_that_says_nothing_is_the_one_compared_here() -> None:
    assert Settings.model_fields["watchdog_seconds"].default == timing.WATCHDOG_SECONDS


def test_no_other_module_of_the_chassis_has_a_time_of_its_own() -> None:
    chassis = Path(timing.__file__).parent
    others = [file for file in chassis.rglob("*.py") if file.name != "timing.py"]
    own = [
        f"{file.relative_to(chassis)}: {line.strip()}"
        for file in others
        for line in file.read_text().splitlines()
        if line[:1].isupper() and any(unit in line.partition("=")[0] for unit in ("SECONDS", "ATTEMPTS", "TICKS"))
    ]
    assert own == []
