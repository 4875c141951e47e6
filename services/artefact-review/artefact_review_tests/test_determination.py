"""A refusal to descope that was referred: what the body decides becomes the scope by itself (CTSD 5.2.7, 5.2.8)."""

from dataclasses import replace
from datetime import datetime

import pytest

from artefact_review import translation
from artefact_review.domain import descoping, events, scoping
from contracts.artefact_review import DescopingDecided
from contracts.disputes import MatterDetermined

from . import given
from .acting import E11, OPENED, SPEC, reviewed, verdict

LATER = datetime(2027, 2, 2, 15, tzinfo=given.NOW.tzinfo)
REFUSED = SPEC.given(OPENED, given.decided(given.E11, agreed=False))


def determined(upheld: bool) -> events.DescopingDetermined:
    return events.DescopingDetermined(E11, upheld, "panel", "It can't be produced.", "pat", LATER)


def test_before_the_artefacts_are_accepted_the_item_is_left_out_of_what_they_must_cover() -> None:
    upheld = REFUSED.when(determined(upheld=True)).then(determined(upheld=True))
    assert descoping.standing(E11, reviewed(upheld)) == "agreed"
    submitted = upheld.when(given.submit(given.artefacts("ES", given.E11))).accepted()
    agreed = submitted.when(verdict("accepted")).accepted().history[-1]
    assert isinstance(agreed, events.ScopeAgreed)
    assert (len(agreed.tests), agreed.descoped) == (36, (E11,))


def test_after_the_scope_was_agreed_it_is_agreed_anew_without_the_item() -> None:
    """The undisputed part went on meanwhile (5.2.9): the accepted plan covers every test."""
    accepted = REFUSED.when(given.submit(given.artefacts("ES"))).accepted().when(verdict("accepted")).accepted()
    before = reviewed(accepted).agreed
    assert before
    upheld = accepted.when(determined(upheld=True)).accepted()
    said, agreed = upheld.history[-2:]
    assert said == determined(upheld=True)
    assert isinstance(agreed, events.ScopeAgreed)
    assert {test.id for test in before.tests} - {test.id for test in agreed.tests} == {
        test.id for test in before.tests if test.code == "E11"
    }
    assert (agreed.descoped, agreed.agreed_at) == ((E11,), LATER)


def test_where_the_body_does_not_descope_it_the_item_must_be_tested() -> None:
    accepted = REFUSED.when(given.submit(given.artefacts("ES"))).accepted().when(verdict("accepted")).accepted()
    dismissed = accepted.when(determined(upheld=False)).then(determined(upheld=False))
    assert descoping.standing(E11, reviewed(dismissed)) == "refused"
    assert reviewed(dismissed).agreed == reviewed(accepted).agreed


def test_where_it_would_leave_nothing_to_test_it_is_kept_and_the_scope_that_was_agreed_stays() -> None:
    """A fact of another service is never refused, and an engagement without a test has nothing to start (5.4.1)."""
    item = events.Proposal("service-request", "4.2", "a", "We don't use it.")
    chosen = given.opened("ES", item, procedure="additional-sr-uept", srvs=("4.2",))
    refused = SPEC.given(chosen, given.decided(item, agreed=False))
    found = replace(determined(upheld=True), item=events.Descoped(item.kind, item.item))
    agreed = scoping.agree(reviewed(refused), given.ACCEDED, given.NOW)
    story = refused.given(chosen, given.decided(item, agreed=False), agreed).when(found).then(found)
    assert reviewed(story).agreed == agreed


def test_what_comes_again_or_was_not_refused_changes_nothing() -> None:
    upheld = REFUSED.when(determined(upheld=True)).accepted()
    for again in (True, False):
        upheld.when(determined(again)).then_nothing()
    SPEC.given(OPENED, given.decided(given.E11, agreed=True)).when(determined(upheld=False)).then_nothing()
    SPEC.given(OPENED).when(determined(upheld=True)).then_nothing()
    SPEC.given().when(determined(upheld=True)).then_nothing()


def fact(decision: str, values: dict[str, str | bool], upheld: bool = True) -> MatterDetermined:
    return MatterDetermined(
        right="descoping#1",
        route="descoping",
        clause="CTSD 5.2.7",
        body="panel",
        upheld=upheld,
        reasons="It can't be produced.",
        final=True,
        decision=decision,
        values=values,
        determined_by="pat",
        determined_at=LATER,
    )


def test_only_the_determination_of_a_refusal_to_descope_is_taken() -> None:
    refusal: dict[str, str | bool] = {"item.kind": "response-code", "item.item": "E11", "agreed": False}
    assert translation.determined(fact("artefact-review.descoping-decided", refusal)) == determined(upheld=True)
    earlier: dict[str, str | bool] = {"item": "response-code E11", "agreed": False}
    assert translation.determined(fact("artefact-review.descoping-decided", earlier)) == determined(upheld=True)
    assert translation.determined(fact("certification.exit-gate-held", {"gate": "exit"})) is None


@pytest.mark.parametrize(("upheld", "told"), [(True, [(True, "It can't be produced.")]), (False, [])])
def test_others_hear_that_it_was_descoped_and_of_a_dismissal_nothing_that_could_be_referred_again(
    upheld: bool, told: list[tuple[bool, str]]
) -> None:
    state = reviewed(REFUSED.when(determined(upheld)).accepted())
    published = [each.contract for each in translation.publish(given.ENGAGEMENT, determined(upheld), state)]
    assert [(each.agreed, each.reason) for each in published if isinstance(each, DescopingDecided)] == told
    assert len(published) == len(told)
