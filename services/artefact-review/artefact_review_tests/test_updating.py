"""Artefacts that are kept up to date while tests run."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from artefact_review.domain import events, refusals, review_refusals
from artefact_review.domain.artefacts import Artefact

from . import given
from .acting import ARTEFACTS, gate, reviewed, update, verdict, with_everything

READY = with_everything().when(gate()).accepted()


def updated(**sheets: Any) -> Sequence[Artefact]:
    """The artefacts whose sheets are replaced, by kind."""
    found = given.tables("ES", given.E11)
    kinds = [kind.replace("_", "-") for kind in sheets]
    for kind in kinds:
        found[kind] |= sheets[kind.replace("-", "_")]
    return [each for each in given.read(found) if each.kind in kinds]


SLOWER = updated(test_plan={"Schedule": [("day", "tests"), ("2027-03-01", 30), ("2027-03-15", 6), ("Total", 36)]})


def test_a_test_schedule_in_a_new_version_counts_at_once_and_the_gate_stays_passed() -> None:
    after = READY.when(update(SLOWER)).accepted()
    event = after.history[-1]
    assert isinstance(event, events.ArtefactsUpdated)
    assert (event.submission, event.changed, event.last_day) == (2, ("test-plan",), date(2027, 3, 15))
    assert [(each.day, each.tests) for each in event.schedule] == [(date(2027, 3, 1), 30), (date(2027, 3, 15), 6)]
    review = reviewed(after)
    assert (review.gate, review.outcome, review.submission) == ("ready", "accepted", 2)
    assert review.documents.plan.total == 36
    assert {each.kind: each for each in review.documents.artefacts}["test-scripts"] in ARTEFACTS


def test_what_was_brought_up_to_date_is_brought_up_to_date_again() -> None:
    after = READY.when(update(SLOWER)).accepted()
    after.when(update(SLOWER)).then_refused(refusals.NothingRevised)
    back = after.when(update([each for each in ARTEFACTS if each.kind == "test-plan"])).accepted().history[-1]
    assert (back.submission, len(back.schedule)) == (3, 5)


def test_before_the_gate_is_passed_nothing_is_brought_up_to_date() -> None:
    with_everything().when(update(SLOWER)).then_refused(refusals.ExecutionNotBegun)


def test_a_new_version_that_fails_its_checks_is_refused_with_what_is_wrong() -> None:
    short = updated(test_plan={"Schedule": [("day", "tests"), ("2027-03-01", 30)]})
    READY.when(update(short)).then_refused(refusals.UpdateFailsChecks)


def test_a_kind_that_nobody_keeps_up_to_date_is_refused() -> None:
    sent = [Artefact("entry-criteria", "e.xlsx", "0" * 64, 1, ARTEFACTS[0].document)]
    READY.when(update(sent)).then_refused(
        refusals.ArtefactNotMaintained(
            "entry-criteria", "test-plan, requirements-traceability-matrix, test-scripts, test-data-plan"
        )
    )


def test_a_second_review_does_not_follow() -> None:
    after = READY.when(update(SLOWER)).accepted()
    after.when(verdict("accepted")).then_refused(review_refusals.ReviewedBefore)
    after.when(given.submit(SLOWER)).then_refused(refusals.ArtefactsAccepted)
