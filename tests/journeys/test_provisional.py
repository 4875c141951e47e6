"""An entry gate that waits for one document: it comes in time and testing begins; it does not, and testing does not."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from typing import Any

import pytest

from assay_lab.api_client import ApiClient, Refused, eventually
from assay_lab.demo import EXAMPLE, fresh_party
from assay_lab.scenario import Scenario, Target

pytestmark = pytest.mark.timeout(300)
DOCUMENT = "The report of the bench's acceptance test"
LAPSED = "artefact-review.provisional-approval-lapsed"
GATE = tuple(
    f"artefact-review.{fact}" for fact in ("provisionally-approved", "outstanding-provided", "entry-gate-held")
)
"""What a provisional approval that is redeemed tells of, in this order."""
LATE = {"criterion": "5.8.1d", "statement": "The bench is accepted.", "reference": "BAT-3"}


class Provisional(Scenario):
    """All is prepared but one document, and DCC approves provisionally, 5 Working Days before the start."""

    def to_the_gate(self) -> None:
        self.begin()
        for day, step in sorted(self.preparation(), key=lambda entry: entry[0]):
            if day > self._before(5):
                break
            self._go(day)
            step()

    def _give_evidence(self) -> None:
        for evidence in self._json("entry-evidence.json"):
            if evidence["criterion"] != LATE["criterion"]:
                self._participant("entry-evidence", evidence)

    def _hold_entry_gate(self) -> None:
        outstanding = [{"criterion": LATE["criterion"], "document": DOCUMENT, "by": self.last_day.isoformat()}]
        self._dcc("entry-gate", {"outcome": "provisional", "start_date": str(self.start), "outstanding": outstanding})

    @property
    def last_day(self) -> date:
        return self._before(1)

    def gate(self) -> Any:
        return self.participant.get(self._of("entry-criteria"))["gate"]

    def facts(self) -> list[str]:
        return [fact["type"] for fact in self.participant.get(self._of("timeline"))["facts"]]

    def refused(self, what: Callable[..., Any], *arguments: Any) -> Refused:
        with pytest.raises(Refused) as error:
            what(*arguments)
        return error.value

    def connect(self) -> Any:
        service = self.participant.get(self._of("scope"))["web_services"][0]
        return self._participant("connectivity", {"web_service": service, "passed": True})

    def connected(self) -> bool:
        """Whether testing has begun: its first check is taken."""
        try:
            return bool(self.connect())
        except Refused as refused:
            if refused.reason != "not-ready":
                raise
            return False

    def report_of_this_week(self) -> None:
        year, week, _ = self.today.isocalendar()
        self._participant("readiness-reports", {**self._report(), "week": f"{year}-W{week:02}"})


@pytest.fixture
def it(there: Target) -> Iterator[Provisional]:
    scenario = Provisional(there, EXAMPLE, fresh_party(EXAMPLE), lambda *_: None)
    with closing(scenario):
        scenario.to_the_gate()
        yield scenario


def test_what_is_provided_in_time_lets_testing_begin(it: Provisional) -> None:
    assert it.gate() == "provisional"
    it._go(it.last_day)
    it._participant("entry-evidence", LATE)
    eventually(lambda: it._step("5.6.1.9")["state"] == "late", "The entry gate, confirmed after its day")
    assert [fact for fact in reversed(it.facts()) if fact in GATE] == list(GATE)
    it._go(it.start)
    eventually(it.connected, "The first connectivity check")


def test_what_is_not_provided_lapses_and_testing_begins_after_another_gate(it: Provisional) -> None:
    it._go(it.start)
    eventually(lambda: it.gate() == "lapsed", "The lapse")
    assert it.refused(it.connect).problem["clause"] == "CTSD 5.8.1"
    eventually(lambda: it.facts().count(LAPSED) == 1, "The lapse in the timeline")
    told = eventually(lambda: _told(it.participant, it._of("mail")), "The e-mails on the lapse")
    assert told == {"participant", "dcc"}

    it._participant("entry-evidence", LATE)
    missed = it.start
    moved = it._dcc("start", {"ground": "provisional-approval-lapsed", "reason": "The bench was late."})
    it.start = date.fromisoformat(moved["start"])
    assert it.start > missed
    it._go(it._before(1))  # the week of a start on a Monday owes no report
    it.report_of_this_week()
    it._dcc("entry-gate", {**it._json("entry-gate.json"), "start_date": moved["start"]})
    it._go(it.start)
    eventually(it.connected, "The first connectivity check")
    assert it.facts().count(LAPSED) == 1


def _told(client: ApiClient, mails: str) -> set[str]:
    sides = {mail["role"] for mail in client.get(mails) if "provisional approval lapsed" in mail["subject"]}
    return sides if len(sides) == 2 else set()
