import pytest

import contracts
from rulebook.engine.errors import RulebookError
from rulebook.engine.procedures import procedure, procedure_ids, run_by_services

UEPT = procedure("uept")

TABLES_1_3_AND_5 = [
    "5.6.1.1",
    "5.6.1.2",
    "5.6.1.3",
    "5.6.1.4",
    "5.6.1.5",
    "5.6.1.6",
    "5.6.1.7",
    "5.6.1.8",
    "5.6.1.9",
    "5.10.1.1",
    "5.10.1.2",
    "5.10.1.3",
    "5.10.1.4",
    "5.17.1.1",
    "5.17.1.2",
    "5.17.1.3",
]
TABLES_2_4_AND_6 = [
    ("5.7.2.1", "before", "start", 15),
    ("5.7.2.2", "within", "notified", 2),
    ("5.11.2.1", "on", "start", 0),
    ("5.11.2.2", "on", "planned-last-day", 0),
    ("5.11.2.3", "daily", "start", 0),
    ("5.11.2.4", "on", "execution-completed", 0),
    ("5.18.1.1", "within", "report-received", 2),
    ("5.18.1.2", "within", "receipt-confirmed", 5),
    ("5.18.1.3", "within", "gate-held", 2),
]
FACTS = {contract.fact() for contract in contracts.REGISTRY.values()}


def test_uept_has_every_step_of_tables_1_3_and_5_in_order() -> None:
    assert [step.ref for step in UEPT.steps] == TABLES_1_3_AND_5


@pytest.mark.parametrize(
    ("ref", "rule", "anchor", "working_days"),
    [
        ("5.6.1.1", "before", "start", 60),
        ("5.6.1.2", "within", "notified", 2),
        ("5.6.1.3", "within", "acknowledged", 5),
        ("5.6.1.4", "each-week", "start", 40),
        ("5.6.1.5", "before", "start", 25),
        ("5.6.1.6", "before", "start", 20),
        ("5.6.1.7", "before", "start", 10),
        ("5.6.1.8", "before", "start", 7),
        ("5.6.1.9", "before", "start", 5),
        ("5.10.1.1", "on", "start", 0),
        ("5.17.1.1", "within", "report-received", 2),
        ("5.17.1.2", "within", "receipt-confirmed", 5),
        ("5.17.1.3", "within", "gate-held", 2),
    ],
)
def test_each_step_is_timed_as_its_row_says(ref: str, rule: str, anchor: str, working_days: int) -> None:
    timing = UEPT.step(ref).timing
    assert (timing.rule, timing.anchor, timing.working_days) == (rule, anchor, working_days)


@pytest.mark.parametrize("procedure_id", procedure_ids())
def test_every_step_is_completed_by_an_event_that_exists(procedure_id: str) -> None:
    for step in procedure(procedure_id).steps:
        assert set(step.completed_by) <= FACTS, step.ref


def test_the_sender_owes_what_the_source_says_it_owes() -> None:
    assert [step.ref for step in UEPT.steps if step.sender == "dcc"] == [
        "5.6.1.2",
        "5.6.1.3",
        "5.6.1.6",
        "5.6.1.8",
        "5.6.1.9",
        "5.17.1.1",
        "5.17.1.2",
        "5.17.1.3",
    ]


def test_a_returned_review_leads_back_to_the_revision_and_an_accepted_one_to_the_gate() -> None:
    for ref in ("5.6.1.6", "5.6.1.8"):
        assert UEPT.step(ref).then == {"accepted": "5.6.1.9", "returned": "5.6.1.7"}


@pytest.mark.parametrize(
    ("fact", "refs"),
    [
        ("notification.engagement-notified", ["5.6.1.1"]),
        ("artefact-review.readiness-reported", ["5.6.1.4"]),
        ("artefact-review.artefacts-submitted", ["5.6.1.5", "5.6.1.7"]),
        ("artefact-review.artefacts-reviewed", ["5.6.1.6", "5.6.1.8"]),
        ("artefact-review.entry-gate-held", ["5.6.1.9"]),
        ("execution-tracker.dashboard-published", ["5.10.1.3"]),
        ("certification.exit-gate-held", ["5.17.1.2"]),
        ("execution-tracker.issue-changed", []),
    ],
)
def test_an_event_completes_the_steps_that_it_is_about(fact: str, refs: list[str]) -> None:
    assert [step.ref for step in UEPT.completed_by(fact)] == refs


def test_a_step_is_completed_only_with_its_outcome() -> None:
    gate = UEPT.step("5.6.1.9")
    assert gate.is_completed_by("artefact-review.entry-gate-held", "ready")
    assert not gate.is_completed_by("artefact-review.entry-gate-held", "prevented")
    assert UEPT.step("5.17.1.2").is_completed_by("certification.exit-gate-held", "further-testing")


def test_an_unknown_procedure_or_step_is_refused_with_the_known_ones() -> None:
    with pytest.raises(RulebookError, match="Known: additional-sr-dust, additional-sr-uept, uept"):
        procedure("upet")
    with pytest.raises(RulebookError, match=r"Known: 5\.6\.1\.1, "):
        UEPT.step("5.6.5.1")


def test_additional_sr_testing_by_dust_has_every_step_of_tables_2_4_and_6_in_order() -> None:
    steps = procedure("additional-sr-dust").steps
    timed = [(step.ref, step.timing.rule, step.timing.anchor, step.timing.working_days) for step in steps]
    assert timed == TABLES_2_4_AND_6


def test_the_dust_route_has_no_readiness_report_no_completion_report_and_no_meeting() -> None:
    dust = procedure("additional-sr-dust")
    assert dust.notice_working_days == 15
    assert "meeting" not in {step.method for step in dust.steps}
    assert not [step for step in dust.steps if "Report" in " ".join((step.action, *step.information))]


def test_additional_sr_testing_by_uept_has_the_steps_of_uept_timed_alike() -> None:
    other = procedure("additional-sr-uept")
    assert [step.ref for step in other.steps] == TABLES_1_3_AND_5
    assert [step.timing.working_days for step in other.steps] == [step.timing.working_days for step in UEPT.steps]
    assert "Service Reference Variants to be tested" in other.step("5.6.1.1").information


@pytest.mark.parametrize("procedure_id", ["additional-sr-uept", "additional-sr-dust"])
def test_additional_sr_testing_leaves_out_the_self_service_interface(procedure_id: str) -> None:
    assert procedure(procedure_id).excludes == ("CTSD 5.3", "CTSD 8.1.27")
    assert UEPT.excludes == ()


def test_uept_and_both_routes_of_additional_sr_testing_are_run() -> None:
    assert run_by_services() == ("additional-sr-dust", "additional-sr-uept", "uept")


@pytest.mark.parametrize("procedure_id", procedure_ids())
def test_every_anchor_but_start_and_last_day_is_set_by_one_step_before_it_is_counted_from(procedure_id: str) -> None:
    known = {"start", "planned-last-day"}
    for step in procedure(procedure_id).in_order_of_anchors():
        assert step.timing.anchors() <= known, step.ref
        if step.sets:
            known.add(step.sets)
    assert len(known) == 8


@pytest.mark.parametrize("procedure_id", procedure_ids())
def test_every_step_tells_what_must_be_in_it_or_is_an_act(procedure_id: str) -> None:
    bare = [step.ref for step in procedure(procedure_id).steps if not step.information]
    assert bare == (["5.11.2.1", "5.11.2.2"] if procedure_id == "additional-sr-dust" else [])


@pytest.mark.parametrize("derived", ["chosen", "renewed", "taken_again", "daily", "left_behind", "sources_of_rounds"])
def test_what_follows_from_the_steps_is_derived_once(derived: str) -> None:
    """Services ask it for every fact that they take."""
    assert getattr(UEPT, derived) is getattr(UEPT, derived)
