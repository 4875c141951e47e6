"""The drill: a backup is taken while engagements run, they go on, everything is lost, and they are carried on.

Whoever repeats what was lost may do so under the same idempotency keys: what the backup has is answered as it was then.
"""

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from assay_lab.api_client import ApiClient, eventually
from assay_lab.demo import EXAMPLE, fresh_party, local_target
from assay_lab.invariants import check
from assay_lab.observed_facts import ledgers
from assay_lab.scenario import ScenarioResult, Target
from assay_lab.scenario.core import Entry
from assay_lab.shared_calendar import ScenarioInStep, SharedCalendar
from assay_stack import backup, restore, stack
from assay_stack.backup_manifest import Backup
from assay_stack.home import Home
from assay_stack.process import Running, gone
from assay_stack.services import SERVICES
from assay_stack.state import State
from kernel.failure import Failure

pytestmark = [pytest.mark.timeout(300), pytest.mark.real]  # its stacks are started by the command line, unseen here

SECONDS = 240
HALF_WAY = 18
"""The step before which the first engagement gives the sign for the backup. Nobody waits for it."""


@dataclass
class RepeatableScenario(ScenarioInStep):
    """A scenario that can be carried on from any moment: each command has the same key whenever it is given."""

    entries: list[Entry] = field(default_factory=list)
    begun: dict[int, tuple[datetime, int]] = field(default_factory=dict)
    """when each step was first begun, and how many issues had been raised by then"""
    half_way: Event = field(default_factory=Event)

    def prepare(self) -> None:
        """Accede and notify; all that follows are steps."""
        self.begin()
        self.entries = sorted(self._schedule(), key=lambda entry: entry[0])

    def carry_on(self, number: int) -> ScenarioResult:
        """Take every step from this one on."""
        try:
            for step in range(number, len(self.entries)):
                self._take(step)
            return self.result()
        finally:
            self.close()
            self.shared_calendar.leave()

    def carry_on_elsewhere(self, target: Target, calendar: SharedCalendar, taken_at: datetime) -> ScenarioResult:
        """Take every step again that was not over when the backup was taken, on the stack that was restored."""
        number = max(step for step, (at, _) in self.begun.items() if at <= taken_at)
        del self.issues[self.begun[number][1] :]
        self.target, self.shared_calendar = target, calendar
        self.__post_init__()
        return self.carry_on(number)

    def _take(self, number: int) -> None:
        keys = map(f"{self.party}/{number}/{{}}".format, itertools.count())
        for client in (self.participant, self.dcc, self.operations):
            client.new_key = keys.__next__
        self.begun.setdefault(number, (datetime.now(UTC), len(self.issues)))
        if number == HALF_WAY:
            self.half_way.set()
        day, step = self.entries[number]
        self._go(day)
        step()


class Assay:
    """The command line on a stack of its own."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def __call__(self, *arguments: str) -> Any:
        """The JSON document of a command that does what it is told."""
        process = self.begin(*arguments)
        out, err = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, out + err
        return json.loads(out)

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        """A command that runs."""
        return subprocess.Popen(
            (sys.executable, "-P", "-m", "assay_cli", *arguments, "--json"),
            env={**os.environ, "ASSAY_HOME": str(self.home.folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def target(self) -> Target:
        """The stack as a scenario sees it."""
        return local_target(self.home, self("up")["addresses"])


@pytest.fixture(scope="module")
def assay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assay]:
    """A stack that is up, and is ended at the end."""
    folder = tmp_path_factory.mktemp("drill")
    folder.chmod(0o711)  # an unprivileged PostgreSQL passes through it
    assay = Assay(Home(folder / "home"))
    yield assay
    assay("down")


@dataclass(frozen=True)
class Drill:
    """Two engagements that came to their certificates, and the backup that was taken while they ran."""

    scenarios: Sequence[RepeatableScenario]
    folder: Path
    keys: Path
    taken_at: datetime
    issued: frozenset[str]
    """the numbers of the certificates that the backup does not have"""

    def carry_on(self, there: Target) -> list[ScenarioResult]:
        """Take every step again that the backup does not have."""
        calendar = joined(there, len(self.scenarios))
        with ThreadPoolExecutor() as threads:
            repeating = [
                threads.submit(each.carry_on_elsewhere, there, calendar, self.taken_at) for each in self.scenarios
            ]
            return [each.result() for each in repeating]


@pytest.fixture(scope="module")
def drill(assay: Assay, tmp_path_factory: pytest.TempPathFactory) -> Drill:
    """The backup is taken while both engagements go on to their certificates."""
    there, outside = assay.target(), tmp_path_factory.mktemp("outside")
    calendar = joined(there, 2)
    parties = [f"{fresh_party(EXAMPLE)}{number}" for number in range(2)]
    scenarios = [
        RepeatableScenario(there, EXAMPLE, party, lambda *_: None, shared_calendar=calendar, still=nullcontext)
        for party in parties
    ]
    with ThreadPoolExecutor() as threads:
        list(threads.map(RepeatableScenario.prepare, scenarios))
        running = [threads.submit(each.carry_on, 0) for each in scenarios]
        assert scenarios[0].half_way.wait(SECONDS)
        taken = backup.take(assay.home, outside / "backup", outside / "keys", quiet)
        assert not any(each.done() for each in running), "the engagements had ended before the backup was taken"
        results = [each.result() for each in running]
    issued = frozenset(each["number"] for result in results for each in result.certificates)
    return Drill(scenarios, outside / "backup", outside / "keys", taken.backup.manifest.taken_at, issued)


def joined(there: Target, scenarios: int) -> SharedCalendar:
    """The days from the stack's present on, shared by so many scenarios."""
    client = ApiClient(there.gateway, there.token("operations", None))
    try:
        calendar = SharedCalendar(datetime.fromisoformat(client.get("/clock")["now"]).date())
    finally:
        client.close()
    for _ in range(scenarios):
        calendar.join()
    return calendar


def lose(home: Home, *parts: str) -> None:
    """Everything dies at once, and parts of the stack's folder are gone; all of it where none is named."""
    state = State.read(home)
    assert state is not None
    for process in (state.supervisor, *state.processes.values()):
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        assert gone(Running(process.pid, process.started), SECONDS)
    for each in parts or ("",):
        shutil.rmtree(home.folder / each)


async def test_where_postgresql_alone_was_lost_the_topics_name_what_the_backup_does_not_have(
    assay: Assay, drill: Drill
) -> None:
    lose(assay.home, "postgres")
    restored = assay("restore", str(drill.folder), "--over", "the database's disk was lost")
    lost = [fact for begun in restored["begun"].values() for fact in begun["lost"]]
    named = {fact["subject"] for fact in lost if fact["type"] == "assay.certification.certificate-issued.v1"}
    assert named == {each.engagement for each in drill.scenarios}
    assert {f"certificates/{number}.pdf" for number in drill.issued} <= set(restored["files_since"])
    found = await check(assay.home)
    assert (found.certificates, found.hold) == (0, True), found
    assert await ahead_of_their_source(assay.home) == []


async def test_where_everything_was_lost_the_engagements_are_carried_on_from_the_backup(
    assay: Assay, drill: Drill
) -> None:
    lose(assay.home)
    interrupt_restore(assay, drill)
    restored = assay("restore", str(drill.folder), "--keys", str(drill.keys))
    assert (restored["kafka_lost"], restored["files_since"]) == (True, [])
    assert {begun["timeline"] for begun in restored["begun"].values()} == {2}
    assert set(restored["begun"]) == {each.name for each in SERVICES}
    assert await ahead_of_their_source(assay.home) == []
    results = drill.carry_on(assay.target())
    assert all(each.verification["valid"] for each in results)
    found = await check(assay.home)
    assert (found.certificates, found.hold) == (2, True), found
    audit = assay("audit", "verify")
    assert audit["intact"], audit


def interrupt_restore(assay: Assay, drill: Drill) -> None:
    """Kill a restore half-way: what it leaves is not started, nor does a second operator come in between."""
    given = ("restore", str(drill.folder), "--keys", str(drill.keys))
    restoring = assay.begin(*given)
    eventually((assay.home.restoring / "postgres" / "data" / "PG_VERSION").exists, "The restore of a database")
    with (
        pytest.raises(Failure, match="Another command starts, ends, backs up or restores this stack"),
        restore.restored(assay.home, Backup.read(drill.folder), drill.keys, None, quiet),
    ):
        pytest.fail("two restored at once")
    restoring.kill()
    restoring.communicate(timeout=SECONDS)
    stack.down(assay.home, quiet)
    with pytest.raises(Failure, match="did not come to its end"):
        stack.up(assay.home, quiet)


def quiet(_text: str) -> None:
    """Nobody listens."""


async def ahead_of_their_source(home: Home) -> list[tuple[str, str, str]]:
    """Who has handled what of whom, though the source does not know it."""
    found = await ledgers(home)
    return [
        (service, source, subject)
        for service, ledger in found.items()
        for (source, subject), seen in ledger.consumed.items()
        if source.startswith("assay.") and seen > found[source.removeprefix("assay.")].published.get(subject, 0)
    ]
