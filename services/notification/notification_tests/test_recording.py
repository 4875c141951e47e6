"""A step without a rule of its own is recorded, by one command for all procedures."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kernel.audience import WrongRole
from kernel.refusal import Refusal
from notification.domain.events import StepCompleted, StepRecorded, TimetableChanged
from notification.domain.recording import RecordStep
from notification.domain.step_refusals import (
    InformationMissing,
    InformationNotAsked,
    StepAlreadyDone,
    StepBeforeItsTurn,
    StepHasOwnRule,
    StepNotOpen,
    StepNotYetDone,
    StepOutcomeUnknown,
    StepUnknown,
)
from notification.emails.templates import emails
from testing.made_up import made_up_law

from .given import ID, Heard, at, due, engagement, trial, trial_requested

DELIVERY = RecordStep(
    engagement=ID,
    key="T5",
    outcome=None,
    information={"delivery note": "N 12", "number of devices": "3"},
    done_on=date(2027, 3, 15),
    role="requester",
    by="mo",
    now=at("2027-03-15"),
)


@pytest.fixture(autouse=True)
def law() -> Iterator[None]:
    with made_up_law():
        yield


def recording(**changes: Any) -> Heard:
    return trial().when(replace(DELIVERY, **changes))


def test_a_recorded_step_is_done_and_sets_its_anchor() -> None:
    before = trial()
    assert due(before, "T6") is None
    recorded, done, dates = recording().events
    assert recorded == StepRecorded(
        "T5", "T5", None, DELIVERY.information, date(2027, 3, 15), "requester", "mo", DELIVERY.now
    )
    completed_by = ("notification.step-recorded", "T5")
    assert done == StepCompleted("T5", "T5", date(2027, 3, 15), date(2027, 3, 15), "mo", True, completed_by)
    assert isinstance(dates, TimetableChanged)
    after = recording().accepted()
    assert engagement(after).facts.of("devices-delivered") == date(2027, 3, 15)
    assert due(after, "T6") == date(2027, 4, 1)


def test_a_step_recorded_after_its_date_is_late() -> None:
    story = recording(done_on=date(2027, 3, 16), now=at("2027-03-17")).accepted()
    assert not engagement(story).done["T5"].in_time


@pytest.mark.parametrize(
    ("changes", "refusal", "clause"),
    [
        ({"role": "laboratory"}, WrongRole("laboratory", "requester"), "TRIAL 2.5"),
        (
            {"information": {"delivery note": "N 12", "number of devices": " "}},
            InformationMissing("T5", "number of devices"),
            "TRIAL 2.5",
        ),
        (
            {"information": {**DELIVERY.information, "colour": "red"}},
            InformationNotAsked("colour", "delivery note; number of devices"),
            "TRIAL 2.5",
        ),
        ({"outcome": "fine"}, StepOutcomeUnknown("T5", "fine", "none, it has no outcome"), "TRIAL 2.5"),
        (
            {"done_on": date(2027, 3, 16)},
            StepNotYetDone("T5", date(2027, 3, 16), date(2027, 3, 15)),
            "TRIAL 2.5",
        ),
        ({"done_on": date(2027, 2, 1)}, StepNotOpen("T5", date(2027, 2, 1), date(2027, 2, 2)), "TRIAL 2.5"),
        ({"key": "T6", "role": "laboratory"}, StepHasOwnRule("T6"), "TRIAL 3.1"),
        ({"key": "T99"}, StepUnknown("T99", "T1"), "TRIAL 2.1"),
    ],
)
def test_a_step_is_recorded_by_its_sender_with_its_information_only(
    changes: dict[str, Any], refusal: Refusal, clause: str
) -> None:
    assert recording(**changes).then_refused(refusal).clause == clause


def test_a_step_is_recorded_once() -> None:
    again = recording().accepted().when(DELIVERY)
    assert again.then_refused(StepAlreadyDone("T5", date(2027, 3, 15))).clause == "TRIAL 2.5"


def test_a_step_is_not_recorded_before_its_turn() -> None:
    refused = trial_requested().when(DELIVERY).then_refused(StepBeforeItsTurn("T5", "receipt of the acknowledgement"))
    assert refused.clause == "TRIAL 2.5"


def test_a_step_that_is_not_done_by_e_mail_is_told_to_nobody() -> None:
    story = recording().accepted()
    [event] = [each for each in story.history if isinstance(each, StepRecorded)]
    assert emails(event, engagement(story), ID) == ()
