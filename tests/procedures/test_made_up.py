"""A procedure that no document has, from its notice to its certificate, through the domains of all services.

A combination of devices is tried by a laboratory and certified by its list; a board decides, then a tribunal. The days
are those of the spring of 2027, with the bank holidays of 3 and 31 May.
"""

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any

import pytest
from tests.procedures.trial import FORM, ID, ON_FILE, START, at, notified, prepared, sent_back, tried, tried_again

from certification.aggregates import COMPLETION
from certification.domain.refusals import (
    EveryCriterionMet,
    EvidenceOfAnother,
    ExecutionNotComplete,
    ExitCriteriaNotMet,
    GateNotPassed,
    OtherBodysTurn,
)
from contracts.artefact_review import ScopeAgreed
from contracts.certification import CertificateIssued, EligibilityRegistered, EntryListed, ExitGateHeld, GateBodyDecided
from contracts.disputes import MatterReferred, ReferralRightArose, ReferralRightLapsed
from contracts.notification import EngagementNotified
from disputes.aggregates import MATTERS
from disputes.domain.refusals import ReferredTooLate
from execution_tracker.aggregates import EXECUTION
from execution_tracker.domain.refusals import NotAllExecuted, NotStarted
from execution_tracker.domain.result_refusals import OutOfOrder
from kernel.audience import RoleUnknown, WrongRole
from kernel.refusal import Refusal
from testing.made_up import made_up_law


@pytest.fixture(autouse=True)
def law() -> Iterator[None]:
    with made_up_law():
        yield


async def refused(attempt: Any, expected: type[Refusal], clause: str) -> Refusal:
    """What was asked for is refused, by a clause of the document itself."""
    with pytest.raises(expected) as refusal:
        await attempt
    assert refusal.value.clause == clause, refusal.value
    assert refusal.value.remedy_text
    return refusal.value


async def test_each_step_of_preparation_has_the_date_that_its_rule_gives() -> None:
    trial = await notified()
    dates = {key: (row.due, row.at) for key, row in trial.engagement.rows.items() if row.due}
    assert dates == {
        "T1": (date(2027, 4, 26), None),  # five Working Days before the start, with 3 May not counted
        "T2": (date(2027, 5, 3), time(12)),  # seven days after the request, a bank holiday all the same, by noon
        "T3": (date(2027, 4, 30), None),  # two days before the start is a Sunday: the Working Day before it
        "T4": (START, None),
        "T5": (date(2027, 5, 17), None),  # the 15th is a Saturday: the next Working Day
    }
    assert "Sat 15 May 2027, no Working Day: on the next one, Mon 17 May 2027" in trial.row("T5").why


async def test_preparation_is_done_in_time_step_by_step() -> None:
    trial = await prepared()
    assert {key: (step.done_on, step.in_time) for key, step in trial.engagement.done.items()} == {
        "T1": (date(2027, 4, 26), True),
        "T2": (date(2027, 4, 29), True),
        "T3": (date(2027, 4, 30), True),
        "T4": (date(2027, 5, 4), True),
        "T5": (date(2027, 5, 17), True),
    }
    assert trial.row("T6").due == date(2027, 6, 4)  # a month from the start, and not before the delivery


@pytest.mark.parametrize(("minute", "in_time"), [(59, True), (61, False)])
async def test_the_acknowledgement_is_in_time_until_its_hour(minute: int, in_time: bool) -> None:
    trial = await notified()
    trial.services.now = at("2027-05-03", 11) + timedelta(minutes=minute)
    await trial.acknowledge()
    assert trial.done("T2").in_time is in_time


async def test_the_notice_tells_every_service_what_is_tested_and_for_whom() -> None:
    trial = await notified()
    (notice,) = trial.services.published(EngagementNotified, ID)
    assert notice.subject.name == "HUB-2 with Acme Comms"
    for audience in (
        trial.engagement.audience,
        trial.services.state(EXECUTION, ID).audience,
        trial.services.state(COMPLETION, ID).audience,
        trial.services.state(MATTERS, ID).audience,
    ):
        assert audience
        audience.require("execute", "laboratory", None)
        audience.require("read", "requester", "REQ")
        with pytest.raises(RoleUnknown) as unknown:
            audience.require("read", "participant", "REQ")
        assert unknown.value.clause == "TRIAL 2.1"


async def test_a_body_that_decides_is_not_the_one_that_acknowledges() -> None:
    trial = await notified()
    await refused(trial.acknowledge("board"), WrongRole, "TRIAL 2.2")


async def test_the_accepted_description_agrees_the_tests_of_the_pack() -> None:
    trial = await prepared()
    (agreed,) = trial.services.published(ScopeAgreed, ID)
    assert [(test.id, test.order) for test in agreed.tests] == [
        ("PAIR", 1),
        ("READ", 2),
        ("WRITE", None),
        ("PART", None),
    ]
    assert agreed.rulebook == "trial-2026.1"
    assert list(trial.services.state(EXECUTION, ID).tests) == ["PAIR", "READ", "WRITE", "PART"]
    assert [test.id for test in trial.services.state(COMPLETION, ID).scope] == ["PAIR", "READ", "WRITE", "PART"]


async def test_without_an_entry_gate_testing_is_open_from_the_start_on_and_in_the_order_of_the_pack() -> None:
    trial = await notified()
    await trial.on("2027-04-29").acknowledge()
    await trial.on("2027-04-30").describe()
    await trial.accept()
    await refused(trial.ran("first", PAIR="passed"), NotStarted, "TRIAL 3.1")
    await refused(trial.on("2027-05-04").ran("first", READ="passed"), OutOfOrder, "TRIAL 3.1")
    await trial.ran("first", PAIR="passed", READ="passed")


async def test_the_gate_waits_for_the_execution_and_every_test_is_tried_or_it_is_said_why_not() -> None:
    trial = await prepared()
    await trial.on("2027-05-18").ran("first", PAIR="passed", READ="passed", WRITE="passed")
    await refused(trial.decide("board"), ExecutionNotComplete, "TRIAL 4.2")
    await refused(trial.complete(), NotAllExecuted, "TRIAL 3.1")


async def test_criteria_that_are_not_met_stop_the_first_body_already() -> None:
    trial = await tried()
    refusal = await refused(trial.decide("board"), ExitCriteriaNotMet, "TRIAL 4.2")
    assert refusal.facts["criteria"] == "TRIAL 4.1(a), TRIAL 4.1(b), TRIAL Table 1"


@pytest.mark.parametrize("body", ["tribunal", "laboratory"])
async def test_a_body_does_not_decide_before_its_turn(body: str) -> None:
    trial = await tried()
    await refused(trial.decide(body), OtherBodysTurn, "TRIAL 4.2(a)")


async def test_further_testing_opens_a_round_and_gives_a_right_of_referral() -> None:
    trial = await sent_back()
    (held,) = trial.services.published(ExitGateHeld, ID)
    assert (held.gate, held.body, held.outcome) == ("agreement", "board", "further-testing")
    assert trial.done("T7").done_on == date(2027, 5, 20)
    assert (trial.row("T6#1").due, trial.row("T6#1").opens) == (None, date(2027, 5, 20))
    (right,) = trial.services.published(ReferralRightArose, ID)
    assert (right.clause, right.body, right.referred_by) == ("TRIAL 20.12A", "tribunal", ("requester", "laboratory"))


@pytest.mark.parametrize(
    ("role", "last", "late", "term"),
    [
        ("requester", "2027-06-04", "2027-06-05", "10 Working Days"),  # with 31 May not counted
        ("laboratory", "2027-06-03", "2027-06-04", "14 days"),
    ],
)
async def test_each_referrer_has_its_own_term(role: str, last: str, late: str, term: str) -> None:
    trial = await sent_back()
    await trial.on(last, 23, 59).refer(role)
    (referred,) = trial.services.published(MatterReferred, ID)
    assert (referred.role, referred.body, referred.clause) == (role, "tribunal", "TRIAL 20.12A")
    trial = await sent_back()
    refusal = await refused(trial.on(late, 0, 1).refer(role), ReferredTooLate, "TRIAL 20.12A")
    assert (refusal.facts["term"], str(refusal.facts["last"])) == (term, last)


async def test_the_board_decides_then_the_tribunal_which_states_that_the_record_is_kept() -> None:
    trial = await tried_again()
    assert (trial.row("T7#1").due, trial.row("T7#1").at) == (date(2027, 6, 21), time(17))
    trial.on("2027-06-08")
    await refused(trial.decide("tribunal", evidence=ON_FILE), OtherBodysTurn, "TRIAL 4.2(a)")
    await refused(trial.decide("board", evidence=ON_FILE), EvidenceOfAnother, "TRIAL 4.1(d)")
    await trial.decide("board")
    (approved,) = trial.services.published(GateBodyDecided, ID)
    assert (approved.gate, approved.body) == ("agreement", "board")
    await refused(trial.decide("board"), OtherBodysTurn, "TRIAL 4.2(b)")
    await refused(trial.certify(), GateNotPassed, "TRIAL 4.3")
    trial.on("2027-06-09")
    unmet = await refused(trial.decide("tribunal"), ExitCriteriaNotMet, "TRIAL 4.2")
    assert unmet.facts["criteria"] == "TRIAL 4.1(d)"
    await trial.decide("tribunal", evidence=ON_FILE)
    held = trial.services.published(ExitGateHeld, ID)[-1]
    assert (held.body, held.outcome, all(each.met for each in held.criteria)) == ("tribunal", "complete", True)
    assert [each.statement for each in held.criteria][:2] == [
        "4 of 4 tests in scope executed with a recorded result.",
        "3 of 4 tests in scope passed (at least 75 in a hundred).",
    ]
    assert "Outstanding issues of Acme Comms" in held.criteria[2].statement
    assert [each.statement for each in held.criteria][3:] == [
        ON_FILE["record-kept"],
        "Tribunal has approved the progress.",
    ]


async def test_a_body_asks_for_further_testing_only_where_a_criterion_is_not_met() -> None:
    trial = await tried_again()
    await refused(trial.decide("board", "further-testing", "I had rather."), EveryCriterionMet, "TRIAL 4.2")


async def test_the_certificate_of_its_own_form_lists_the_combination_and_leaves_the_register_alone() -> None:
    trial = await tried_again()
    await trial.on("2027-06-08").decide("board")
    await trial.on("2027-06-09").decide("tribunal", evidence=ON_FILE)
    (lapsed,) = trial.services.published(ReferralRightLapsed, ID)
    assert lapsed.right == "combination-refused#1"
    await refused(trial.certify("tribunal"), WrongRole, "TRIAL 4.3")
    certificate = await trial.on("2027-06-10").certify()
    assert [(field.label, field.value) for field in certificate.fields] == [
        ("To", "Requester plc"),
        ("Date", "10 June 2027"),
        ("Devices", "HUB-2"),
        ("Provider", "Acme Comms"),
    ]
    assert [row[::2] for row in certificate.rows] == [
        ("PAIR", "passed"),
        ("READ", "passed"),
        ("WRITE", "not passed"),
        ("PART", "passed"),
    ]
    (issued,) = trial.services.published(CertificateIssued, ID)
    assert (issued.number, issued.outcome, issued.srvs, issued.supersedes) == ("CMB-2027-0001", FORM, (), None)
    (entry,) = trial.services.published(EntryListed, "combinations/HUB-2/Acme Comms")
    assert (entry.status, entry.since, entry.certificate) == ("listed", date(2027, 6, 10), "CMB-2027-0001")
    assert not [each for each in trial.services.records if each.topic == EligibilityRegistered.TOPIC]


async def test_the_timetable_ends_with_every_step_done_in_time() -> None:
    trial = await tried_again()
    await trial.on("2027-06-08").decide("board")
    await trial.on("2027-06-09").decide("tribunal", evidence=ON_FILE)
    assert trial.row("T8#1").due == date(2027, 6, 11)  # two Working Days after the tribunal's decision
    await trial.on("2027-06-10").certify()
    done = trial.engagement.done
    assert list(done) == ["T1", "T2", "T3", "T4", "T5", "T6", "T7", "T6#1", "T7#1", "T8#1"]
    assert all(step.in_time for step in done.values())
    assert set(trial.engagement.rows) == set(done)
