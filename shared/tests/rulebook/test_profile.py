import pytest

from kernel.audience import Duty
from rulebook.engine.editions import edition
from rulebook.engine.errors import RulebookError
from rulebook.engine.procedures import procedure_ids
from rulebook.engine.profile import procedures, profile
from rulebook.engine.scope.scope import Item, Scope, scope, tests_of, web_services_of
from rulebook.engine.scope.scope_refusals import NothingToTest, SrvUnknown
from testing.made_up import PROCEDURE, made_up_law
from testing.present import present

EXPORT = {"party": "EXSU", "role": "ES"}
DUST, BY_UEPT = "additional-sr-dust", "additional-sr-uept"
CTSD = procedure_ids()


def ids(found: Scope) -> list[str]:
    return [test.id for test in found.tests]


def test_every_procedure_of_every_document_has_a_profile_that_names_its_edition() -> None:
    assert {DUST, BY_UEPT, "uept"} == set(CTSD) <= set(procedures())
    assert {(profile(each).document, profile(each).rulebook) for each in CTSD} == {("CTSD", "ctsd-2026.1")}
    assert all(profile(each).rulebook == edition(profile(each).root).version for each in procedures())


def test_an_unknown_procedure_or_edition_is_refused_with_the_known_ones() -> None:
    with pytest.raises(RulebookError, match=r"no procedure 'dmct'\. Known: additional-sr-dust, "):
        profile("dmct")
    with pytest.raises(RulebookError, match=r"no edition 'ctsd-1999' .* Known: .*ctsd-2026\.1"):
        profile("uept", "ctsd-1999")


def test_the_party_starts_provides_and_executes_and_dcc_reviews_and_decides() -> None:
    roles = profile("uept").roles
    assert roles["participant"].may == {"start", "withdraw", "provide", "execute", "read"}
    assert roles["dcc"].may == {"review", "decide", "read"}
    assert {name for name, role in roles.items() if role.may == {"read"}} == {
        "panel",
        "authority",
        "code-administrator",
    }
    assert [role.id for role in profile("uept").organisations()] == [profile("uept").starter().id] == ["participant"]


def test_the_subject_is_a_party_in_a_user_role_and_is_told_by_its_names() -> None:
    subject = profile(DUST).subject
    assert (subject.kind, subject.key) == ("role", ("party", "role"))
    assert subject.named(EXPORT) == "EXSU in the User Role ES"
    assert subject.words(EXPORT) == {"party": "EXSU", "role": "Export Supplier"}


@pytest.mark.parametrize(
    ("procedure_id", "days", "asks"),
    [
        ("uept", 60, {"descoping"}),
        (BY_UEPT, 60, {"descoping", "service-requests"}),
        (DUST, 15, {"service-requests"}),
    ],
)
def test_a_notice_asks_for_what_the_route_lets_one_choose(procedure_id: str, days: int, asks: set[str]) -> None:
    notice = profile(procedure_id).notice
    assert (notice.working_days, set(notice.asks)) == (days, asks)


def test_every_gate_is_one_decision_of_dcc_and_only_the_uept_process_holds_a_meeting() -> None:
    for each in CTSD:
        found = profile(each)
        assert [gate.phase for gate in found.gates] == ["entry", "exit"]
        assert {link.body for gate in found.gates for link in gate.chain} == {"dcc"}
        assert {gate.meeting for gate in found.gates} == {each != DUST}


def test_a_gate_approves_the_report_of_its_phase_where_there_is_one() -> None:
    assert [gate.approves for gate in profile("uept").gates] == [
        ("test-readiness-report",),
        ("test-completion-report",),
    ]
    assert [gate.approves for gate in profile(DUST).gates] == [(), ()]


def test_what_a_procedure_does_not_say_it_takes_from_the_one_it_is_based_on() -> None:
    uept, other = profile("uept"), profile(BY_UEPT)
    assert other.gate("exit") == uept.gate("exit")
    assert (other.roles, other.artefacts, other.execution) == (uept.roles, uept.artefacts, uept.execution)
    assert present(other.gate("entry")).criteria[:-1] == present(uept.gate("entry")).criteria
    assert [row.id for row in other.thresholds] == ["additional-sr"]


@pytest.mark.parametrize(
    ("procedure_id", "begins", "ends"),
    [("uept", "connectivity", "report"), (BY_UEPT, "connectivity", "report"), (DUST, "connectivity", "evidence")],
)
def test_execution_begins_and_ends_as_its_tables_say(procedure_id: str, begins: str, ends: str) -> None:
    execution = profile(procedure_id).execution
    assert (execution.begins_with, execution.ends_with) == (begins, ends)


def test_start_and_last_day_are_chosen_and_the_entry_gate_confirms_them() -> None:
    for each in CTSD:
        anchors = profile(each).procedure.anchors
        assert {name: anchor.confirmed_by for name, anchor in anchors.items() if anchor.chosen} == {
            "start": "entry",
            "planned-last-day": "entry",
        }


def test_uept_tests_the_whole_matrix_less_what_is_descoped() -> None:
    descoped = [Item("dcc-alert", "N24"), Item("response-code", "E11")]
    assert ids(tests_of(profile("uept"), EXPORT)) == ids(scope("ES"))
    assert ids(tests_of(profile("uept"), EXPORT, descoped=descoped[1:])) == ids(scope("ES", descoped[1:]))


@pytest.mark.parametrize("procedure_id", [DUST, BY_UEPT])
def test_additional_sr_testing_tests_the_chosen_service_requests_less_those_certified(procedure_id: str) -> None:
    found = tests_of(profile(procedure_id), EXPORT, ["4.2", "8.2"], certified=["8.2"])
    assert ids(found) == ["SR:4.2:CV1-OD:S1", "SR:4.2:CV1-OD:S2"]
    assert (found.srvs, found.already) == (("4.2",), ("8.2",))


def test_a_chosen_service_request_can_be_descoped_again_but_something_must_be_left() -> None:
    found = tests_of(profile(BY_UEPT), EXPORT, ["4.2", "8.2"], descoped=[Item("service-request", "4.2")])
    assert found.srvs == ("8.2",)
    with pytest.raises(NothingToTest):
        tests_of(profile(BY_UEPT), EXPORT, ["4.2"], descoped=[Item("service-request", "4.2")])


def test_a_choice_of_nothing_new_or_of_an_unknown_certificate_is_refused() -> None:
    with pytest.raises(NothingToTest):
        tests_of(profile(DUST), EXPORT, ["4.2"], certified=["4.2"])
    with pytest.raises(NothingToTest):
        tests_of(profile(DUST), EXPORT)
    with pytest.raises(SrvUnknown):
        tests_of(profile(DUST), EXPORT, ["4.2"], certified=["99.9"])


def test_the_web_services_are_those_of_the_role() -> None:
    assert web_services_of(profile("uept"), EXPORT) == ("non-critical", "dcc-only")


def test_each_kind_of_artefact_that_is_handed_in_has_a_reader_and_checks() -> None:
    submitted = [each for each in profile("uept").artefacts if each.submitted]
    assert [each.kind for each in submitted] == [
        "test-plan",
        "requirements-traceability-matrix",
        "test-scripts",
        "test-data-plan",
    ]
    assert all(each.checks for each in submitted)
    assert {(each.provided_by, each.reviewed_by) for each in submitted} == {("participant", "dcc")}


def test_who_attests_records_refers_answers_and_determines_follows_from_criteria_steps_and_routes() -> None:
    def holders(procedure: str, duty: Duty) -> tuple[str, ...]:
        return profile(procedure).audience({}).holders(duty)

    assert holders("uept", "attest") == ("participant",)
    assert holders("additional-sr-dust", "attest") == ("participant", "dcc"), "it may say that DUST is active (5.4.2)"
    assert {holders(each, "record") for each in procedures()} == {("participant", "dcc")}
    with made_up_law():
        assert (holders(PROCEDURE, "attest"), holders(PROCEDURE, "record")) == (
            (),
            ("requester", "laboratory", "tribunal"),
        )
        assert holders(PROCEDURE, "refer") == ("requester", "laboratory")
    assert {holders(each, "refer") for each in procedures()} == {("participant", "dcc")}
    assert {holders(each, "answer") for each in procedures()} == {("participant", "dcc")}
    assert {holders(each, "determine") for each in procedures()} == {("panel", "authority")}
    assert profile("additional-sr-dust").audience({}).clause == "CTSD 5.7.2.1"


def test_who_may_do_what_follows_from_the_roles_and_the_organisations_that_hold_them() -> None:
    audience = profile("uept").audience({"participant": "EXSU"})
    audience.require("execute", "participant", "EXSU")
    audience.require("decide", "dcc", None)
    assert audience.holders("review") == ("dcc",)
