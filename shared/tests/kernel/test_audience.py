"""Who may do what in an engagement, as its procedure says it."""

import pytest

from kernel.audience import Audience, Duty, ForeignParty, RoleUnknown, WrongRole
from kernel.principal import Principal
from kernel.refusal import Refusal

AUDIENCE = Audience(
    duties={
        "supplier": frozenset({"start", "execute", "read"}),
        "provider": frozenset({"execute", "read"}),
        "board": frozenset({"decide", "read"}),
        "observer": frozenset(),
    },
    organisations={"supplier": "SUPP", "provider": None},
    clause="TRIAL 2.1",
)


@pytest.mark.parametrize(
    ("duty", "role", "organisation"),
    [
        ("execute", "supplier", "SUPP"),
        ("read", "supplier", "SUPP"),
        ("decide", "board", None),
        ("decide", "board", "SUPP"),
        ("read", "operations", None),
        ("read", "auditor", None),
    ],
)
def test_a_role_does_what_its_duties_allow_for_the_organisation_that_holds_it(
    duty: Duty, role: str, organisation: str | None
) -> None:
    AUDIENCE.require(duty, role, organisation)


@pytest.mark.parametrize(
    ("duty", "role", "allowed"),
    [
        ("decide", "supplier", "board"),
        ("execute", "board", "supplier, provider"),
        ("read", "observer", "supplier, provider, board, auditor, operations"),
        ("execute", "operations", "supplier, provider"),
        ("review", "board", "none"),
    ],
)
def test_a_role_without_the_duty_is_refused_and_those_that_have_it_are_named(
    duty: Duty, role: str, allowed: str
) -> None:
    with pytest.raises(WrongRole) as refused:
        AUDIENCE.require(duty, role, "SUPP")
    assert refused.value == WrongRole(role, allowed)


@pytest.mark.parametrize(("role", "organisation"), [("supplier", "OTHER"), ("supplier", None)])
def test_another_organisation_than_the_one_that_holds_the_role_is_refused(role: str, organisation: str | None) -> None:
    with pytest.raises(ForeignParty, match=organisation or "no organisation"):
        AUDIENCE.require("read", role, organisation)


@pytest.mark.parametrize("organisation", ["SUPP", None])
def test_a_role_that_no_organisation_holds_here_is_nobodys(organisation: str | None) -> None:
    with pytest.raises(ForeignParty):
        AUDIENCE.require("read", "provider", organisation)


def test_a_role_that_the_procedure_does_not_know_is_refused_with_those_it_knows() -> None:
    with pytest.raises(RoleUnknown) as refused:
        AUDIENCE.require("read", "emperor", None)
    assert refused.value == RoleUnknown("emperor", "supplier, provider, board, observer")


def test_nothing_is_refused_of_an_engagement_that_is_not_known_yet() -> None:
    Principal("mo", "emperor").must("decide", None)


def test_the_same_person_in_another_role_or_for_another_organisation_is_another_caller() -> None:
    acting = [Principal("mo", "supplier", "SUPP"), Principal("mo", "supplier", "OTHER"), Principal("mo", "board")]
    assert len({each.identity for each in acting}) == 3


@pytest.mark.parametrize(("role", "organisation"), [("king", None), ("board", None), ("supplier", "OTHER")])
def test_whoever_is_refused_is_told_the_clause_that_says_who_takes_part(role: str, organisation: str | None) -> None:
    with pytest.raises(Refusal) as refused:
        AUDIENCE.require("start", role, organisation)
    assert refused.value.clause == "TRIAL 2.1"
    assert "clause" not in refused.value.facts
