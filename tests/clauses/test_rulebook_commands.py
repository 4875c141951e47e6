"""The law on the command line, as the program prints it."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from assay_cli.main import program
from kernel.failure import Failure
from rulebook import VERSION
from rulebook.engine.files import adding
from testing.earlier_edition import EARLIER, LATER, earlier_edition
from testing.made_up import FOLDER, made_up_law

runner = CliRunner()


def asked(*arguments: str) -> Any:
    """What a command prints with --json."""
    answer = runner.invoke(program(), [*arguments, "--json"], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


def printed(*arguments: str) -> str:
    """What a command prints for a person."""
    return runner.invoke(program(), list(arguments), catch_exceptions=False).stdout


def refused(*arguments: str) -> Failure:
    """Why a command could not do it."""
    answer = runner.invoke(program(), list(arguments))
    assert isinstance(answer.exception, Failure), answer.output
    return answer.exception


def test_a_plan_has_every_step_with_its_day_or_period_and_why() -> None:
    plan = asked("plan", "--procedure", "uept", "--role", "IS", "--start", "2027-05-04")
    assert (plan["rulebook"], plan["role_name"], len(plan["steps"])) == (VERSION, "Import Supplier", 16)
    dates = {step["ref"]: step.get("due") or (step["from"], step["to"]) for step in plan["steps"]}
    assert dates["5.6.1.5"] == "2027-03-25"
    assert dates["5.6.1.4"] == ("2027-03-04", "2027-04-30")
    assert all(step["why"] for step in plan["steps"])


def test_a_plan_is_printed_for_people_too() -> None:
    text = printed("plan", "--procedure", "additional-sr-dust", "--role", "ES", "--start", "2027-05-04")
    lines = text.splitlines()
    assert lines[0].endswith("start Tue 4 May 2027, notice by Mon 12 April 2027")
    assert [" ".join(line.split()) for line in lines if line.startswith(("5.7.2.2", "5.11.2.2"))] == [
        "5.7.2.2 Wed 14 April 2027 DCC Acknowledge the notification",
        "5.11.2.2 Tue 4 May 2027 * Party Conduct the Additional SR Testing",
    ]
    assert "No last day of testing was given" in text


def test_a_date_is_explained_to_people_once_and_in_words() -> None:
    text = printed("why", "5.6.1.5", "--start", "2027-05-04")
    assert "Weekend days not counted" in text
    assert "2027-" not in text


def test_a_clause_of_the_document_is_found_by_its_number_alone() -> None:
    assert asked("why", "5.2.7") == asked("why", "CTSD 5.2.7")


def test_a_scope_has_a_row_for_each_test_and_the_counts() -> None:
    scope = asked("scope", "--role", "IS")
    assert (scope["total"], len(scope["tests"]), scope["counts"]["service-request"]) == (245, 245, 219)
    row = next(test for test in scope["tests"] if test["id"] == "SR:1.1.1:CV4-OD:S1")
    wanted = {
        "srv": "1.1.1",
        "variant": "CV4-OD",
        "generation": "S1",
        "kind": "service-request",
        "clause": "CTSD 8.1.5",
    }
    assert wanted.items() <= row.items()
    assert [erratum["clause"] for erratum in scope["errata"]] == ["CTSD 8.1.5", "CTSD 8.1.5"]


def test_the_effect_of_descoping_and_additional_sr_testing_can_be_asked() -> None:
    assert "DCC won't agree: minimum set" in printed("scope", "--role", "ES", "--descope", "service-request:8.2")
    more = asked("scope", "--role", "ES", "--srv", "4.2", "--srv", "8.2", "--certified", "8.2")
    assert (more["srvs"], more["already_certified"]) == (["4.2"], ["8.2"])


@pytest.mark.parametrize(
    ("arguments", "clause"),
    [
        (["5.6.1.5", "--start", "2027-05-04"], "CTSD 5.6.1.5"),
        (["SR:4.2:CV1-OD:S1", "--role", "ES"], "CTSD 8.1.7"),
        (["5.19.1c", "--tests", "38/38", "--issue", "3"], "CTSD 5.19.1(c)"),
        (["missed"], "CTSD 5.5.2"),
        (["start-too-early"], "CTSD 5.6.1.1"),
        (["CTSD 5.6.1.4"], "CTSD 5.6.1.4"),
        (["CTSD 5.8.2(b)"], "CTSD 5.8.2"),
        (["Relevant Party"], "CTSD Annex F"),
    ],
)
def test_why_is_answered_of_dates_tests_verdicts_states_refusals_and_clauses(arguments: list[str], clause: str) -> None:
    assert asked("why", *arguments)["clause"] == clause
    assert clause in printed("why", *arguments)


def test_a_slip_of_the_source_is_told_with_the_clause_and_the_state_that_it_touches() -> None:
    for asked_for in ("CTSD 5.5.1", "CTSD 5.5.2", "missed"):
        assert "Table 1, Table 4 & Table 7" in printed("why", asked_for)


def test_a_verdict_says_what_was_stated_and_nothing_more() -> None:
    assert "not met: 1 testing issues: 0 verified by retest, 0 outstanding with" in printed(
        "why", "5.19.1b", "--issue", "3"
    )
    assert "It is met" in printed("why", "5.19.1b", "--issue", "3", "--agreed")
    assert " met" not in printed("why", "5.19.1b", "--tests", "38/38")
    assert " met" not in printed("why", "5.19.1d", "--tests", "38/38")


def test_what_lies_in_the_past_is_planned_and_said() -> None:
    past = asked("plan", "--start", "2025-05-06")
    assert past["notes"] == ["The start, Tue 6 May 2025, lies in the past."]
    assert "Note: The start, Tue 6 May 2025, lies in the past." in printed("plan", "--start", "2025-05-06")
    assert asked("plan", "--start", "2028-05-04")["notes"] == []


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Path]:
    """A document of which an earlier edition is kept."""
    with earlier_edition(tmp_path / "kept") as folder:
        yield folder


@pytest.mark.usefixtures("kept")
def test_a_plan_a_scope_and_a_reason_can_be_asked_of_an_earlier_edition() -> None:
    first = ("--edition", EARLIER)
    plan = asked("plan", "--start", "2027-05-04", *first)
    assert (plan["rulebook"], len(plan["steps"]), len(plan["documents"])) == (EARLIER, 16, 9)
    assert next(step["due"] for step in plan["steps"] if step["ref"] == "5.6.1.5") == "2027-03-18"
    tests = asked("scope", "--role", "IS", *first)["tests"]
    assert next(test for test in tests if test["id"] == "DA:0x8F32:S1")["critical"] is None
    assert asked("why", "CTSD 5.2.8", *first)["notes"][0].startswith("CTSD 5.2.8(b) prints “Clade")
    assert "Nothing is known of 'Test Script'" in refused("why", "Test Script", *first).what
    assert asked("why", "Test Script")["kind"] == "term"


@pytest.mark.usefixtures("kept")
def test_editions_are_listed_compared_and_checked() -> None:
    assert {VERSION, EARLIER, LATER} <= {each["version"] for each in asked("rulebook", "editions")}
    changes = asked("rulebook", "diff", EARLIER, LATER)["changes"]
    assert {"file": "edition.toml", "place": "version", "was": EARLIER, "now": LATER} in changes
    assert "They do not differ." in printed("rulebook", "diff", VERSION, VERSION)
    assert asked("rulebook", "check") == {"sound": True, "mistakes": []}


def test_the_coverage_of_clauses_is_shown_by_part() -> None:
    found = asked("rulebook", "clauses")
    assert sum(part.get("covered", 0) for part in found["figures"].values()) > 0
    told = [each for each in found["clauses"] if each["status"] in ("open", "part")]
    assert all(each["open"] for each in told)
    assert "5 Procedure" in printed("rulebook", "clauses")


def test_a_procedure_of_any_document_is_planned_explained_and_checked() -> None:
    with made_up_law():
        plan = asked("plan", "--procedure", "combination-trial", "--start", "2027-03-01")
        assert (plan["rulebook"], plan["steps"][0]["due"]) == ("trial-2026.1", "2027-02-22")
        why = asked("why", "T4", "--procedure", "combination-trial", "--start", "2027-03-01")
        assert (why["clause"], why["answer"]) == ("TRIAL 2.4", "Review the description: Mon 1 March 2027.")
        assert asked("why", "few-issues", "--procedure", "combination-trial")["clause"] == "TRIAL Table 1"
        assert "trial-2026.1" in {each["version"] for each in asked("rulebook", "editions")}


def test_a_mistake_in_any_document_in_force_is_found(tmp_path: Path) -> None:
    with adding(shutil.copytree(FOLDER, tmp_path / "law")):
        (tmp_path / "law" / "lists.toml").write_text("[[list]]\n")
        answer = runner.invoke(program(), ["rulebook", "check"])
    assert answer.exit_code == 1
    assert "lists.toml" in answer.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["plan", "--role", "IS", "--start", "2027-05-03"], "Mon 3 May 2027 is no Working Day"),
        (["plan", "--role", "XX", "--start", "2027-05-04"], "XX is not a User Role"),
        (["plan", "--procedure", "dmct", "--start", "2027-05-04"], "no procedure 'dmct'"),
        (["plan", "--start", "2099-05-04"], "outside the bank-holiday data"),
        (["scope", "--role", "ES", "--descope", "4.2"], "4.2 is no item that can be descoped"),
        (["scope", "--role", "ES", "--descope", "service-request:9.9"], "no service request 9.9"),
        (
            ["scope", "--role", "ES", "--srv", "4.2", "--descope", "service-request:8.2"],
            "service-request:8.2 is descoped",
        ),
        (["scope", "--role", "ES", "--certified", "8.2"], "Certified Service Requests (8.2) were named"),
        (["scope", "--role", "ES", "--srv", "4.2", "--certified", "99.9"], "99.9 is no Service Reference Variant"),
        (["scope", "--role", "ES", "--edition", "ctsd-1999"], "no edition 'ctsd-1999'"),
        (
            ["plan", "--procedure", "additional-sr-dust", "--start", "2027-05-04", "--edition", "trial-2026.1"],
            "Known: combination-trial",
        ),
        (["why", "5.6.1.5"], "hangs on the start"),
        (["why", "coffee"], "Nothing is known of 'coffee'"),
        (["why", "5.19.1a", "--tests", "many"], "no count"),
        (["rulebook", "diff", "ctsd-1999", VERSION], "no edition 'ctsd-1999'"),
        (["rulebook", "clauses", "etad"], "No clauses of 'etad'"),
    ],
)
def test_what_can_not_be_answered_is_refused_with_what_would_be_right(arguments: list[str], told: str) -> None:
    with made_up_law():
        failure = refused(*arguments)
    assert told in failure.what
    assert failure.remedy
