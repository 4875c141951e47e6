"""Three rounds of review: returned twice, once with a start that can't be kept, then accepted on a condition."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assay_lab.api_client import Refused, eventually
from assay_lab.demo import EXAMPLE, fresh_party
from assay_lab.scenario import Scenario, Target

pytestmark = pytest.mark.timeout(300)
UNCLEAR = {"artefact": "test-scripts", "text": "SSI has no script.", "location": "Scripts"}
STALE = {"artefact": "test-data-plan", "text": "Two dates are of last year.", "location": "Test Data!4"}


class Reviewed(Scenario):
    """Everything up to the first submission; the rounds are the test's."""

    def to_the_review(self) -> None:
        self.begin()
        for day, step in sorted(self.preparation(), key=lambda entry: entry[0]):
            if day > self._before(25):
                break
            self._go(day)
            step()

    def review(self, outcome: str, *deficiencies: dict[str, Any], **more: Any) -> Any:
        return self._dcc("review", {"outcome": outcome, "deficiencies": deficiencies, **more})

    def submit(self, name: str, **files: Path) -> Any:
        return self.participant.upload(self._of("artefacts"), files)

    def discuss(self, who: Any, id: str, turn: str, text: str) -> Any:
        side = "answers" if who is self.dcc else "responses"
        return who.upload(self._of(f"deficiencies/{id}/{side}"), {}, {"turn": turn, "text": text})

    def state(self, key: str) -> str:
        return str(self._step(key)["state"])

    def starts(self) -> date:
        return date.fromisoformat(self.participant.get(f"/engagements/{self.engagement}")["start_date"])


@pytest.fixture
def it(there: Target) -> Iterator[Reviewed]:
    scenario = Reviewed(there, EXAMPLE, fresh_party(EXAMPLE), lambda *_: None)
    with closing(scenario):
        scenario.to_the_review()
        yield scenario


def test_three_rounds_of_review_regress_to_the_revision_and_end_at_the_gate(it: Reviewed) -> None:
    scripts = EXAMPLE / "artefacts" / "test-scripts.csv"
    it._go(it._before(20))
    it.review("returned", UNCLEAR, submission=1)
    eventually(lambda: it.state("5.6.1.6") == "done", "The first review")
    assert it._step("5.6.1.7#1")["due"] == it._before(10).isoformat()

    it._go(it._before(10))
    it.discuss(it.participant, "1.1", "resolution-proposed", "It stands in the revised file.")
    assert it.submit("second", test_scripts=scripts)["passed"]
    it._go(it._before(7))
    was = it.start
    it.review("returned", STALE, submission=2, reschedule=True)
    eventually(lambda: it.starts() > was, "The start that can't be kept, moved")
    it.start = it.starts()
    eventually(lambda: it.state("5.6.1.7#1") == "done" and it.state("5.6.1.8#1") == "done", "The second round")
    assert it._step("5.6.1.7#2")["due"] == it._before(10).isoformat()

    with pytest.raises(Refused) as stale:
        it.review("accepted", submission=1)
    assert stale.value.reason == "submission-superseded"
    it._agree_descoping()
    plan = EXAMPLE / "artefacts" / "test-scripts-draft.csv"
    failed = it.submit("third", test_scripts=plan)
    assert not failed["passed"]
    with pytest.raises(Refused) as failing:
        it.review("accepted", submission=3)
    rules = {each["rule"] for each in failed["findings"] if not each["passed"]}
    overrides = [{"check": rule, "reason": "SSI is demonstrated on site."} for rule in sorted(rules)]
    assert failing.value.reason == "checks-fail"
    condition = {**STALE, "severity": "minor", "due": it._before(6).isoformat()}
    it.review("accepted", condition, submission=3, overrides=overrides)

    eventually(lambda: it.state("5.6.1.8#2") == "done", "The third review")
    assert it.state("5.6.1.9") in ("pending", "open")
    said = it.participant.get(it._of("artefacts"))
    assert [each["review"]["outcome"] for each in said["submissions"]] == ["returned", "returned", "accepted"]
    assert {each["check"] for each in said["overrides"]} == rules
    standing = {each["id"]: each["standing"] for each in it.dcc.get(it._of("deficiencies"))["deficiencies"]}
    assert standing == {"1.1": "closed", "2.1": "closed", "3.1": "open"}

    it.discuss(it.participant, "3.1", "resolution-proposed", "The dates are this year's.")
    it.discuss(it.dcc, "3.1", "resolution-accepted", "")
    verdicts = {each["criterion"]: each for each in it.dcc.get(it._of("entry-criteria"))["criteria"]}
    assert "condition" not in verdicts["5.8.1c"]["statement"]
