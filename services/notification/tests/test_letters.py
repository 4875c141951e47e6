"""What people are told by e-mail."""

from datetime import date, timedelta

from notification.domain.engagement import DeadlineMissed, Engagement, FactRecorded
from notification.letters import letters
from notification.mailer import message
from notification.testing import NOTICE, START, acknowledged, at, checking, engagement, hearing, notified
from notification.timer import Hindsight

WEEK = "5.6.1.4/2027-W01"


def told(story_event: object, state: Engagement) -> dict[str, tuple[str | None, str, str]]:
    return {letter.side: (letter.address, letter.subject, letter.body) for letter in letters(story_event, state)}  # type: ignore[arg-type]


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
    for said in ("Test Readiness Report", "2027-01-08", "CTSD 5.6.1.4", "CTSD 5.5.2", "/what-if", "/start"):
        assert said in body


def test_a_missed_deadline_after_the_entry_gate_promises_no_other_start() -> None:
    gate = {"outcome": "ready", "last_day": date(2027, 3, 3)}
    story = hearing(acknowledged(), "artefact-review.entry-gate-held", "2027-02-19", **gate).accepted()
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
    assert "Due:    2026-12-03" in told(story.history[0], engagement(story))["dcc"][2]


def test_the_certificate_is_told_with_its_number() -> None:
    story = hearing(
        acknowledged(), "certification.certificate-issued", "2027-03-10", details=("Certificate TCC-1",)
    ).accepted()
    fact = next(event for event in story.history if isinstance(event, FactRecorded))
    assert "Certificate TCC-1" in told(fact, engagement(story))["participant"][2]


def test_a_copy_of_a_mail_has_the_same_message_id_and_another_mail_has_not() -> None:
    row = {"key": "a/1/dcc", "subject": "S", "body": "B", "written_at": NOTICE}
    first, copy = (message(row, "assay@dcc.invalid", "x@dcc.invalid")["Message-ID"] for _ in range(2))
    other = message({**row, "key": "a/2/dcc"}, "assay@dcc.invalid", "x@dcc.invalid")["Message-ID"]
    assert first == copy != other


def test_the_timer_looks_at_what_the_clock_showed_a_little_while_ago() -> None:
    hindsight = Hindsight(patience_seconds=2)
    jumped = NOTICE + timedelta(days=3)
    assert hindsight.read(NOTICE, at=0.0) is None
    assert hindsight.read(jumped, at=1.5) is None
    assert hindsight.read(jumped, at=2.1) == NOTICE
    assert hindsight.read(jumped, at=3.6) == jumped
