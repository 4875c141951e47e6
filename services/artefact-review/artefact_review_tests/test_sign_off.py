"""Several roles that review: each signs a submission off, any of them may return it, and it says who is awaited."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from artefact_review.domain import events, review_events, review_refusals
from artefact_review.domain.artefacts import Artefact, UnreadFile
from artefact_review.domain.deficiencies import open_conditions
from artefact_review.domain.reviewing import Remark, awaited
from kernel.engagement import Participant, Subject
from testing.made_up import PROCEDURE, PROCEDURE_FILE, edited_law

from . import given
from .acting import SPEC, verdict
from .acting import reviewed as state_of

DRAWING = """contents = ["each device with its version"]

[[artefact]]
number = 2
kind = "drawing"
reader = "file"
provided_by = "requester"
reviewed_by = "board"
title = "Drawing of the combination"
phase = "initiation"
dcc = ["review"]
party = ["produce"]
when = "two days before the start"
entry = false
exit = false
clause = "TRIAL 2.3"
contents = ["how the devices stand"]"""
TWO_REVIEWERS = (
    (PROCEDURE_FILE, 'artefacts = ["description"]', 'artefacts = ["description", "drawing"]'),
    (
        PROCEDURE_FILE,
        'title = "Board"\nmay = ["decide", "read"]',
        'title = "Board"\nmay = ["review", "decide", "read"]',
    ),
    ("artefacts.toml", 'contents = ["each device with its version"]', DRAWING),
)
TRIAL = events.ReviewOpened(
    PROCEDURE,
    "trial-2026.1",
    Subject("combination", "HUB/ACME", "HUB with ACME", {"devices": "HUB", "provider": "ACME"}),
    (Participant("requester", "ACME", "Acme Ltd"),),
    given.START,
    (),
    (),
    given.NOW,
)
SENT = tuple(
    Artefact(kind, f"{kind}.pdf", digit * 64, 10, UnreadFile())
    for kind, digit in (("description", "1"), ("drawing", "2"))
)


@pytest.fixture(autouse=True)
def law(tmp_path: Path) -> Iterator[None]:
    with edited_law(tmp_path / "law", *TWO_REVIEWERS):
        yield


@pytest.fixture
def waiting(law: None) -> Any:
    return SPEC.given().when(TRIAL).accepted().when(given.submit(SENT)).accepted()


def test_it_is_accepted_with_the_last_role_that_signs_it_off(waiting: Any) -> None:
    assert awaited(state_of(waiting)) == ("laboratory", "board")
    one = waiting.when(verdict("accepted", role="laboratory")).accepted()
    assert isinstance(one.history[-1], review_events.ArtefactsSignedOff)
    assert (state_of(one).outcome, awaited(state_of(one))) == (None, ("board",))
    one.when(verdict("accepted", role="laboratory")).then_refused(review_refusals.SignedOffBefore)
    both = one.when(verdict("accepted", role="board")).accepted()
    assert [type(event) for event in both.history[-2:]] == [events.ArtefactsReviewed, events.ScopeAgreed]
    assert awaited(state_of(both)) == ()


def test_any_of_them_returns_it_and_the_next_submission_is_signed_off_by_all_again(waiting: Any) -> None:
    one = waiting.when(verdict("accepted", role="laboratory")).accepted()
    returned = one.when(verdict("returned", Remark("drawing", "Where is the hub?"), role="board")).accepted()
    again = Artefact("drawing", "drawing.pdf", "3" * 64, 10, UnreadFile())
    assert awaited(state_of(returned.when(given.submit((again,))).accepted())) == ("laboratory", "board")


def test_a_role_finds_deficiencies_in_what_it_reviews_only(waiting: Any) -> None:
    other = verdict("returned", Remark("drawing", "Where is the hub?"), role="laboratory")
    waiting.when(other).then_refused(review_refusals.ArtefactKindUnknown("drawing", "description"))


def test_the_conditions_of_every_role_are_those_of_the_acceptance_numbered_through(waiting: Any) -> None:
    dated = Remark("description", "Name the firmware.", severity="minor", due=date(2027, 2, 1))
    one = waiting.when(verdict("accepted", dated, role="laboratory")).accepted()
    both = one.when(verdict("accepted", replace(dated, artefact="drawing"), role="board")).accepted()
    conditions = {each.id: each.artefact for each in open_conditions(state_of(both).deficiencies)}
    assert conditions == {"1.1": "description", "1.2": "drawing"}
    other = replace(dated, artefact="drawing")
    waiting.when(verdict("accepted", other, role="laboratory")).then_refused(review_refusals.ArtefactKindUnknown)


def test_what_one_role_found_is_returned_with_what_another_returns_it_for(waiting: Any) -> None:
    dated = Remark("description", "Name the firmware.", severity="minor", due=date(2027, 2, 1))
    one = waiting.when(verdict("accepted", dated, role="laboratory")).accepted()
    returned = one.when(verdict("returned", Remark("drawing", "Where is the hub?"), role="board")).accepted()
    found = returned.history[-1].deficiencies
    assert [(each.id, each.artefact, each.due) for each in found] == [
        ("1.1", "description", None),
        ("1.2", "drawing", None),
    ]
