"""Files as evidence of a referral: given until it is determined, listed with their names and hashes."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contracts import disputes
from disputes.audit import files
from disputes.domain.events import EvidenceFile, EvidenceGiven
from disputes.domain.evidence import GiveEvidence, evidence_file
from disputes.domain.refusals import (
    DeterminedAlready,
    EvidenceEmpty,
    EvidenceUnknown,
    NotReferred,
    ReferralEnded,
    SettledAlready,
)
from disputes.translation import published
from kernel.refusal import Refusal

from .test_determining import AT, EXIT, acknowledge, appeal, ask, determine, noted, of, referred, withdraw
from .test_settling import answered, propose

LATER = datetime(2027, 6, 1, 10, tzinfo=UTC)
LOG = EvidenceFile("run 2.log", "a" * 64, 12)
PLAN = EvidenceFile("plan.xlsx", "b" * 64, 34)


def give(*given: EvidenceFile, role: str = "participant") -> GiveEvidence:
    return GiveEvidence(EXIT, given, role, "mo", LATER)


def test_files_are_given_with_the_referral_and_with_an_answer_and_are_listed_in_their_order() -> None:
    first = referred(EXIT).when(give(LOG)).then(EvidenceGiven(EXIT, (LOG,), "participant", "mo", LATER))
    asked = first.when(acknowledge(EXIT)).accepted().when(ask(EXIT)).accepted()
    both = asked.when(give(PLAN, role="dcc")).accepted()
    assert [(each.role, each.files) for each in of(both, EXIT).evidence] == [("participant", (LOG,)), ("dcc", (PLAN,))]
    assert [each.role for each in of(both, EXIT).unanswered] == ["dcc"]
    assert evidence_file(EXIT, PLAN.sha256, both.state) == PLAN


def test_others_hear_the_name_and_hash_of_each_file_and_an_audit_looks_for_its_bytes() -> None:
    given = referred(EXIT).when(give(LOG, PLAN)).accepted()
    (fact,) = (each.contract for each in published("E", given.history[-1], given.state))
    assert isinstance(fact, disputes.EvidenceGiven)
    assert [(each.file_name, each.sha256, each.size) for each in fact.files] == [
        ("run 2.log", "a" * 64, 12),
        ("plan.xlsx", "b" * 64, 34),
    ]
    assert [each.sha256 for event in given.history for each in files(event)] == [LOG.sha256, PLAN.sha256]


def test_an_appeal_takes_evidence_too() -> None:
    appealed = referred(EXIT).when(determine(EXIT, upheld=False)).accepted().when(appeal(EXIT)).accepted()
    appealed.when(give(LOG)).accepted()


def test_no_evidence_is_taken_of_what_no_body_has_still_to_determine() -> None:
    before = referred(EXIT)
    determined = before.when(determine(EXIT, upheld=True)).accepted()
    determined.when(give(LOG)).then_refused(DeterminedAlready(EXIT, "panel", AT))
    before.when(withdraw(EXIT)).accepted().when(give(LOG)).then_refused(ReferralEnded(EXIT))
    settled = before.when(propose(EXIT)).accepted().when(answered(EXIT, agreed=True)).accepted()
    settled.when(give(LOG)).then_refused(SettledAlready(EXIT, LATER))
    assert noted().when(give(LOG)).then_refused(NotReferred(EXIT)).clause == "CTSD 5.19.3"


def test_a_file_with_nothing_in_it_is_refused_and_with_it_all_that_were_sent() -> None:
    refusal = referred(EXIT).when(give(LOG, replace(PLAN, size=0))).then_refused(EvidenceEmpty("plan.xlsx"))
    assert refusal.clause == "CTSD 5.19.3"


def test_a_file_that_was_not_given_is_not_found() -> None:
    given = referred(EXIT).when(give(LOG)).accepted()
    with pytest.raises(Refusal) as refused:
        evidence_file(EXIT, PLAN.sha256, given.state)
    assert refused.value == EvidenceUnknown(EXIT, PLAN.sha256)
    assert refused.value.clause == "CTSD 5.19.3"
