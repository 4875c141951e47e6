"""Descoping: every kind of item, alone and in groups, added to and withdrawn, and never below the minimum set."""

from datetime import date
from typing import Any

import pytest

from artefact_review.domain import descoping, events, refusals, review_refusals
from rulebook.engine.dating.working_days import calendar
from rulebook.engine.scope.scope import ItemUnknown, NotDescopable, minimum_set

from . import given
from .acting import E11, OPENED, SPEC, descope, verdict, withdraw
from .acting import reviewed as state_of

KINDS = {
    "service-request": events.Proposal("service-request", "4.2", "a", "We read it otherwise."),
    "command-variant": events.Proposal("service-request", "1.1.1:CV5-OD", "a", "We send the other variant."),
    "device-alert": events.Proposal("device-alert", "0x8F32", "a", "We take no such alert."),
    "dcc-alert": events.Proposal("dcc-alert", "N55", "a", "We take no such alert."),
    "response-code": given.E11,
}
E13 = events.Proposal("response-code", "E13", "b", "Our head-end can't produce it.")


def item(proposal: events.Proposal) -> events.Descoped:
    return events.Descoped(proposal.kind, proposal.item)


def propose(*proposals: events.Proposal) -> descoping.ProposeDescoping:
    return descoping.ProposeDescoping(given.ENGAGEMENT, proposals, "pat", given.NOW)


def agreed_scope(role: str, *proposals: events.Proposal, added: bool = False) -> events.ScopeAgreed:
    """The scope as it is agreed where the notice, or a proposal after it, and the plan descope so."""
    opened = SPEC.given(given.opened(role, *(() if added else proposals)))
    spec: Any = opened.when(propose(*proposals)).accepted() if added else opened
    spec = spec.when(descope(*map(item, proposals), agreed=True)).accepted()
    spec = spec.when(given.submit(given.artefacts(role, *proposals))).accepted()
    agreed = spec.when(verdict("accepted")).accepted().history[-1]
    assert isinstance(agreed, events.ScopeAgreed)
    return agreed


@pytest.mark.parametrize("added", [False, True], ids=["in the notice", "added after it"])
@pytest.mark.parametrize("kind", KINDS)
def test_an_item_of_every_kind_is_descoped_by_itself_and_its_tests_fall_away(kind: str, added: bool) -> None:
    role = "IS" if kind in ("command-variant", "device-alert") else "ES"
    agreed = agreed_scope(role, KINDS[kind], added=added)
    assert agreed.descoped == (item(KINDS[kind]),)
    assert {test.id for test in agreed.tests} == {test.id for test in given.scope(role, KINDS[kind]).tests}
    assert len(agreed.tests) < len(given.scope(role).tests)


def test_a_group_is_decided_and_withdrawn_together_each_item_by_an_event_of_its_own() -> None:
    opened = SPEC.given(given.opened("ES", given.E11, E13))
    decided: Any = opened.when(descope(E11, item(E13), agreed=False, reason="They are produced.")).accepted()
    assert [each.item for each in decided.history[1:]] == [E11, item(E13)]
    assert descoping.refused(state_of(decided)) == (E11, item(E13))
    withdrawn = opened.when(withdraw(E11, item(E13))).accepted()
    assert descoping.wished(state_of(withdrawn)) == ()


def test_a_group_is_dealt_with_whole_or_not_at_all() -> None:
    opened = SPEC.given(given.opened("ES", given.E11, E13)).when(withdraw(E11)).accepted()
    group = (item(E13), E11)
    opened.when(descope(*group, agreed=True)).then_refused(refusals.ProposalWithdrawnBefore("E11"))
    opened.when(withdraw(*group)).then_refused(refusals.ProposalWithdrawnBefore("E11"))
    opened.when(descope(E11, E11, agreed=True)).then_refused(refusals.ItemNamedTwice("E11"))


def test_a_group_that_falls_below_the_minimum_set_is_refused_with_the_service_requests() -> None:
    lost = sorted(minimum_set("ES"))[:2]
    proposals = [events.Proposal("service-request", each, "a", "Not used.") for each in lost]
    opened = SPEC.given(given.opened("ES", given.E11, *proposals))
    refusal = opened.when(descope(E11, *map(item, proposals), agreed=True)).then_refused(refusals.BelowMinimumSet)
    assert refusal.facts["srvs"] == ", ".join(lost)
    opened.when(descope(*map(item, proposals), agreed=False, reason="The role needs them.")).accepted()


@pytest.mark.parametrize(
    ("proposal", "why"),
    [
        (events.Proposal("service-request", "99.9", "a", "Not used."), ItemUnknown),
        (events.Proposal("self-service-interface", "SSI", "a", "Not used."), NotDescopable),  # type: ignore[arg-type]
        (events.Proposal("service-request", "4.8.3", "b", "Not used."), refusals.ProposalGroundNotOpen),
        (given.E11, refusals.ProposedBefore),
    ],
    ids=["unknown", "self service interface", "ground b", "twice"],
)
def test_what_the_notice_could_not_propose_is_not_added_either(proposal: events.Proposal, why: Any) -> None:
    SPEC.given(OPENED).when(propose(proposal)).then_refused(why)


def test_what_is_added_must_be_decided_and_stand_in_the_plan() -> None:
    added: Any = SPEC.given(OPENED).when(propose(E13)).accepted().when(descope(agreed=True)).accepted()
    both = added.when(given.submit(given.artefacts("ES", given.E11, E13))).accepted()
    both.when(verdict("accepted")).then_refused(review_refusals.DescopingUndecided("response-code E13"))
    plain = added.when(given.submit(given.artefacts("ES", given.E11))).accepted()
    assert descoping.standing(item(E13), state_of(plain)) == "covered"


def test_once_the_scope_is_agreed_nothing_is_added_and_what_is_wanted_again_is_tested_additionally() -> None:
    spec: Any = SPEC.given(OPENED).when(descope(agreed=True)).accepted()
    spec = spec.when(given.submit(given.artefacts("ES", given.E11))).accepted().when(verdict("accepted")).accepted()
    spec.when(propose(E13)).then_refused(refusals.ProposedTooLate("response-code E13"))
    refusal = spec.when(withdraw()).then_refused(refusals.ScopeAgreedBefore("E11"))
    assert refusal.clause == "CTSD 5.2.10"
    assert "Additional SR Testing" in refusal.remedy_text


def test_dcc_answers_by_the_day_of_its_review_first_20_then_7_working_days_before_the_start() -> None:
    state = state_of(SPEC.given(OPENED))
    assert descoping.answer_due(state) == calendar().subtract(given.START, 20) == date(2027, 2, 1)
    returned = SPEC.given(OPENED, given.submitted(given.artefacts("ES", given.E11)), given.reviewed("returned"))
    revised = returned.given(given.submitted(given.artefacts("ES", given.E11), 2))
    assert descoping.answer_due(state_of(revised)) == calendar().subtract(given.START, 7)


def test_a_day_that_is_declared_off_counts_for_the_day_of_the_answer() -> None:
    mourning = events.DayDeclared(1, date(2027, 2, 26), False, "A day of mourning")
    assert descoping.answer_due(state_of(SPEC.given(OPENED, mourning))) == date(2027, 1, 29)


def test_a_procedure_without_descoping_takes_no_proposal() -> None:
    opened = given.opened(procedure="additional-sr-dust", srvs=("4.2", "4.8.3"))
    SPEC.given(opened).when(propose(E13)).then_refused(refusals.DescopingNotOffered)
