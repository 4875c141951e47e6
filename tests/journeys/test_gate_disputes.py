"""Entry refused, referred and upheld after the start had passed; exit refused, the Panel says no, the Authority yes.

What a body determines is done by the services that own the matter: nobody types it a second time.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import date
from typing import Any
from urllib.parse import quote

import pytest

from assay_lab.api_client import ApiClient, Refused, eventually
from assay_lab.demo import EXAMPLE, fresh_party
from assay_lab.invariants import check
from assay_lab.scenario import Scenario, Target
from assay_stack.home import Home

pytestmark = pytest.mark.timeout(300)
ENTRY, EXIT = "entry-criteria#1", "uept-exit#1"
BENCH = "The bench of the last engagement serves."
EVIDENCE = "The evidence of run 2 was sent with the report."


class Disputed(Scenario):
    """Both gates are refused, each for a criterion that DCC considers not met."""

    def to_the_entry_gate(self) -> None:
        self.begin()
        for day, step in sorted(self.preparation(), key=lambda entry: entry[0]):
            self._go(day)
            step()

    def _hold_entry_gate(self) -> None:
        refusal = {"outcome": "prevented", "reason": "There is no bench.", "not_met": ["5.8.1d"]}
        self._dcc("entry-gate", {**self._json("entry-gate.json"), "start_date": str(self.start), **refusal})

    def to_the_exit_gate(self) -> None:
        last_day = len(self._days()) - 1
        steps = [*self.execution(), *self.completion(last_day)[:3]]
        for day, step in sorted(steps, key=lambda entry: entry[0]):
            self._go(day)
            step()

    def _hold_exit_gate(self) -> None:
        self.further_testing()

    def further_testing(self) -> None:
        not_met = {"5.19.1a": "The evidence of run 2 is missing."}
        refusal = {"outcome": "further-testing", "reason": "Run 2 lacks its evidence.", "not_met": not_met}
        self._dcc("exit-gate", {"meeting_on": str(self.today), **refusal})

    def gate(self) -> Any:
        return self.participant.get(self._of("entry-criteria"))["gate"]

    def right(self, id: str) -> Any:
        rights = self.participant.get(self._of("referral-rights"))
        return next((each for each in rights if each["id"] == id), None)

    def referral(self, id: str) -> str:
        return self._of(f"referrals/{quote(id, safe='')}")

    def refer(self, id: str, grounds: str) -> None:
        eventually(lambda: self.right(id), f"The right {id}")
        self._participant("referrals", {"right": id, "grounds": grounds})

    def connectivity(self) -> Any:
        """The first step of testing, as the timetable has it."""
        steps = self.participant.get(self._of("timetable"))["steps"]
        return next(step for step in steps if step["key"] == "5.10.1.1")

    def facts(self) -> list[str]:
        return [fact["type"] for fact in self.participant.get(self._of("timeline"))["facts"]]


@pytest.fixture(scope="module")
def it(there: Target) -> Iterator[Disputed]:
    scenario = Disputed(there, EXAMPLE, fresh_party(EXAMPLE), lambda *_: None)
    with closing(scenario):
        scenario.to_the_entry_gate()
        yield scenario


@pytest.fixture(scope="module")
def acting(there: Target) -> Iterator[Callable[..., ApiClient]]:
    """A client for a role and, where it has one, a Party."""
    with ExitStack() as opened:
        yield lambda role, party=None: opened.enter_context(closing(ApiClient(there.gateway, there.token(role, party))))


def refused(call: Callable[..., Any], *arguments: Any) -> tuple[int, str, str | None]:
    with pytest.raises(Refused) as error:
        call(*arguments)
    return error.value.status, error.value.reason, error.value.problem.get("clause")


def test_what_the_panel_finds_met_opens_the_entry_gate_with_a_start_as_soon_as_practicable(
    it: Disputed, acting: Callable[..., ApiClient]
) -> None:
    panel, stranger = acting("panel"), acting("participant", fresh_party(EXAMPLE))
    upheld = {"upheld": True, "reasons": BENCH}
    eventually(lambda: it.right(ENTRY), "The right of referral")
    assert refused(stranger.post, it._of("referrals"), {"right": ENTRY, "grounds": BENCH})[0] == 403
    assert refused(it.dcc.post, it._of("referrals"), {"right": ENTRY, "grounds": BENCH})[0] == 403
    it.refer(ENTRY, BENCH)
    assert refused(it._participant, "referrals", {"right": ENTRY, "grounds": BENCH}) == (
        *(409, "matter-referred-already"),
        "CTSD 5.8.3",
    )
    planned = it.start
    eventually(lambda: "No time runs since" in it.connectivity()["why"], "The clock that stands still")
    it._go(it._after(3))  # the planned start passes while the matter is before the Panel
    assert refused(it.dcc.post, f"{it.referral(ENTRY)}/determination", upheld)[0] == 403
    panel.post(f"{it.referral(ENTRY)}/determination", upheld)

    eventually(lambda: it.gate() == "ready", "The entry gate, opened by the determination")
    row = eventually(lambda: next(iter(it._steps("5.10.1.1")), None), "The start in the timetable")
    it.start = date.fromisoformat(row["due"])
    assert it.start == it.today > planned
    history = it.connectivity()["history"]
    assert history[0]["due"] == planned.isoformat()
    eventually(lambda: it._step("5.6.1.9")["state"] in ("done", "late"), "The entry gate in the timetable")
    facts = it.facts()
    for fact in ("disputes.hold-began", "disputes.hold-ended", "artefact-review.entry-gate-determined"):
        assert facts.count(fact) == 1, fact
    assert facts.count("notification.start-rescheduled") == 1
    assert refused(panel.post, f"{it.referral(ENTRY)}/determination", {**upheld, "upheld": False})[:2] == (
        *(409, "determined-already"),
    )
    assert refused(it._participant, f"referrals/{quote(ENTRY)}/appeal", {"grounds": "More."})[0] == 409


async def test_the_panel_says_no_the_authority_yes_and_the_certificate_comes_by_itself(
    it: Disputed, acting: Callable[..., ApiClient], home: Home
) -> None:
    panel, authority = acting("panel"), acting("authority")
    it.to_the_exit_gate()
    it.refer(EXIT, EVIDENCE)
    referral = it.referral(EXIT)
    panel.post(f"{referral}/determination", {"upheld": False, "reasons": "Run 2 is not shown."})
    eventually(lambda: "certification.exit-gate-determined" in it.facts(), "The Panel's word at the exit gate")
    assert it.dcc.get(it._of("certificates")) == []
    it._participant(f"referrals/{quote(EXIT, safe='')}/appeal", {"grounds": EVIDENCE})
    yes = {"upheld": True, "reasons": EVIDENCE}
    assert refused(panel.post, f"{referral}/determination", yes)[:2] == (403, "not-the-body")
    authority.post(f"{referral}/determination", yes)

    (certificate,) = eventually(it._issued, "The certificate")
    assert certificate["status"] == "issued"
    eventually(lambda: it._step("5.17.1.3#1")["state"] == "done", "The certificate in the timetable")
    open_steps = [
        step["key"]
        for step in it.participant.get(it._of("timeline"))["steps"]
        if step["key"].endswith("#1") and step["state"] not in ("done", "late", "withdrawn", "not-applicable")
    ]
    assert open_steps == []
    assert it.right(EXIT)["state"] == "final"
    eligible = it.participant.get("/eligibility", party=it.party, role=it.role)
    assert {row["certificate"] for row in eligible} == {certificate["number"]}
    assert (await check(home)).hold
