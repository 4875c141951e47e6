"""What waits for whom beside the steps, in whatever order the facts are known."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from kernel.audience import DUTIES
from rulebook.engine.errors import RulebookError
from rulebook.engine.files import ROOT
from rulebook.engine.profile import procedures, profile
from rulebook.engine.tasks import Occurrence, TaskForm, open_tasks, task_forms
from testing.edits import edited

AT = datetime(2027, 3, 1, 10, tzinfo=UTC)
FORMS = {form.id: form for form in task_forms()}


def told(fact: str, sequence: int = 1, hours: int = 0, **values: Any) -> Occurrence:
    return Occurrence(fact, fact.partition(".")[0], sequence, AT + timedelta(hours=hours), values)


REFERRED = told("disputes.matter-referred", 1, right="r", body="panel")
DETERMINED = told("disputes.matter-determined", 2, right="r")
APPEALED = told("disputes.determination-appealed", 3, right="r", body="authority")


def bodies(form: TaskForm, *events: Occurrence) -> list[Any]:
    return [task.values["body"] for task in open_tasks(form, events)]


@pytest.mark.parametrize("order", list(permutations((REFERRED, DETERMINED, APPEALED))))
def test_what_one_source_said_in_one_instant_has_its_order(order: tuple[Occurrence, ...]) -> None:
    assert bodies(FORMS["referral"], *order) == ["authority"]


def test_a_task_that_was_begun_again_after_its_end_waits_again() -> None:
    form = FORMS["referral"]
    assert bodies(form, REFERRED) == ["panel"]
    assert bodies(form, REFERRED, DETERMINED) == []
    other = told("disputes.matter-determined", 4, right="another")
    assert bodies(form, REFERRED, DETERMINED, APPEALED, other) == ["authority"]


@pytest.mark.parametrize(("hours", "waiting"), [(1, 0), (0, 0), (-1, 1)])
def test_between_sources_the_instant_decides_and_in_one_instant_the_end(hours: int, waiting: int) -> None:
    item = {"kind": "response-code", "item": "E11"}
    notice = told("notification.engagement-notified", 1, descoping=[item, {**item, "item": "E12"}])
    decided = told("artefact-review.descoping-decided", 1, hours, item=item)
    kept = [task.values["item"] for task in open_tasks(FORMS["descoping-proposal"], (decided, notice))]
    assert kept == ["E11"] * waiting + ["E12"]


def test_an_item_that_was_withdrawn_and_is_proposed_again_waits_again() -> None:
    item = {"kind": "response-code", "item": "E11"}
    notice = told("notification.engagement-notified", 1, descoping=[item])
    withdrawn = told("artefact-review.proposal-withdrawn", 1, 1, item=item)
    again = told("artefact-review.descoping-proposed", 2, 2, proposals=[item, {**item, "item": "E12"}])
    form = FORMS["descoping-proposal"]
    assert open_tasks(form, (notice, withdrawn)) == ()
    assert [task.values["item"] for task in open_tasks(form, (notice, withdrawn, again))] == ["E11", "E12"]


@pytest.mark.parametrize("answer", ["resolution-accepted", "resolution-refused"])
def test_a_proposed_resolution_waits_for_the_answer_to_it(answer: str) -> None:
    def said(turn: str, sequence: int, deficiency: str = "1.1") -> Occurrence:
        return told("artefact-review.deficiency-discussed", sequence, deficiency=deficiency, turn=turn)

    form = FORMS["proposed-resolution"]
    proposed = said("resolution-proposed", 2)
    assert len(open_tasks(form, (said("comment", 1), proposed, said("comment", 3), said(answer, 4, "1.2")))) == 1
    assert open_tasks(form, (proposed, said(answer, 3))) == ()


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_in_an_engagement_that_was_withdrawn_nothing_waits(form: TaskForm) -> None:
    assert "notification.engagement-withdrawn" in {trigger.fact for trigger in form.ends_on}


def test_an_answer_ends_the_oldest_question_to_its_role_alone() -> None:
    asked = [
        told("disputes.information-requested", number, right="r", role=role, question=str(number))
        for number, role in ((2, "participant"), (3, "participant"), (4, "dcc"))
    ]
    answer = told("disputes.information-given", 5, right="r", role="participant")
    assert [task.values["question"] for task in open_tasks(FORMS["question"], (*asked, answer))] == ["3", "4"]


def test_a_fact_with_other_values_begins_nothing() -> None:
    accepted = told("artefact-review.artefacts-reviewed", outcome="accepted", deficiencies=[{"id": "D1"}])
    assert open_tasks(FORMS["deficiency"], (accepted,)) == ()


@pytest.mark.parametrize("each", procedures())
def test_in_every_procedure_somebody_has_the_duty_that_a_task_waits_for(each: str) -> None:
    audience = profile(each).audience({})
    for form in task_forms():
        assert form.duty is None or (form.duty in DUTIES and audience.holders(form.duty)), form.id


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"disputes.matter-referred"', '"disputes.matter-refered"', "is no public event"),
        ('{ field = "body" }', '{ field = "party" }', "'party' is no field of disputes.matter-referred"),
        ('{ field = "body" }', "{}", "whom it waits for"),
        ('{ duty = "provide" }', '{ duty = "provides" }', "duty is 'provides'"),
        ('same = ["right"] },', 'same = ["wrong"] },', "'wrong' is no field of disputes.matter-determined"),
        ('change = "plan-proposed"', 'changes = "plan-proposed"', "'changes' is no field of"),
        ('due = "wanted_by"', 'due = "wanted"', "'wanted' is no field of"),
        ('id = "question"', 'id = "referral"', "referral stands twice"),
    ],
)
def test_a_task_that_could_never_be_shown_rightly_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(RulebookError, match=said):
        task_forms(edited(ROOT, tmp_path / "law", ("tasks.toml", old, new)))
