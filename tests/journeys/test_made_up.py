"""A procedure that no document has runs on a real stack that was told where its document lies, and nothing else."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.trial_scenario import ON_FILE, TrialScenario

from assay_lab.scenario import Target
from rulebook.engine.dating.working_days import calendar
from testing.made_up import made_up_law

pytestmark = pytest.mark.timeout(300)

REFUSED = {
    "a start too early": (422, "start-too-early", "TRIAL 2.1"),
    "a notice by a foreign role": (403, "role-unknown", "TRIAL 2.1"),
    "a notice without its provider": (422, "subject-field-missing", "TRIAL 2.1"),
    "a foreign role": (403, "role-unknown", "TRIAL 2.1"),
    "another organisation": (403, "foreign-party", "TRIAL 2.1"),
    "an acknowledgement by the board": (403, "wrong-role", "TRIAL 2.2"),
    "a delivery before its turn": (409, "step-before-its-turn", "TRIAL 2.5"),
    "results before the start": (409, "scope-not-agreed", "TRIAL 3.1"),
    "a delivery by the laboratory": (403, "wrong-role", "TRIAL 2.5"),
    "a delivery without its number": (422, "information-missing", "TRIAL 2.5"),
    "a delivery twice": (409, "step-already-done", "TRIAL 2.5"),
    "results by the requester": (403, "wrong-role", "TRIAL 2.1"),
    "a test out of its order": (409, "out-of-order", "TRIAL 3.1"),
    "a decision before the end": (409, "execution-not-complete", "TRIAL 4.2"),
    "an end without the last test": (409, "not-all-executed", "TRIAL 3.1"),
    "the second body first": (409, "other-bodys-turn", "TRIAL 4.2(a)"),
    "a body that is none": (409, "other-bodys-turn", "TRIAL 4.2(a)"),
    "criteria that are not met": (409, "exit-criteria-not-met", "TRIAL 4.2"),
    "a referral by the board": (403, "wrong-role", "TRIAL 2.1"),
    "a late referral by the requester": (409, "referred-too-late", "TRIAL 20.12A"),
    "a late referral by the laboratory": (409, "referred-too-late", "TRIAL 20.12A"),
    "evidence of another body": (422, "evidence-of-another", "TRIAL 4.1(d)"),
    "the first body twice": (409, "other-bodys-turn", "TRIAL 4.2(b)"),
    "a certificate too early": (409, "gate-not-passed", "TRIAL 4.3"),
    "a record that is not kept": (409, "exit-criteria-not-met", "TRIAL 4.2"),
    "a certificate by the tribunal": (403, "wrong-role", "TRIAL 4.3"),
}


@pytest.fixture(scope="module")
def trial(there: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrialScenario]:
    folder: Path = tmp_path_factory.mktemp("trial")
    with made_up_law():
        yield TrialScenario(there, folder).run()


@pytest.fixture
def steps(trial: TrialScenario) -> dict[str, Any]:
    return {key: step for key, step in trial.seen["steps"].items() if step["state"] != "withdrawn"}


def day(step: dict[str, Any], name: str = "due") -> date:
    return date.fromisoformat(step[name])


def test_it_goes_through_every_phase_that_it_has(trial: TrialScenario) -> None:
    assert trial.phases == [
        *("notified", "preparation", "execution", "completion", "execution", "certification", "certified"),
    ]


def test_what_is_out_of_order_is_refused_with_the_clause_of_its_own_document(trial: TrialScenario) -> None:
    told = {
        what: (refused.status, refused.reason, refused.problem.get("clause")) for what, refused in trial.refused.items()
    }
    assert told == REFUSED
    assert all(refused.problem["remedy"] for refused in trial.refused.values())


def test_the_delivery_is_due_on_a_day_of_a_month_moved_to_a_working_day(
    trial: TrialScenario, steps: dict[str, Any]
) -> None:
    delivery = steps["T5"]
    assert day(delivery) == trial.delivery
    assert trial.delivery.day != 15
    assert "no Working Day: on the next one" in delivery["why"]
    assert (delivery["done_on"], delivery["in_time"]) == (delivery["due"], True)


def test_the_acknowledgement_is_due_in_calendar_days_by_an_hour(trial: TrialScenario, steps: dict[str, Any]) -> None:
    acknowledged = steps["T2"]
    assert day(acknowledged) == day(steps["T1"], "done_on") + timedelta(days=7)
    assert "by 12:00" in acknowledged["why"]
    assert (acknowledged["done_on"], acknowledged["in_time"]) == (acknowledged["due"], True)


def test_the_trial_is_conducted_within_a_month_and_certified_within_working_days(steps: dict[str, Any]) -> None:
    assert "Within 1 month of the start of the trial" in steps["T6"]["why"]
    assert "Not before delivery of the devices" in steps["T6"]["why"]
    assert day(steps["T7"]) == day(steps["T6"], "done_on") + timedelta(days=14)
    assert day(steps["T8#1"]) == calendar().add(day(steps["T7#1"], "done_on"), 2)


def test_every_step_is_done_in_time_by_who_owes_it(steps: dict[str, Any]) -> None:
    assert set(steps) == {"T1", "T2", "T3", "T4", "T5", "T6", "T7", "T6#1", "T7#1", "T8#1"}
    assert {key: step["state"] for key, step in steps.items() if step["state"] != "done"} == {}
    assert {steps[key]["from"] for key in ("T6", "T6#1")} == {"laboratory"}


def test_the_plan_gave_the_same_dates_before_anything_was_registered(
    trial: TrialScenario, steps: dict[str, Any]
) -> None:
    planned = {step["ref"]: step["due"] or step["to"] for step in trial.seen["plan"]}
    assert {ref: planned[ref] for ref in ("T1", "T3", "T4", "T5")} == {
        ref: steps[ref]["due"] for ref in ("T1", "T3", "T4", "T5")
    }


def test_its_tests_are_those_of_the_pack(trial: TrialScenario) -> None:
    scope = trial.seen["scope"]
    assert (scope["status"], scope["rulebook"]) == ("agreed", "trial-2026.1")
    assert [test["id"] for test in scope["tests"]] == ["PAIR", "READ", "WRITE", "PART"]


def test_the_first_gate_tells_each_criterion_with_the_limits_of_a_provider(trial: TrialScenario) -> None:
    criteria = trial.seen["criteria"]
    assert (criteria["next_body"], criteria["approvals"]) == ("board", [])
    assert {each["criterion"]: each["met"] for each in criteria["criteria"]} == dict.fromkeys(
        ("all-tried", "enough-passed", "few-issues", "record-kept", "agreed"), False
    )
    assert [(each["outstanding"], each["threshold"]) for each in criteria["outstanding"]] == [
        *((0, 0), (0, 0), (1, 1), (0, 2), (0, None)),
    ]


def test_each_referrer_has_a_term_of_its_own_and_a_matter_is_referred_in_time(trial: TrialScenario) -> None:
    right, decided = trial.seen["right"], trial.seen["sent back on"]
    assert right["within"] == {"requester": "10 Working Days", "laboratory": "14 days"}
    assert {role: date.fromisoformat(last) for role, last in right["last_days"].items()} == {
        "requester": calendar().add(decided, 10),
        "laboratory": decided + timedelta(days=14),
    }
    (referred,) = trial.seen["referred"]
    assert (referred["state"], referred["referred_role"], referred["body"]) == ("referred", "laboratory", "tribunal")
    assert [each["state"] for each in trial.seen["rights"]] == ["settled"]


def test_the_requester_is_told_by_e_mail_that_it_may_refer_the_matter_and_within_which_term(
    trial: TrialScenario,
) -> None:
    (sent_back,) = (mail for mail in trial.seen["mail"] if mail["subject"].endswith("further testing required"))
    assert "this may be referred to the Tribunal (TRIAL 20.12A)" in sent_back["body"]
    assert "within 10 Working Days, by DCC laboratory within 14 days." in sent_back["body"]
    assert "after the meeting" not in sent_back["body"]


def test_its_own_certificate_is_signed_and_anybody_can_verify_it(trial: TrialScenario) -> None:
    certificate = trial.seen["certificate"]
    assert certificate["form"] == "combination-certificate"
    assert certificate["number"].startswith("CMB-")
    for said in (certificate["number"], "CERTIFICATE OF A COMBINATION", trial.devices, "Acme Comms", "DCC laboratory"):
        assert said in trial.seen["pdf"]
    assert trial.seen["verification"]["valid"] is True
    assert [row[::2] for row in trial.seen["verification"]["rows"]] == [
        ["PAIR", "passed"],
        ["READ", "passed"],
        ["WRITE", "not passed"],
        ["PART", "passed"],
    ]


def test_the_list_has_the_combination_and_the_register_is_as_it_was(trial: TrialScenario) -> None:
    (entry,) = trial.seen["entries"]
    assert (entry["key"], entry["status"]) == (f"{trial.devices}/Acme Comms", "listed")
    assert entry["certificate"] == trial.seen["certificate"]["number"]
    assert trial.seen["register"] == trial.seen["register before"]


def test_the_gate_is_held_by_the_second_body_whose_evidence_one_criterion_rests_on(trial: TrialScenario) -> None:
    assert trial.refused["a record that is not kept"].problem["facts"]["criteria"] == "TRIAL 4.1(d)"
    decided = trial.seen["decided"]
    assert (decided["outcome"], decided["approvals"], decided["next_body"]) == ("complete", ["board"], None)
    assert all(each["met"] for each in decided["criteria"])
    assert ON_FILE.items() <= {each["criterion"]: each["statement"] for each in decided["criteria"]}.items()
