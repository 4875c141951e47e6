from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulebook.engine.errors import RulebookError
from rulebook.engine.gates import Case, IssueFigure, Verdict, judged
from rulebook.engine.profile import Criterion, profile
from testing.present import present

CLEAN = Case(scheduled=38, executed=38, approved=frozenset({"test-completion-report"}), decided=True)


def entry_criteria(procedure: str) -> tuple[Criterion, ...]:
    return present(profile(procedure).gate("entry")).criteria


def exit_criteria(procedure: str, case: Case) -> tuple[Verdict, ...]:
    found = profile(procedure)
    return judged(present(found.gate("exit")), case, found)


def unmet(case: Case, procedure: str = "uept") -> list[str]:
    return [verdict.criterion for verdict in exit_criteria(procedure, case) if not verdict.met]


def outstanding(severity: int, count: int, plan_agreed: bool = True) -> tuple[IssueFigure, ...]:
    return (IssueFigure(severity, plan_agreed=plan_agreed),) * count


def test_the_entry_gate_has_the_six_criteria_and_the_participant_shows_the_last_three() -> None:
    assert [criterion.id for criterion in entry_criteria("uept")] == [f"5.8.1{letter}" for letter in "abcdef"]
    assert [c.id for c in entry_criteria("uept") if c.evidence_by == "participant"] == ["5.8.1d", "5.8.1e", "5.8.1f"]


def test_the_thresholds_are_those_of_table_7() -> None:
    assert [row.limits for row in profile("uept").thresholds] == [{1: 0, 2: 0, 3: 5, 4: 10, 5: None}]
    assert [row.limits for row in profile("additional-sr-dust").thresholds] == [{1: 0, 2: 0, 3: 3, 4: 5, 5: None}]


def test_all_is_met_when_everything_ran_and_nothing_is_outstanding() -> None:
    assert unmet(CLEAN) == []


def test_one_test_without_a_result_leaves_criterion_a_unmet() -> None:
    assert unmet(replace(CLEAN, executed=37)) == ["5.19.1a"]


def test_an_empty_scope_is_not_executed() -> None:
    assert "5.19.1a" in unmet(replace(CLEAN, scheduled=0, executed=0))


def test_an_issue_verified_by_retest_counts_nowhere() -> None:
    assert unmet(replace(CLEAN, issues=(IssueFigure(1, closed=True),))) == []


def test_an_outstanding_issue_without_an_agreed_plan_breaks_b_and_c() -> None:
    assert unmet(replace(CLEAN, issues=outstanding(3, 1, plan_agreed=False))) == ["5.19.1b", "5.19.1c"]


@pytest.mark.parametrize(("severity", "limit"), [(1, 0), (2, 0), (3, 5), (4, 10)])
def test_a_severity_may_reach_its_threshold_and_not_exceed_it(severity: int, limit: int) -> None:
    assert unmet(replace(CLEAN, issues=outstanding(severity, limit))) == []
    assert unmet(replace(CLEAN, issues=outstanding(severity, limit + 1))) == ["5.19.1c"]


def test_any_number_of_severity_5_issues_is_fine_once_each_is_agreed() -> None:
    assert unmet(replace(CLEAN, issues=outstanding(5, 40))) == []
    assert unmet(replace(CLEAN, issues=outstanding(5, 1, plan_agreed=False))) == ["5.19.1b", "5.19.1c"]


def test_additional_sr_testing_has_lower_thresholds() -> None:
    four = replace(CLEAN, issues=outstanding(3, 4))
    assert unmet(four) == []
    assert unmet(four, "additional-sr-uept") == ["5.19.1c"]


def test_the_dust_route_needs_no_report_and_no_quality_gate() -> None:
    assert unmet(Case(scheduled=3, executed=3), "additional-sr-dust") == []
    assert unmet(Case(scheduled=3, executed=3)) == ["5.19.1d", "5.19.1e"]


def test_a_verdict_states_its_figures_against_the_threshold() -> None:
    verdict = exit_criteria("uept", replace(CLEAN, issues=outstanding(3, 1)))[2]
    assert "severity 3: 1 (at most 5)" in verdict.statement
    assert "severity 5: 0 (as agreed)" in verdict.statement


def test_additional_sr_testing_needs_completed_uept_and_on_the_dust_route_entry_into_its_environment() -> None:
    by_uept, by_dust = (entry_criteria(f"additional-sr-{route}") for route in ("uept", "dust"))
    assert [each.id for each in by_uept][-1] == "5.4.1"
    assert [(each.id, each.evidence_by) for each in by_dust][-2:] == [("5.4.1", None), ("5.4.2", "dcc")]


def test_the_entry_criteria_apply_to_additional_sr_testing_but_for_artefacts_that_the_dust_route_does_not_have() -> (
    None
):
    general = [f"5.8.1{letter}" for letter in "abcdef"]
    assert [each.id for each in entry_criteria("additional-sr-uept")] == [*general, "5.4.1"]
    assert [each.id for each in entry_criteria("additional-sr-dust")] == [
        *(each for each in general if each != "5.8.1c"),
        "5.4.1",
        "5.4.2",
    ]


def test_a_procedure_without_criteria_is_refused() -> None:
    with pytest.raises(RulebookError, match="no procedure 'dmct'"):
        entry_criteria("dmct")
    with pytest.raises(RulebookError, match="no procedure 'dmct'"):
        exit_criteria("dmct", CLEAN)


ISSUES = st.lists(st.builds(IssueFigure, st.integers(1, 5), st.booleans(), st.booleans()), max_size=20).map(tuple)


@given(ISSUES, st.integers(1, 5))
def test_one_more_outstanding_issue_never_makes_a_criterion_met(issues: tuple[IssueFigure, ...], severity: int) -> None:
    before = set(unmet(replace(CLEAN, issues=issues)))
    after = set(unmet(replace(CLEAN, issues=(*issues, IssueFigure(severity)))))
    assert before <= after
    assert "5.19.1b" in after
