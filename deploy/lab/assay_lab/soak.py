"""The soak: many engagements on a stack whose parts are killed, restarted and frozen; then it is counted."""

import asyncio
import json
import logging
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Event, Lock, Thread
from types import FrameType
from typing import Any

import typer

from assay_lab.api_client import ApiClient
from assay_lab.demo import EXAMPLE, fresh_party, local_target
from assay_lab.faults import Injector, Kind, chosen
from assay_lab.invariants import Findings, check
from assay_lab.scenario import Target
from assay_lab.shared_calendar import ScenarioInStep, SharedCalendar
from assay_stack import stack
from assay_stack.home import Home
from rulebook.engine.dating.working_days import calendar

SCENARIOS = 6
"""How many engagements run at a time."""
STAGGER_WORKING_DAYS = 2
"""So many days after each other the first ones begin: they are in different phases when a fault comes."""
LAST_DAYS = timedelta(days=150)
"""No scenario begins when the calendar ends so soon: one takes a hundred days."""
TOO_MANY = 10
"""Failed scenarios, after which no other begins."""
FINISH_SECONDS = 300.0
READY_SECONDS = 120.0
POLL_SECONDS = 0.2

Tell = Callable[[str], None]


@dataclass
class Tally:
    """How the scenarios went."""

    begun: int = 0
    ended: int = 0
    failed: list[str] = field(default_factory=list)


def main(minutes: float, seed: int | None, as_json: bool) -> None:
    """Run the soak. It ends with 1 unless every engagement got its certificate and every invariant holds."""
    seed = secrets.randbelow(2**32) if seed is None else seed
    _tell(f"Seed {seed}.")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # that the broker is away is no news here
    with _interruptible(), _home() as home:
        with _stack(home) as addresses:
            tally, injector = Soak(home, local_target(home, addresses), _tell).run(minutes * 60, seed)
            _tell("Counting.")
            findings = asyncio.run(check(home))
        result = figures(minutes, seed, injector, tally, findings)
        print(json.dumps(result, indent=2)) if as_json else _show(result)
        if broken := problems(tally, findings):
            _tell("\n".join((*broken, f"What the stack stored and logged is in {home.folder}.")))
            raise typer.Exit(1)


def figures(minutes: float, seed: int, injector: Injector, tally: Tally, findings: Findings) -> dict[str, Any]:
    """The result as a document."""
    return {
        "minutes": minutes,
        "seed": seed,
        "kills": injector.count(Kind.KILL),
        "restarts": injector.count(Kind.RESTART),
        "freezes": injector.count(Kind.FREEZE),
        "engagements": findings.engagements,
        "events": findings.events,
        "lost": findings.lost,
        "doubled": findings.doubled,
        "out_of_order": findings.out_of_order,
        "certificates": findings.certificates,
        "certificates_doubled": findings.certificates_doubled,
        "injected": injector.described(),
    }


def problems(tally: Tally, findings: Findings) -> list[str]:
    """What did not hold, in sentences."""
    broken = [] if findings.hold else [f"Invariants are broken: {findings}"]
    if tally.ended < tally.begun:
        broken.append(f"{tally.begun - tally.ended} of {tally.begun} engagements did not come to their end.")
    return broken + tally.failed


class Soak:
    """Scenarios and faults, at the same time."""

    def __init__(self, home: Home, there: Target, tell: Tell, scenarios: int = SCENARIOS) -> None:
        self._home = home
        self._target = there
        self._tell = tell
        self._scenarios = scenarios
        self._over = Event()
        self._clock_moves = Lock()
        self.tally = Tally()

    def run(self, seconds: float, seed: int) -> tuple[Tally, Injector]:
        """Tell scenarios for so long under faults, then let those that have begun come to their end without."""
        injector = Injector(self._home, self._over, self._tell, self._still)
        shared_calendar = self._shared_calendar(seconds)
        until = time.monotonic() + seconds
        threads = [
            Thread(target=self._run_scenarios, args=(shared_calendar, n), daemon=True) for n in range(self._scenarios)
        ]
        injecting = Thread(target=injector.run, args=(chosen(seed),), daemon=True)
        for _ in threads:
            shared_calendar.join()
        for thread in (*threads, injecting):
            thread.start()
        try:
            while time.monotonic() < until:
                time.sleep(POLL_SECONDS)
        finally:
            self._over.set()
            injecting.join()
        self._tell("No more faults; the engagements come to their end.")
        self._finish(threads)
        return self.tally, injector

    def _finish(self, threads: list[Thread]) -> None:
        until = time.monotonic() + FINISH_SECONDS
        for teller in threads:
            teller.join(max(0.0, until - time.monotonic()))
        while not all(each.state == "ready" for each in stack.status(self._home)):
            if time.monotonic() > until + READY_SECONDS:
                return self.tally.failed.append(f"Not everything came back: {stack.status(self._home)}")
            time.sleep(POLL_SECONDS)

    def _shared_calendar(self, seconds: float) -> SharedCalendar:
        """The days from now on, each long enough for the calendar to last."""
        client = ApiClient(self._target.gateway, self._target.token("operations", None))
        try:
            today = datetime.fromisoformat(client.get("/clock")["now"]).date()
        finally:
            client.close()
        return SharedCalendar(today, seconds / max(1, calendar().between(today, self._last_beginning())))

    def _run_scenarios(self, shared_calendar: SharedCalendar, number: int) -> None:
        """One scenario after the other; the shared calendar was joined."""
        begin_after = 1 + number * STAGGER_WORKING_DAYS
        while True:
            self._run_one(shared_calendar, begin_after)
            if (
                self._over.is_set()
                or shared_calendar.today > self._last_beginning()
                or len(self.tally.failed) > TOO_MANY
            ):
                return
            shared_calendar.join()
            begin_after = 1

    def _run_one(self, shared_calendar: SharedCalendar, begin_after: int) -> None:
        scenario = ScenarioInStep(
            self._target,
            EXAMPLE,
            f"{fresh_party(EXAMPLE)}{secrets.token_hex(2).upper()}",
            _unwatched,
            shared_calendar=shared_calendar,
            still=self._still,
            begin_after=begin_after,
        )
        self.tally.begun += 1
        try:
            result = scenario.run()
            self.tally.ended += 1
            self._tell(f"          certificate {result.certificate['number']} for {scenario.party}")
        except Exception as error:  # whatever stops a scenario is what the soak is there to show
            self.tally.failed.append(f"The engagement {scenario.engagement} of {scenario.party} stopped: {error!r}")
            self._tell(self.tally.failed[-1])
        finally:
            shared_calendar.leave()

    @contextmanager
    def _still(self) -> Iterator[None]:
        with self._clock_moves:
            yield

    @staticmethod
    def _last_beginning() -> date:
        return calendar().last - LAST_DAYS


@contextmanager
def _home() -> Iterator[Home]:
    """The folder that ASSAY_HOME names; else one of its own, which is kept only when something was found wrong."""
    if os.environ.get("ASSAY_HOME"):
        yield Home.here()
        return
    folder = Path(tempfile.mkdtemp(prefix="assay-soak-"))
    folder.chmod(0o755)  # the database's user passes through it
    try:
        yield Home(folder)
    except KeyboardInterrupt:
        shutil.rmtree(folder)
        raise
    shutil.rmtree(folder)


@contextmanager
def _stack(home: Home) -> Iterator[dict[str, str]]:
    """The stack's addresses. One that was not up before ends."""
    was_up = stack.is_up(home)
    addresses = stack.up(home, _tell)
    try:
        yield addresses
    finally:
        if not was_up:
            stack.down(home, _tell)


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM ends the soak as Ctrl-C does: with everything thawed and ended."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    former = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


def _unwatched(_day: date, _who: str, _what: str) -> None:
    """Nobody listens to a single step."""


def _show(result: dict[str, Any]) -> None:
    for name, value in result.items():
        if name != "injected":
            print(f"{name.replace('_', ' '):>22}  {value}")


def _tell(text: str) -> None:
    with suppress(BrokenPipeError):
        print(text, file=sys.stderr, flush=True)
