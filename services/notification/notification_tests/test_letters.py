"""What people are told by e-mail."""

from datetime import date, timedelta
from typing import Literal

import pytest

from contracts.artefact_review import (
    ArtefactsReviewed,
    ArtefactsSubmitted,
    EntryGateHeld,
    Finding,
    Outstanding,
    PlannedDay,
    ProvisionalApprovalLapsed,
    ProvisionallyApproved,
)
from contracts.certification import ExitGateHeld, ReportReceiptConfirmed
from contracts.common import CriterionVerdict
from notification.domain.engagement import Engagement
from notification.domain.events import DeadlineMissed, FactRecorded
from notification.domain.occurrence import Occurrence
from notification.emails.mime import message
from notification.emails.templates import emails
from notification.tasks.deadline_timer import SettledClock
from notification.translation import (
    artefacts_reviewed,
    artefacts_submitted,
    entry_gate_held,
    exit_gate_held,
    provisional_approval_lapsed,
    provisionally_approved,
    report_receipt_confirmed,
)

from .given import ID, NOTICE, START, acknowledged, at, checking, confirmed, engagement, hearing, notified

WEEK = "5.6.1.4/2027-W01"


def told(story_event: object, state: Engagement) -> dict[str, tuple[str | None, str, str]]:
    return {email.role: (email.address, email.subject, email.body) for email in emails(story_event, state, ID)}  # type: ignore[arg-type]


def missed_week() -> tuple[DeadlineMissed, Engagement]:
    story = checking(acknowledged(), "2027-01-11").accepted()
    event = next(e for e in story.history if isinstance(e, DeadlineMissed) and e.key == WEEK)
    return event, engagement(story)


def test_a_missed_deadline_is_told_to_both_sides_with_what_was_due_when_and_why() -> None:
    mails = told(*missed_week())
    assert {side: address for side, (address, _, _) in mails.items()} == {
        "participant": "mo@supplier.invalid",
        "dcc": "dee@dcc.invalid",
    }
    _, subject, body = mails["participant"]
    assert subject == f"Supplier plc (SUPP), ES Export Supplier, CTSD {WEEK}: deadline missed"
    for said in (
        "Test Readiness Report",
        "Fri 8 January 2027",
        "CTSD 5.6.1.4",
        "CTSD 5.5.2",
        f"/engagements/{ID}/what-if",
        f"/engagements/{ID}/start",
    ):
        assert said in body


def test_a_missed_deadline_once_testing_has_begun_promises_no_other_start() -> None:
    gate = confirmed(date(2027, 3, 3))
    story = hearing(acknowledged(), "artefact-review.entry-gate-held", "2027-02-19", **gate).accepted()
    story = hearing(story, "execution-tracker.connectivity-confirmed", "2027-03-01").accepted()
    missed = DeadlineMissed("5.10.1.3/2027-03-01", "5.10.1.3", START, "participant", at("2027-03-02"))
    assert missed in checking(story, "2027-03-02").events
    body = told(missed, engagement(story))["participant"][2]
    assert "it will be recorded as late" in body
    assert "/start" not in body


def test_before_dcc_names_a_contact_its_mailbox_is_told() -> None:
    story = notified()
    assert told(story.history[0], engagement(story))["dcc"][0] is None


def test_the_notification_is_told_with_the_date_of_the_acknowledgement() -> None:
    story = notified()
    assert "Due:    Thu 3 December 2026" in told(story.history[0], engagement(story))["dcc"][2]


def test_the_certificate_is_told_with_its_number() -> None:
    story = hearing(
        acknowledged(), "certification.certificate-issued", "2027-03-10", copied=True, details=("Certificate TCC-1",)
    ).accepted()
    fact = next(event for event in story.history if isinstance(event, FactRecorded))
    mails = told(fact, engagement(story))
    assert all("Certificate TCC-1" in mails[role][2] for role in ("participant", "dcc"))


def letter(fact: Occurrence) -> tuple[str, str]:
    """Subject and body of the one letter that goes to the participant."""
    story = acknowledged().when(FactRecorded(fact)).accepted()
    event = next(event for event in story.history if isinstance(event, FactRecorded))
    mails = told(event, engagement(story))
    assert list(mails) == ["participant"]
    return mails["participant"][1:]


@pytest.mark.parametrize(("failed", "expected"), [(0, "nothing"), (1, "1 thing"), (2, "2 things")])
def test_what_the_checks_found_in_documents_is_counted_in_words_that_fit(failed: int, expected: str) -> None:
    findings = tuple(Finding(rule="R", clause="C", passed=number >= failed, message="-") for number in range(2))
    told = ArtefactsSubmitted(
        submission=1, artefacts=(), findings=findings, submitted_by="mo", submitted_at=at("2027-01-20")
    )
    assert f"The checks found {expected} to be mended" in artefacts_submitted(told).details[1]


def verdict(clause: str, met: bool) -> CriterionVerdict:
    return CriterionVerdict(criterion=clause, clause=clause, met=met, statement=f"About {clause}.")


def entry_gate(outcome: Literal["ready", "prevented"]) -> Occurrence:
    return entry_gate_held(
        EntryGateHeld(
            gate="entry",
            body="dcc",
            outcome=outcome,
            last_day=date(2027, 3, 2),
            criteria=(verdict("CTSD 5.8.1(b)", True), verdict("CTSD 5.8.1(e)", outcome == "ready")),
            start_date=START,
            schedule=(PlannedDay(day=START, tests=12), PlannedDay(day=date(2027, 3, 2), tests=9)),
            reason="Two testers are missing",
            held_by="dee",
            held_at=at("2027-02-22"),
        )
    )


def exit_gate(outcome: Literal["complete", "further-testing"]) -> Occurrence:
    return exit_gate_held(
        ExitGateHeld(
            gate="exit",
            body="dcc",
            outcome=outcome,
            criteria=(verdict("CTSD 5.19.1(a)", True), verdict("CTSD 5.19.1(b)", outcome == "complete")),
            meeting_on=date(2027, 3, 8),
            reason="Run 2 lacks its evidence",
            held_by="dee",
            held_at=at("2027-03-09"),
        )
    )


def test_a_ready_entry_gate_is_told_with_start_and_schedule() -> None:
    subject, body = letter(entry_gate("ready"))
    assert subject.endswith("CTSD 5.6.1.9: ready to start")
    for said in ("testing starts on Mon 1 March 2027", "- Mon 1 March 2027: 12 tests", "- Tue 2 March 2027: 9 tests"):
        assert said in body
    assert "referred" not in body


def test_a_prevented_start_is_told_with_what_is_not_met_and_the_right_of_referral() -> None:
    subject, body = letter(entry_gate("prevented"))
    assert subject.endswith("CTSD 5.6.1.9: start prevented")
    for said in ("- Reason: Two testers are missing", "- CTSD 5.8.1(e) is not met: About CTSD 5.8.1(e)."):
        assert said in body
    assert "may be referred to the Panel (CTSD 5.8.3)" in body
    assert "5.8.1(b)" not in body


OUTSTANDING = (Outstanding(criterion="5.8.1d", document="The bench's acceptance", by=date(2027, 2, 26)),)


def test_a_provisional_approval_is_told_with_what_is_outstanding_and_confirms_no_start() -> None:
    approval = ProvisionallyApproved(
        gate="entry",
        body="dcc",
        criteria=(verdict("CTSD 5.8.1(d)", False),),
        outstanding=OUTSTANDING,
        start_date=START,
        reason="",
        approved_by="dee",
        approved_at=at("2027-02-22"),
    )
    subject, body = letter(provisionally_approved(approval))
    assert subject.endswith("CTSD 5.6.1.9: provisionally approved")
    assert "- The bench's acceptance, for criterion 5.8.1d, by Fri 26 February 2027" in body
    state = engagement(acknowledged().when(FactRecorded(provisionally_approved(approval))).accepted())
    assert not state.start_is_confirmed
    assert "5.6.1.9" not in state.done


def test_a_lapse_is_told_to_both_sides_and_leaves_the_start_to_be_moved() -> None:
    lapse = ProvisionalApprovalLapsed(
        gate="entry", outstanding=OUTSTANDING, start_date=START, lapsed_at=at("2027-02-27")
    )
    story = acknowledged().when(FactRecorded(provisional_approval_lapsed(lapse))).accepted()
    event = next(event for event in story.history if isinstance(event, FactRecorded))
    mails = told(event, engagement(story))
    assert list(mails) == ["participant", "dcc"]
    assert all("Testing does not start on Mon 1 March 2027" in mail[2] for mail in mails.values())
    assert not engagement(story).start_is_confirmed


def test_the_receipt_of_the_report_is_confirmed_by_email() -> None:
    received = ReportReceiptConfirmed(report=1, confirmed_by="dee", confirmed_at=at("2027-03-04"))
    subject, body = letter(report_receipt_confirmed(received))
    assert subject.endswith("CTSD 5.17.1.1: report received")
    assert "Report 1 was received; receipt was confirmed on Thu 4 March 2027." in body


def test_further_testing_is_told_with_the_reason_and_the_right_of_referral() -> None:
    subject, body = letter(exit_gate("further-testing"))
    assert subject.endswith("CTSD 5.17.1.2: further testing required")
    for said in (
        "on Tue 9 March 2027, after the meeting of Mon 8 March 2027",
        "- Reason: Run 2 lacks its evidence",
        "- CTSD 5.19.1(b) is not met: About CTSD 5.19.1(b).",
        "Testing is to be rescheduled.",
        "Next: Conduct the User Entry Process Tests (CTSD 5.10.1.2), by Supplier plc.",
        "may be referred to the Panel (CTSD 5.19.3)",
    ):
        assert said in body


def test_completion_is_told_with_the_certificate_that_follows() -> None:
    subject, body = letter(exit_gate("complete"))
    assert subject.endswith("CTSD 5.17.1.2: testing complete")
    assert "Next: Issue the Test Completion Certificate (CTSD 5.17.1.3), by DCC." in body
    assert "referred" not in body


@pytest.mark.parametrize(
    ("outcome", "follows"),
    [("accepted", "entry quality gate"), ("returned", "Provide revised test artefacts (CTSD 5.6.1.7)")],
)
def test_a_review_is_told_with_the_step_that_follows(outcome: Literal["accepted", "returned"], follows: str) -> None:
    review = ArtefactsReviewed(
        submission=1, outcome=outcome, deficiencies=(), reviewed_by="dee", reviewed_at=at("2027-01-28")
    )
    fact = artefacts_reviewed(review)
    subject, body = letter(fact)
    assert subject.endswith(f"CTSD 5.6.1.6: artefacts {outcome}")
    assert follows in body


def test_a_copy_of_a_mail_has_the_same_message_id_and_another_mail_has_not() -> None:
    row = {"key": "a/1/dcc", "thread": "a/1/dcc", "subject": "S", "body": "B", "written_at": NOTICE}
    first, copy = (message(row, "assay@dcc.invalid", "x@dcc.invalid")["Message-ID"] for _ in range(2))
    other = message({**row, "key": "a/2/dcc"}, "assay@dcc.invalid", "x@dcc.invalid")["Message-ID"]
    assert first == copy != other


def test_the_timer_looks_at_what_the_clock_showed_a_little_while_ago() -> None:
    settled = SettledClock(patience_seconds=2)
    jumped = NOTICE + timedelta(days=3)
    assert settled.read(NOTICE, at=0.0) is None
    assert settled.read(jumped, at=1.5) is None
    assert settled.read(jumped, at=2.1) == NOTICE
    assert settled.read(jumped, at=3.6) == jumped
