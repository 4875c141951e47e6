import pytest

import contracts
from rulebook.engine.procedures import procedure_ids
from rulebook.engine.profile import profile
from rulebook.engine.routes import Trigger, arising, lapsing, routes

ROUTES = {each.id: each for each in routes()}
FACTS = {contract.fact(): contract for contract in contracts.REGISTRY.values()}
TRIGGERS = [
    pytest.param(trigger, id=f"{each.id}-{trigger.fact}")
    for each in routes()
    for trigger in ([each.arises_from] if each.arises_from else []) + list(each.lapses_on)
]


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_each_right_arises_and_lapses_by_events_that_exist_with_these_fields(trigger: Trigger) -> None:
    fields = FACTS[trigger.fact].model_fields
    assert set(trigger.values) | set(trigger.same) <= set(fields)


@pytest.mark.parametrize(
    ("fact", "values", "expected"),
    [
        ("artefact-review.descoping-decided", {"agreed": False}, ["descoping"]),
        ("artefact-review.descoping-decided", {"agreed": True}, []),
        ("artefact-review.entry-gate-held", {"outcome": "prevented"}, ["entry-criteria"]),
        ("certification.exit-gate-held", {"outcome": "further-testing"}, ["uept-exit"]),
        ("certification.exit-gate-held", {"outcome": "complete"}, []),
    ],
)
def test_a_refusal_gives_the_right_that_its_clause_grants(
    fact: str, values: dict[str, object], expected: list[str]
) -> None:
    assert [each.id for each in arising(profile("uept"), fact, values)] == expected


def test_the_same_gate_gives_another_right_in_additional_sr_testing() -> None:
    found = arising(profile("additional-sr-dust"), "certification.exit-gate-held", {"outcome": "further-testing"})
    assert [each.id for each in found] == ["additional-sr-exit"]


def test_descoping_can_be_referred_wherever_table_1_is_followed_and_entry_on_every_route() -> None:
    refused = ("artefact-review.descoping-decided", {"agreed": False})
    prevented = ("artefact-review.entry-gate-held", {"outcome": "prevented"})
    every = {each: profile(each) for each in procedure_ids()}
    found = {id: (len(arising(each, *refused)), len(arising(each, *prevented))) for id, each in every.items()}
    assert found == {"additional-sr-dust": (0, 1), "additional-sr-uept": (1, 1), "uept": (1, 1)}


def test_each_right_says_in_a_word_what_is_held_while_it_is_open() -> None:
    assert {each.id: each.holds for each in routes()} == {
        "descoping": ("disputed-tests",),
        "entry-criteria": ("start",),
        "suspension": ("execution",),
        "uept-exit": ("completion",),
        "additional-sr-exit": ("completion",),
    }


def test_each_right_says_from_which_anchors_no_time_runs_and_its_procedures_have_them() -> None:
    assert {each.id: each.clock for each in routes() if each.clock} == {
        "entry-criteria": ("start",),
        "uept-exit": ("execution-completed", "report-received", "receipt-confirmed", "gate-held"),
        "additional-sr-exit": ("execution-completed", "report-received", "receipt-confirmed", "gate-held"),
    }
    every = [profile(each) for each in procedure_ids()]
    for route in routes():
        anchors = {anchor for each in every if route in each.routes for anchor in each.procedure.anchors}
        assert {*route.clock} <= anchors, route.id


def test_an_agreed_descoping_settles_only_the_matter_of_its_own_item() -> None:
    [(settled, trigger)] = lapsing(
        profile("uept"), "artefact-review.descoping-decided", {"agreed": True, "item": "E11"}
    )
    assert settled.id == "descoping"
    assert trigger.same == ("item",)


def test_the_panel_is_final_on_descoping_and_the_authority_on_exit() -> None:
    assert (ROUTES["descoping"].appeal, ROUTES["descoping"].final) == ("none", "panel")
    assert (ROUTES["uept-exit"].appeal, ROUTES["uept-exit"].final) == ("authority", "authority")


def test_either_side_may_refer_a_suspension_and_only_the_participant_all_else() -> None:
    assert {each.id for each in routes() if each.referred_by == ("participant", "dcc")} == {"suspension"}
    assert {each.referred_by for each in routes()} == {("participant", "dcc"), ("participant",)}


@pytest.mark.parametrize(
    ("id", "meanwhile", "effect"),
    [
        ("descoping", "the steps go on for all other tests", "descoped; the others must be executed"),
        ("entry-criteria", "not started", "as soon as reasonably practicable"),
        ("suspension", "stays suspended until it is determined or the resumption criteria are met", "Panel determines"),
        ("uept-exit", "paused until it is determined", "supplies the Test Completion Certificate"),
        ("additional-sr-exit", "paused until it is determined", "supplies the Test Completion Certificate"),
    ],
)
def test_each_right_says_what_stops_meanwhile_and_what_its_determination_does(
    id: str, meanwhile: str, effect: str
) -> None:
    assert meanwhile in ROUTES[id].meanwhile
    assert effect in ROUTES[id].effect
