"""How far an engagement has come, by its procedure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.read_side.phases import Phase, ended_at, phase
from rulebook.engine.profile import Profile, profile

UEPT = profile("uept")
FIRST = datetime(2027, 3, 1, 10, tzinfo=UTC)
CERTIFICATE = "test-completion-certificate"


def facts(*told: tuple[str, str, str]) -> dict[str, dict[str, dict[str, Any]]]:
    """The latest facts of an engagement, an hour apart: the name of each, what it is about, and its outcome."""
    latest: dict[str, dict[str, dict[str, Any]]] = {}
    for number, (name, about, outcome) in enumerate(told):
        latest.setdefault(name, {})[about] = {"outcome": outcome, "at": FIRST + timedelta(hours=number)}
    return latest


ACKNOWLEDGED = ("notification.notification-acknowledged", "", "")
RECORDED = ("notification.step-recorded", "", "")
READY = ("artefact-review.entry-gate-held", "entry", "ready")
PREVENTED = ("artefact-review.entry-gate-held", "entry", "prevented")
MOVED = ("notification.start-rescheduled", "", "")
CONNECTED = ("execution-tracker.connectivity-checked", "", "")
EXECUTED = ("execution-tracker.execution-completed", "", "")
FURTHER = ("certification.exit-gate-held", "exit", "further-testing")
COMPLETE = ("certification.exit-gate-held", "exit", "complete")
CERTIFIED = ("certification.certificate-issued", CERTIFICATE, CERTIFICATE)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ((), "notified"),
        ((ACKNOWLEDGED,), "preparation"),
        ((RECORDED,), "preparation"),
        ((ACKNOWLEDGED, PREVENTED), "preparation"),
        ((ACKNOWLEDGED, READY), "ready"),
        ((MOVED, READY), "ready"),
        ((ACKNOWLEDGED, READY, MOVED), "preparation"),
        ((READY, CONNECTED), "execution"),
        ((READY, CONNECTED, EXECUTED), "completion"),
        ((READY, EXECUTED, FURTHER), "execution"),
        ((READY, FURTHER, EXECUTED), "completion"),
        ((READY, EXECUTED, COMPLETE), "certification"),
        ((READY, EXECUTED, COMPLETE, CERTIFIED), "certified"),
    ],
)
def test_an_engagement_is_as_far_as_its_facts_say(told: tuple[tuple[str, str, str], ...], expected: Phase) -> None:
    assert phase(UEPT, facts(*told)) == expected
    assert (ended_at(UEPT, facts(*told)) is not None) == (expected == "certified")


def test_the_first_result_begins_the_execution() -> None:
    assert phase(UEPT, facts(ACKNOWLEDGED, READY), began=True) == "execution"


def test_a_gate_that_was_held_again_stands_as_it_was_held_last() -> None:
    assert phase(UEPT, facts(ACKNOWLEDGED, READY, PREVENTED)) == "preparation"


def test_it_is_ready_when_every_entry_gate_is() -> None:
    entry = UEPT.gates[0]
    two = replace(UEPT, gates=(entry, replace(entry, id="second-entry"), *UEPT.gates[1:]))
    second = ("artefact-review.entry-gate-held", "second-entry", "ready")
    assert phase(two, facts(ACKNOWLEDGED, READY)) == "preparation"
    assert phase(two, facts(ACKNOWLEDGED, READY, second)) == "ready"


def test_it_ends_with_its_last_certificate() -> None:
    first = replace(UEPT.certificates[0], id="authority")
    two = replace(UEPT, certificates=(first, *UEPT.certificates))
    authority = ("certification.certificate-issued", "authority", "authority")
    assert phase(two, facts(EXECUTED, COMPLETE, authority)) == "certification"
    assert phase(two, facts(EXECUTED, COMPLETE, CERTIFIED, authority)) == "certified"
    assert ended_at(two, facts(EXECUTED, COMPLETE, CERTIFIED, authority)) == FIRST + timedelta(hours=3)


@pytest.mark.parametrize(
    ("procedure", "told"),
    [
        (replace(UEPT, certificates=()), (READY, EXECUTED, COMPLETE)),
        (replace(UEPT, certificates=(), gates=()), (RECORDED, CONNECTED, EXECUTED)),
    ],
)
def test_without_a_certificate_it_ends_at_the_exit_gate_and_without_that_with_execution(
    procedure: Profile, told: tuple[tuple[str, str, str], ...]
) -> None:
    assert ended_at(procedure, facts(*told[:-1])) is None
    assert phase(procedure, facts(*told)) == "ended"
    assert ended_at(procedure, facts(*told)) == FIRST + timedelta(hours=2)


WITHDRAWN = ("notification.engagement-withdrawn", "", "")


def test_an_engagement_that_was_withdrawn_has_ended_but_what_is_certified_stays_so() -> None:
    assert phase(UEPT, facts(ACKNOWLEDGED, READY, WITHDRAWN), began=True) == "withdrawn"
    assert phase(UEPT, facts(READY, EXECUTED, COMPLETE, WITHDRAWN)) == "withdrawn"
    assert ended_at(UEPT, facts(ACKNOWLEDGED, WITHDRAWN)) == FIRST + timedelta(hours=1)
    assert phase(UEPT, facts(EXECUTED, COMPLETE, CERTIFIED, WITHDRAWN)) == "certified"
    assert ended_at(UEPT, facts(EXECUTED, COMPLETE, CERTIFIED, WITHDRAWN)) == FIRST + timedelta(hours=2)
