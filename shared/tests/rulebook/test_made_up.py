"""A procedure that no document has is read, found sound and planned: nothing but its data makes it run."""

from collections.abc import Iterator
from datetime import date, time

import pytest

from rulebook.engine import views, why
from rulebook.engine.dating.facts import Facts
from rulebook.engine.dating.happening import after
from rulebook.engine.dating.plan import plan
from rulebook.engine.dating.timetable import timetable
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.errors import RulebookError
from rulebook.engine.gates import Case, IssueFigure, judged
from rulebook.engine.lists import public_list
from rulebook.engine.profile import procedures, profile
from rulebook.engine.routes import arising
from rulebook.engine.scope.scope import tests_of, web_services_of
from rulebook.engine.validation import mistakes
from testing.made_up import FOLDER, PROCEDURE, made_up_law
from testing.present import present

ENGLAND = calendar()
START = date(2027, 3, 1)
FIELDS = {"devices": "meter A with hub B", "provider": "Provider C"}


@pytest.fixture(autouse=True)
def law() -> Iterator[None]:
    with made_up_law():
        yield


def test_its_document_is_read_with_all_others_and_is_sound() -> None:
    assert mistakes(FOLDER) == ()
    assert PROCEDURE in procedures()
    assert (profile(PROCEDURE).document, profile(PROCEDURE).rulebook) == ("TRIAL", "trial-2026.1")
    assert profile(PROCEDURE, "trial-2026.1") == profile(PROCEDURE)


def test_it_is_planned_with_calendar_days_an_hour_a_day_of_a_month_and_an_earliest_day() -> None:
    found = plan(profile(PROCEDURE).procedure, START, ENGLAND)
    assert {each.step.ref: each.due or each.last for each in found.steps} == {
        "T1": date(2027, 2, 22),
        "T2": date(2027, 3, 1),
        "T3": date(2027, 2, 26),
        "T4": date(2027, 3, 1),
        "T5": date(2027, 3, 15),
        "T6": date(2027, 4, 1),
        "T7": date(2027, 4, 15),
        "T8": date(2027, 4, 19),
    }
    assert {each.step.ref: each.parts[0].at for each in found.steps if each.parts[0].at} == {
        "T2": time(12),
        "T7": time(17),
    }


def test_devices_that_come_late_move_the_trial_and_every_date_says_why() -> None:
    steps = profile(PROCEDURE).procedure
    facts = Facts({"notified": date(2027, 2, 22), "start": START})
    delivered = after(steps, facts, "notification.step-recorded", date(2027, 4, 20), ref="T5")
    rows = {row.key: row for row in timetable(steps, delivered, ENGLAND)}
    assert rows["T6"].due == date(2027, 4, 20)
    assert "Not before delivery of the devices, Tue 20 April 2027" in rows["T6"].why
    assert all(f"({row.clause})" in row.why for row in rows.values())


def test_further_testing_is_a_round_of_its_own() -> None:
    steps = profile(PROCEDURE).procedure
    facts = after(
        steps, Facts({"notified": START, "start": START}), "certification.exit-gate-held", START, "further-testing"
    )
    rows = [row for row in timetable(steps, facts, ENGLAND) if "#" in row.key]
    assert [row.key for row in rows] == ["T6#1", "T7#1", "T8#1"]
    assert "Further testing was asked for on Mon 1 March 2027" in rows[0].why


def test_its_tests_are_those_of_a_pack_and_need_no_connectivity() -> None:
    found = profile(PROCEDURE)
    assert [test.id for test in tests_of(found, FIELDS).tests] == ["PAIR", "READ", "WRITE", "PART"]
    assert web_services_of(found, FIELDS) == ()
    assert views.scope_view(tests_of(found, FIELDS))["total"] == 4


def test_its_gate_is_decided_by_two_bodies_and_judged_on_shares_and_on_a_provider() -> None:
    found = profile(PROCEDURE)
    gate = present(found.gate("exit"))
    assert [link.body for link in gate.chain] == ["board", "tribunal"]
    assert (gate.decider, found.gate("entry")) == ("tribunal", None)
    issue = IssueFigure(3, plan_agreed=True, provider="Provider C")
    case = Case(4, 4, 3, decided=True, issues=(issue,), evidence={"record-kept": "It is on file."})
    verdicts = judged(gate, case, found)
    assert all(verdict.met for verdict in verdicts)
    assert verdicts[-1].statement == "Tribunal has approved the progress."


def test_each_referrer_has_a_term_of_its_own() -> None:
    [route] = arising(profile(PROCEDURE), "certification.exit-gate-held", {"outcome": "further-testing"})
    assert (str(route.term("requester")), str(route.term("laboratory"))) == ("10 Working Days", "14 days")
    assert (route.term("board"), route.body) == (None, "tribunal")


def test_its_certificate_lists_the_combination() -> None:
    [form] = profile(PROCEDURE).certificates
    listed = public_list(present(form.lists), FOLDER)
    assert (form.number_prefix, form.reissues, listed.key) == ("CMB", False, ("devices", "provider"))
    with pytest.raises(RulebookError, match=r"no list 'meters'\. Known: combinations"):
        public_list("meters", FOLDER)


def test_its_clauses_are_cited_with_tables_nested_letters_and_letters_of_the_clause() -> None:
    for cited in ("TRIAL Table 1", "TRIAL 3.1(a)(ii)", "TRIAL 20.12A", "TRIAL 4.2(b)"):
        assert present(why.of_clause(cited)).subject == cited
    for cited in ("TRIAL Table 2", "TRIAL 3.1(a)(iv)", "TRIAL 3.1(b)(i)", "TRIAL 20.12B", "TRIAL 4.2(c)"):
        assert why.of_clause(cited) is None
    assert present(why.of_clause("TRIAL 4.3")).rule == "In the data: step T8 of combination-trial, list combinations."


def test_every_part_of_the_subject_has_its_name() -> None:
    assert profile(PROCEDURE).subject.named(FIELDS) == "meter A with hub B with Provider C"


def test_a_document_without_a_matrix_knows_no_test_of_a_user_role() -> None:
    assert why.of_anything("SR:4.2:CV1-OD:S1", profile(PROCEDURE).procedure, None, "ES") is None
    found = why.of_anything("enough-passed", profile(PROCEDURE).procedure, None, "ES")
    assert present(found).kind == "criterion"
