from collections import Counter

import pytest

from kernel.refusal import Kind
from rulebook.engine import views
from rulebook.engine.scope.catalogue import mandatory_tests
from rulebook.engine.scope.matrix import SCENARIOS, VARIANTS, service_requests
from rulebook.engine.scope.scope import (
    ROLES,
    Item,
    ItemUnknown,
    NotDescopable,
    NothingToTest,
    UserRoleUnknown,
    additional_scope,
    asked_scope,
    below_minimum,
    effect_of_descoping,
    find_test,
    matching,
    minimum_set,
    role_name,
    scope,
    srv_name,
    web_services,
)
from rulebook.engine.scope.scope_refusals import CertifiedWithoutChoice, ChoiceDescoped, SrvUnknown
from testing.present import present

# Role: rows, cells that say Mandatory, cells that say Mandatory SMETS 2, as the source's own rows give them. Where its
# printed totals differ the rows decide; test_errata.py holds the source's totals against them.
ROWS_AND_CELLS = {
    "IS": (110, 65, 89),
    "GS": (82, 57, 50),
    "ES": (16, 11, 5),
    "ED": (38, 24, 19),
    "GT": (21, 17, 6),
    "RSA": (20, 12, 8),
    "OU": (25, 16, 10),
}
COUNTS = {
    "IS": {"install-and-commission": 4, "service-request": 219, "device-alert": 4, "dcc-alert": 9},
    "GS": {"install-and-commission": 6, "service-request": 164, "device-alert": 4, "dcc-alert": 8},
    "ES": {"service-request": 27, "dcc-alert": 2},
    "ED": {"service-request": 67, "device-alert": 5, "dcc-alert": 5},
    "GT": {"service-request": 40, "dcc-alert": 4},
    "RSA": {"service-request": 32, "dcc-alert": 1},
    "OU": {"service-request": 42, "dcc-alert": 2},
}


@pytest.mark.parametrize("role", ROLES)
def test_the_matrix_has_the_rows_and_cells_of_the_source(role: str) -> None:
    requests = service_requests(role)
    cells = Counter(cell for request in requests for cell in request.cells.values())
    assert (len(requests), cells["mandatory"], cells["mandatory-smets2"]) == ROWS_AND_CELLS[role]
    assert cells.total() == len(requests) * len(VARIANTS)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_so_many_tests_of_each_kind(role: str) -> None:
    assert scope(role).counts() == COUNTS[role] | {"response-code": 8, "self-service-interface": 1}


def test_an_export_supplier_has_38_tests() -> None:
    assert len(scope("ES").tests) == 38 == 2 * 11 + 5 + 2 + 8 + 1


@pytest.mark.parametrize("role", ROLES)
def test_mandatory_is_one_test_on_each_generation_of_device(role: str) -> None:
    for request in service_requests(role):
        for variant, cell in request.cells.items():
            found = {
                test.generation for test in scope(role).tests if test.id.startswith(f"SR:{request.srv}:{variant}:")
            }
            assert found == {"n/a": set(), "mandatory": {"S1", "S2"}, "mandatory-smets2": {"S2"}}[cell]


@pytest.mark.parametrize("role", ROLES)
def test_the_ids_of_tests_are_unique_and_lead_back_to_the_test(role: str) -> None:
    ids = [test.id for test in mandatory_tests(role)]
    assert len(set(ids)) == len(ids)
    assert all(present(find_test(role, each)).id == each for each in ids)


def test_an_srv_that_ends_in_zero_keeps_it() -> None:
    assert {"6.30", "4.10"} <= set(scope("IS").srvs)
    assert "6.30" in scope("RSA").srvs
    assert "6.3" not in scope("RSA").srvs


def test_the_second_8_14_3_of_the_agents_matrix_is_8_14_4() -> None:
    assert srv_name("RSA", "8.14.4") == "Communications Hub Status Update- No Fault Returned"


def test_install_and_commission_keeps_its_order() -> None:
    steps = [test for test in scope("GS").tests if test.kind == "install-and-commission"]
    assert [(test.order, test.srv) for test in steps] == [
        (1, "12.2"),
        (2, "8.11"),
        (3, "8.1.1"),
        (4, "6.21"),
        (5, "8.7.2"),
        (6, "6.20.1"),
    ]


@pytest.mark.parametrize(
    ("role", "test", "critical"),
    [
        ("IS", "DA:0x8F32:S1", True),
        ("GS", "DA:0x8F66:S2", True),
        ("IS", "DA:0x8183:S2", False),
        ("ED", "DA:0x8F35:S2", True),
        ("ED", "DA:0x8F36:S2", True),
        ("ED", "DA:0x8002:S2", False),
        ("IS", "IC:IC02:3", True),
        ("GS", "IC:IC01:6", False),
        ("IS", "SR:8.1.1:CV4-OD:S1", True),
        ("ES", "SR:4.2:CV1-OD:S1", False),
        ("ES", "AL:N1:S2", None),
        ("ES", "RC:E11:S1", None),
        ("ES", "SSI", None),
    ],
)
def test_a_test_says_whether_it_is_critical_where_the_source_does(role: str, test: str, critical: bool | None) -> None:
    assert views.test_view(present(find_test(role, test)))["critical"] is critical


def before(role: str, order: int) -> list[int | None]:
    steps = [test for test in scope(role).tests if test.kind == "install-and-commission"]
    return [test.order for test in steps if steps[order - 1].follows(test)]


def test_pre_notification_and_white_list_may_wait_until_step_5_of_the_gas_scenario_in_their_own_order() -> None:
    assert [before("GS", order) for order in range(1, 7)] == [[], [1], [], [3], [1, 2, 3, 4], [1, 2, 3, 4, 5]]
    assert [before("IS", order) for order in range(1, 5)] == [[], [1], [1, 2], [1, 2, 3]]
    assert not present(find_test("GS", "SSI")).follows(present(find_test("GS", "IC:IC01:1")))


def test_only_suppliers_that_install_have_an_install_and_commission_scenario() -> None:
    scenarios = {role: {test.code for test in scope(role).tests if test.code and test.order} for role in ROLES}
    assert scenarios == {"IS": {"IC02"}, "GS": {"IC01"}} | {role: set() for role in ROLES[2:]}


def test_optional_alerts_are_not_among_the_tests_that_must_be_executed() -> None:
    assert [test.code for test in scope("GS").optional] == ["N49", "N50", "N51", "N52"]
    assert not {test.id for test in scope("GS").optional} & {test.id for test in scope("GS").tests}


def test_an_alert_of_smets1_devices_is_tested_on_a_smets1_device_only() -> None:
    assert [test.id for test in scope("ES").tests if test.kind == "dcc-alert"] == ["AL:N1:S2", "AL:N55:S1"]


@pytest.mark.parametrize(
    ("role", "services"),
    [
        ("IS", ("non-critical", "critical", "dcc-only")),
        ("ES", ("non-critical", "dcc-only")),
        ("GT", ("non-critical", "critical", "dcc-only")),
        ("RSA", ("non-critical", "dcc-only")),
        ("OU", ("non-critical", "dcc-only")),
    ],
)
def test_a_role_connects_to_the_web_services_it_can_reach(role: str, services: tuple[str, ...]) -> None:
    assert web_services(role) == services


def test_descoping_a_service_request_takes_all_its_tests_and_its_eligibility() -> None:
    less = scope("ES", [Item("service-request", "4.2")])
    assert len(less.tests) == 36
    assert "4.2" not in less.srvs


def test_descoping_one_command_variant_leaves_the_others() -> None:
    less = scope("OU", [Item("service-request", "4.8.2:CV2-OD")])
    gone = {test.id for test in scope("OU").tests} - {test.id for test in less.tests}
    assert gone == {"SR:4.8.2:CV2-OD:S2"}
    assert "4.8.2" in less.srvs


def test_descoping_a_service_request_leaves_the_scenario_that_uses_it() -> None:
    less = scope("IS", [Item("service-request", "8.11")])
    assert "IC:IC02:2" in {test.id for test in less.tests}
    assert below_minimum("IS", [Item("service-request", "8.11")]) == {"8.11"}


def test_an_unknown_item_is_refused_with_the_nearest_known() -> None:
    with pytest.raises(ItemUnknown, match=r"6\.30") as refused:
        matching("RSA", Item("service-request", "6.3"))
    assert refused.value.kind is Kind.INVALID


def test_an_alert_of_another_role_is_refused() -> None:
    with pytest.raises(ItemUnknown, match=r"no dcc alert N24 .* ES role\. Known: N1, N55\."):
        matching("ES", Item("dcc-alert", "N24"))


def test_a_role_without_device_alerts_says_so() -> None:
    with pytest.raises(ItemUnknown, match="The role has no test of this kind"):
        matching("ES", Item("device-alert", "0x8F35"))


@pytest.mark.parametrize("kind", ["self-service-interface", "install-and-commission"])
def test_the_self_service_interface_and_the_scenario_cannot_be_descoped(kind: str) -> None:
    with pytest.raises(NotDescopable):
        scope("IS", [Item(kind, "SSI")])


def test_an_unknown_role_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UserRoleUnknown, match="IS, GS, ES, ED, GT, RSA, OU"):
        scope("XX")


@pytest.mark.parametrize("role", ROLES)
def test_the_minimum_set_is_part_of_the_matrix_and_role_has_a_name(role: str) -> None:
    assert minimum_set(role) <= set(scope(role).srvs)
    assert minimum_set(role)
    assert role_name(role)[0].isupper()


def test_a_scope_names_the_slips_that_touch_it() -> None:
    assert {erratum.clause for erratum in scope("RSA").errata} == {"CTSD 8.1.10"}
    assert {erratum.id for erratum in scope("ES").errata} == {"E20"}
    assert scope("GT").errata == ()


def requests(*srvs: str) -> list[Item]:
    return [Item("service-request", each) for each in srvs]


def test_additional_sr_testing_takes_the_chosen_rows_of_the_matrix_and_nothing_else() -> None:
    chosen = additional_scope("ES", requests("4.2", "8.2"))
    assert [test.id for test in chosen.tests] == [
        "SR:4.2:CV1-OD:S1",
        "SR:4.2:CV1-OD:S2",
        "SR:8.2:CV8-DCC:S1",
        "SR:8.2:CV8-DCC:S2",
    ]
    assert (chosen.srvs, chosen.optional) == (("4.2", "8.2"), ())


def test_additional_sr_testing_leaves_out_the_self_service_interface() -> None:
    kinds = {test.kind for test in additional_scope("IS", requests(*scope("IS").srvs)).tests}
    assert kinds == {"service-request"}


def test_what_is_certified_already_is_not_tested_again() -> None:
    chosen = additional_scope("ES", requests("4.2", "8.2"), certified=("8.2", "6.30"))
    assert (chosen.srvs, chosen.already) == (("4.2",), ("8.2",))


def test_additional_sr_testing_of_nothing_new_is_refused() -> None:
    with pytest.raises(NothingToTest, match=r"certified already \(4\.2\)"):
        additional_scope("ES", requests("4.2"), certified=("4.2",))
    with pytest.raises(NothingToTest):
        additional_scope("ES", [])


def test_additional_sr_testing_of_what_the_role_does_not_have_is_refused() -> None:
    with pytest.raises(ItemUnknown, match=r"no service request 1\.1\.1 among the tests of the ES role"):
        additional_scope("ES", requests("1.1.1"))
    with pytest.raises(ItemUnknown):
        additional_scope("ES", [Item("response-code", "E11")])


def test_what_was_asked_of_a_scope_is_answered_whole_or_refused() -> None:
    [item] = requests("8.2")
    less, [effect] = asked_scope("ES", [item], [], [])
    assert (len(less.tests), effect.srvs_lost) == (36, ("8.2",))
    assert asked_scope("ES", [], ["4.2"], ["8.2"])[0].srvs == ("4.2",)
    with pytest.raises(ChoiceDescoped, match=r"service-request:8\.2 is descoped beside"):
        asked_scope("ES", [item], ["4.2"], [])
    with pytest.raises(CertifiedWithoutChoice, match=r"\(8\.2\) were named"):
        asked_scope("ES", [], [], ["8.2"])
    with pytest.raises(SrvUnknown, match=r"6\.3 is no .* Did you mean 6\.3"):
        asked_scope("ES", [], ["4.2"], ["6.3"])


@pytest.mark.parametrize("srv", ["99.9", "9.9", "4"])
def test_only_what_is_near_is_suggested(srv: str) -> None:
    with pytest.raises(ItemUnknown, match=r"Known: 4\.2, 4\.2:CV1-OD, "):
        matching("ES", Item("service-request", srv))


def test_the_effect_of_descoping_an_item_is_its_tests_its_eligibility_and_the_minimum_set() -> None:
    gone = effect_of_descoping("ES", Item("service-request", "8.2"))
    assert [test.id for test in gone.tests] == ["SR:8.2:CV8-DCC:S1", "SR:8.2:CV8-DCC:S2"]
    assert (gone.srvs_lost, gone.below_minimum) == (("8.2",), ("8.2",))


def test_the_effect_of_descoping_one_of_several_variants_loses_no_eligibility() -> None:
    gone = effect_of_descoping("OU", Item("service-request", "4.8.2:CV2-OD"))
    assert (len(gone.tests), gone.srvs_lost, gone.below_minimum) == (1, (), ())


def test_what_is_descoped_already_has_no_further_effect() -> None:
    item = Item("response-code", "E11")
    assert effect_of_descoping("ES", item, [item]).tests == ()


@pytest.mark.parametrize(
    ("role", "test", "clause"),
    [
        ("IS", "SR:1.1.1:CV4-OD:S1", "CTSD 8.1.5"),
        ("OU", "SR:4.8.3:CV1-FD:S1", "CTSD 8.1.11"),
        ("ED", "DA:0x8F35:S2", "CTSD 8.1.16"),
        ("GT", "AL:N2:S2", "CTSD 8.1.23"),
        ("RSA", "RC:E11:S1", "CTSD 8.1.26"),
        ("IS", "IC:IC02:1", "CTSD 8.1.2"),
        ("ES", "SSI", "CTSD 8.1.27"),
    ],
)
def test_every_test_names_the_clause_of_its_table(role: str, test: str, clause: str) -> None:
    assert present(find_test(role, test)).clause == clause


def test_each_column_of_the_matrix_is_a_scenario() -> None:
    assert list(SCENARIOS) == list(VARIANTS)
    assert list(SCENARIOS.values())[0::9] == ["SR01", "SR010"]


@pytest.mark.parametrize(
    ("role", "code", "condition"),
    [
        ("IS", "N17", "previously-registered"),
        ("GS", "N27", "previously-registered"),
        ("IS", "N24", ""),
        ("ES", "N1", "registered"),
        ("GT", "AD1", "registered"),
    ],
)
def test_a_dcc_alert_says_for_whom_it_is_tested(role: str, code: str, condition: str) -> None:
    assert {test.condition for test in scope(role).tests if test.code == code} == {condition}


@pytest.mark.parametrize("role", ["ES", "GT", "RSA", "OU"])
def test_some_roles_get_no_alert_from_a_device(role: str) -> None:
    assert "device-alert" not in scope(role).counts()


@pytest.mark.parametrize("role", ROLES)
def test_every_role_tests_the_same_response_codes_and_the_self_service_interface_once(role: str) -> None:
    codes = {test.code for test in scope(role).tests if test.kind == "response-code"}
    assert codes == {"E11", "E13", "E19", "E60", "E61"}
    assert scope(role).counts()["self-service-interface"] == 1
