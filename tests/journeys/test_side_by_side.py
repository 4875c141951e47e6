"""Engagements side by side: one Party in two roles, a Party that never accedes, a bank holiday proclaimed in between,
a start moved twice, once after the gate, and a withdrawal at each phase.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import pytest

from assay_lab.api_client import Refused, eventually
from assay_lab.demo import EXAMPLE, fresh_party
from assay_lab.scenario import Scenario, Target

pytestmark = pytest.mark.timeout(300)
LATE, UNMET = "timescale-missed", "entry-criteria-not-met"
WHY = {"reason": "The system under test is replaced."}


@dataclass
class Engaged(Scenario):
    """One of the engagements, with what its story asks of it beside its own steps."""

    def notify(self, day: date) -> "Engaged":
        """Notice is given on a day, whether or not the Party has acceded."""
        self._go(day)
        self._notify()
        return self

    def acknowledge(self) -> None:
        """DCC acknowledges the notice."""
        self._acknowledge()

    def go(self, day: date) -> None:
        """On to a day."""
        self._go(day)

    def of(self, path: str = "") -> str:
        """An address of the engagement."""
        return self._of(path).rstrip("/")

    def step(self, key: str) -> Any:
        """A step as it stands."""
        return self._step(key)

    def wait_for_due(self, key: str, day: str) -> None:
        """Until a step is due on a day."""
        eventually(lambda: self._step(key)["due"] == day, f"{key} due on {day}")

    def _has(self, name: str) -> bool:
        """What is descoped in the example can't be in another role."""
        return super()._has(name) and (name != "descoping.json" or self.role == "ES")

    @property
    def phase(self) -> str:
        """How far it has come."""
        return str(self.participant.get(self.of())["phase"])

    def move(self, ground: str, start: date) -> Any:
        """DCC moves the start."""
        reason = "It can't be held on the day that was planned."
        return self._dcc("start", {"ground": ground, "start_date": start.isoformat(), "reason": reason})

    def withdraw(self) -> None:
        """The Party takes it no further."""
        self._participant("withdrawal", WHY)

    def facts(self, type: str) -> list[Any]:
        """What was said in it, of one kind."""
        told = self.participant.get(self.of("timeline"))["facts"]
        return [fact["data"] for fact in told if fact["type"] == type]

    def open_steps(self) -> list[str]:
        """What is still owed in it."""
        steps = self.participant.get(self.of("timeline"))["steps"]
        return [step["key"] for step in steps if step["state"] in ("pending", "open", "due", "missed")]

    def until(self, *last: str) -> Iterator[tuple[date, Callable[[], None]]]:
        """Its steps in their order, up to one of these names."""
        for day, step in sorted(self._schedule(), key=lambda entry: entry[0]):
            yield day, step
            if step.__name__ in last:
                return


@pytest.fixture
def engaged(there: Target) -> Iterator[Callable[..., Engaged]]:
    """Makes an engagement of a Party, a fresh one where none is named."""
    with ExitStack() as opened:

        def made(party: str = "", role: str = "ES") -> Engaged:
            one = Engaged(there, EXAMPLE, party or fresh_party(EXAMPLE), lambda *_: None, role=role)
            opened.callback(one.close)
            return one

        yield made


def refused(call: Any, *arguments: Any) -> tuple[int, str]:
    with pytest.raises(Refused) as error:
        call(*arguments)
    return error.value.status, error.value.reason


def test_two_roles_of_a_party_and_one_that_never_accedes_through_a_proclaimed_holiday(
    engaged: Callable[..., Engaged],
) -> None:
    exporter = engaged()
    monday = exporter.calendar.add(exporter._now().date(), 1)
    exporter.go(monday)
    exporter._accede()
    exporter.notify(monday)
    supplier, stranger = engaged(exporter.party, "IS").notify(monday), engaged().notify(monday)
    for one in (exporter, supplier, stranger):
        one.acknowledge()
    own = exporter.participant.get("/engagements", organisation=exporter.party)["items"]
    assert {row["subject"]["fields"]["role"] for row in own} == {"ES", "IS"}
    assert refused(stranger.participant.get, exporter.of()) == (403, "foreign-party")

    a_holiday_is_proclaimed_and_taken_back(exporter, supplier, stranger)
    exporter.go(exporter.calendar.add(monday, 3))
    eventually(lambda: stranger.facts("notification.deadline-reminded"), "The reminder of the meeting")
    later = exporter.calendar.add(exporter.start, 10)
    a_start_is_moved_for_a_missed_meeting(exporter, supplier, exporter.calendar.add(monday, 8), later)
    a_party_that_never_accedes_is_prevented_and_withdraws(stranger, exporter, later)
    for one in (exporter, supplier):
        assert one.phase == "preparation"
        one.withdraw()


def a_holiday_is_proclaimed_and_taken_back(*engagements: Engaged) -> None:
    """Before the artefacts are due: every open date before it moves, in each engagement. Then it is taken back: other
    stories on this stack count with the release's calendar."""
    first = engagements[0]
    due = date.fromisoformat(first.step("5.6.1.5")["due"])
    day = {"day": first.calendar.add(due, 3).isoformat(), "working": False, "why": "A bank holiday was proclaimed"}
    assert refused(first.participant.post, "/calendar/days", day) == (403, "wrong-role")
    first.dcc.post("/calendar/days", day)
    earlier = first.calendar.subtract(due, 1).isoformat()
    for one in engagements:
        one.wait_for_due("5.6.1.5", earlier)
        [moved] = one.facts("notification.calendar-changed")
        assert {"key": "5.6.1.5", "was": due.isoformat(), "due": earlier} in moved["moves"]
    assert refused(first.dcc.post, "/calendar/days", day) == (409, "day-is-so-already")
    first.dcc.post("/calendar/days", {**day, "working": True, "why": "It was taken back"})
    for one in engagements:
        one.wait_for_due("5.6.1.5", due.isoformat())


def a_start_is_moved_for_a_missed_meeting(one: Engaged, other: Engaged, after: date, start: date) -> None:
    """The initiation meeting is missed: a ground to move the start, of each engagement by itself."""
    assert refused(one.move, UNMET, start) == (409, "ground-does-not-hold")
    assert refused(one.move, "", start) == (422, "reschedule-ground-missing")
    one.go(after)
    eventually(lambda: one.step("5.6.1.3")["state"] == "missed", "The missed meeting")
    one.move(LATE, start)
    assert one.participant.get(one.of())["start_date"] == start.isoformat()
    assert other.participant.get(other.of())["start_date"] == other.start.isoformat()


def a_party_that_never_accedes_is_prevented_and_withdraws(one: Engaged, other: Engaged, start: date) -> None:
    """Without an accession the gate can't be passed (CTSD 5.8.1a)."""
    criteria = {each["criterion"]: each for each in one.dcc.get(one.of("entry-criteria"))["criteria"]}
    assert not criteria["5.8.1a"]["met"]
    ready = {"outcome": "ready", "start_date": one.start.isoformat(), "reason": "", "approved": []}
    assert refused(one.dcc.post, one.of("entry-gate"), ready)[0] in (409, 422)
    one.dcc.post(one.of("entry-gate"), {**ready, "outcome": "prevented", "reason": "The Party has not acceded."})
    eventually(lambda: _moved(one, UNMET, start), "The start that the unmet criteria move")
    assert refused(one.dcc.post, one.of("withdrawal"), WHY) == (403, "wrong-role")
    assert refused(other.participant.post, one.of("withdrawal"), WHY) == (403, "foreign-party")
    one.withdraw()
    assert (one.phase, one.open_steps()) == ("withdrawn", [])
    assert refused(one.move, LATE, start) == (409, "engagement-is-withdrawn")


def _moved(one: Engaged, ground: str, start: date) -> bool:
    """Whether the start could be moved: the ground holds once the gate's fact has come."""
    try:
        one.move(ground, start)
    except Refused as told:
        if told.reason != "ground-does-not-hold":
            raise
        return False
    return True


def test_withdrawn_when_ready_in_execution_and_before_the_certificate_and_a_start_moved_after_the_gate(
    engaged: Callable[..., Engaged],
) -> None:
    ready, executing, complete = (engaged() for _ in range(3))
    monday = ready.calendar.add(ready._now().date(), 1)
    for one in (ready, executing, complete):
        one.go(monday)
        one._accede()
        one.notify(monday)
    ends = ((ready, ("_hold_entry_gate",)), (executing, ("execute",)), (complete, ("_hold_exit_gate",)))
    entries = [(day, one, step) for one, last in ends for day, step in one.until(*last)]
    moved_to = ready.calendar.add(ready.start, 30)
    moved = False
    for day, one, step in sorted(entries, key=lambda entry: entry[0]):
        if not moved and day > ready.calendar.subtract(ready.start, 5):
            moved = _moved_after_the_gate(ready, moved_to)
        one.go(day)
        step()

    # Since then a weekly report of the later start was missed, while the others were tested: it is moved once more.
    again = ready.calendar.add(ready.start, 45)
    week = eventually(lambda: [key for key in _missed(ready) if key.startswith("5.6.1.4/")], "A missed report")
    assert week
    ready.move(LATE, again)
    assert ready.step("5.6.1.9")["due"] == ready.calendar.subtract(again, 5).isoformat()

    results = executing.participant.get(executing.of("results"))["results"]
    commands = (
        (ready, "readiness-reports", {**ready._report(), "week": "2027-W01"}),
        (executing, "dashboards", {**executing._json("dashboard.json"), "day": executing.today.isoformat()}),
        (complete, "initiation-meeting", {"held_on": complete.today.isoformat()}),
    )
    for one, path, body in commands:
        before = one.phase
        one.withdraw()
        assert (one.phase, one.open_steps()) == ("withdrawn", []), before
        call = one.dcc.post if path == "initiation-meeting" else one.participant.post
        eventually(partial(_is_withdrawn, call, one.of(path), body), path)
    certify = ("certificate", complete._json("certificate.json"))
    assert _is_withdrawn(complete.dcc.post, complete.of(certify[0]), certify[1])
    assert executing.participant.get(executing.of("results"))["results"] == results


def _moved_after_the_gate(ready: Engaged, start: date) -> bool:
    """The gate has confirmed the start; the report that came late is a ground to move it, and the gate is held anew."""
    assert eventually(lambda: ready.phase == "ready", "The passed gate")
    ready.move(LATE, start)
    assert ready.phase == "preparation"
    gate = ready.step("5.6.1.9")
    assert (gate["done_on"], gate["due"]) == (None, ready.calendar.subtract(start, 5).isoformat())
    assert refused(ready.move, LATE, ready.calendar.add(start, 1)) == (409, "ground-does-not-hold")
    return True


def _missed(one: Engaged) -> list[str]:
    return [step["key"] for step in one.participant.get(one.of("timeline"))["steps"] if step["state"] == "missed"]


def _is_withdrawn(call: Any, path: str, body: Any) -> bool:
    """Whether a command is refused because the engagement was withdrawn."""
    try:
        call(path, body)
    except Refused as told:
        return told.reason == "engagement-is-withdrawn"
    return False
