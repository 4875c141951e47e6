"""Every step whose method is e-mail is told when it is taken, with its documents; so is what becomes of a referral."""

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from chassis.messaging.handlers import Received
from chassis.process.files import Files, FileUnusable, by_hash
from contracts import artefact_review, certification, disputes
from contracts.base import Contract
from contracts.common import DescopedItem, Participant, Subject
from notification import event_handlers
from notification.aggregates import ENGAGEMENT
from notification.domain.engagement import Engagement, evolve
from notification.domain.events import (
    FactRecorded,
)
from notification.domain.occurrence import NamedFile
from notification.emails.mime import Attachment, attachments, message
from notification.emails.rendering import html_of, one_line
from notification.emails.steps import of_fact
from notification.emails.templates import Email, emails
from notification.read_models import FILES
from rulebook.engine.emails import email_forms
from rulebook.engine.procedures import Step, run_by_services
from rulebook.engine.profile import profile

from .given import ID, NOTICE, acknowledged, at, engagement, occurred

SENDER = "assay@dcc.invalid"
OWN = ("notification.",)
RIGHT = "uept-exit#1"
WHEN = at("2027-03-10")
PDF = b"%PDF-1.7 a certificate"


def told(contract: Contract) -> dict[str, Email]:
    """What is mailed of another service's fact, by role."""
    [command] = event_handlers.HANDLERS[type(contract)](received(contract))
    assert command.aggregate is ENGAGEMENT
    story = acknowledged().when(command.command).accepted()
    event = next(event for event in story.history if isinstance(event, FactRecorded))
    return {email.role: email for email in emails(event, engagement(story), ID)}


def received(contract: Contract) -> Any:
    return Received("1", "assay.of", ID, 1, contract, WHEN)


def steps_by_email() -> Iterator[tuple[str, Step]]:
    for each in run_by_services():
        for step in profile(each).procedure.steps:
            if step.method.startswith("email") and not step.completed_by[0].startswith(OWN):
                yield each, step


@pytest.mark.parametrize(("procedure", "step"), tuple(steps_by_email()), ids=lambda each: getattr(each, "ref", each))
def test_a_step_whose_method_is_email_is_told_to_its_recipient_at_once(procedure: str, step: Step) -> None:
    state = replace(engagement(acknowledged()), profile=profile(procedure))
    outcome = next(iter(step.then), None)
    for number in range(2 if step.number == "later" else 1):
        seen = occurred(step.completed_by[0], "2027-01-20", identity=number, outcome=outcome)
        state = told_of(state, FactRecorded(seen))
    [about] = of_fact(seen, state)
    assert (step.recipient, True) in about.roles
    assert step.ref in about.place


def told_of(state: Engagement, fact: FactRecorded) -> Engagement:
    after = evolve(state, fact)
    assert isinstance(after, Engagement)
    return after


def test_dcc_gets_the_weekly_report_and_the_documents_that_are_handed_in() -> None:
    week = artefact_review.ReadinessReported(week="2027-W01", rag="amber", reported_by="mo", reported_at=WHEN)
    plan = artefact_review.ArtefactFile(kind="test-plan", file_name="plan.docx", sha256="ab" * 32, size=7)
    lacking = artefact_review.Finding(rule="r", clause="CTSD 6.7.1", passed=False, message="No script serves SR:4.2.")
    handed_in = artefact_review.ArtefactsSubmitted(
        submission=1, artefacts=(plan,), findings=(lacking,), submitted_by="mo", submitted_at=WHEN
    )
    assert list(told(week)) == ["dcc"]
    assert told(week)["dcc"].subject.endswith("CTSD 5.6.1.4/2027-W01: report of the week, amber")
    email = told(handed_in)["dcc"]
    assert email.subject.endswith("CTSD 5.6.1.5: documents handed in")
    assert [(each.file_name, each.stored_as) for each in email.files] == [("plan.docx", f"sha256/ab/{'ab' * 32}")]
    assert f"- plan.docx, SHA-256 {'ab' * 32}" in email.body
    assert "- No script serves SR:4.2. (CTSD 6.7.1)" in email.body


def test_the_certificate_goes_with_the_email_that_tells_of_it() -> None:
    mails = told(certificate("9f" * 32))
    assert set(mails) == {"participant", "dcc"}
    assert [each.mandatory for each in mails.values()] == [False, True], "the copy of its sender may wait"
    [pdf] = mails["participant"].files
    assert (pdf.file_name, pdf.stored_as, pdf.sha256) == ("TCC-1.pdf", "certificates/TCC-1.pdf", "9f" * 32)


def certificate(sha256: str, **changes: Any) -> certification.CertificateIssued:
    issued = certification.CertificateIssued(
        number="TCC-1",
        outcome="test-completion-certificate",
        title="Test Completion Certificate",
        subject=Subject(kind="role", id="SUPP/ES", name="SUPP", fields={}),
        recipient=Participant(role="participant", organisation="SUPP", name="Supplier plc"),
        srvs=(),
        supersedes=None,
        issued_at=WHEN,
        pdf_sha256=sha256,
        json_sha256=sha256,
        verification_url="https://assay.invalid/certificates/TCC-1/verification",
        pdf_file="certificates/TCC-1.pdf",
    )
    return issued.model_copy(update=changes)


def test_an_earlier_certificate_that_does_not_say_where_its_pdf_lies_is_told_without_it() -> None:
    assert told(certificate("9f" * 32, pdf_file=""))["participant"].files == ()


@pytest.mark.parametrize("agreed", [True, False])
def test_an_answer_on_descoping_is_given_in_writing(agreed: bool) -> None:
    decided = artefact_review.DescopingDecided(
        item=DescopedItem(kind="response-code", item="E11"),
        agreed=agreed,
        reason="It is in the minimum set",
        decided_by="dee",
        decided_at=WHEN,
    )
    [(role, email)] = told(decided).items()
    assert role == "participant"
    assert f"CTSD 5.2.6: descoping {'agreed' if agreed else 'refused'}" in email.subject
    assert ("may be referred to the Panel (CTSD 5.2.7)" in email.body) is not agreed


BY_BODY = {"right": RIGHT, "body": "panel"}
REFERRALS: tuple[tuple[Contract, set[str], str], ...] = (
    (
        disputes.MatterReferred(
            **BY_BODY,
            route="uept-exit",
            clause="CTSD 5.19.3",
            grounds="It is met",
            role="participant",
            referred_by="mo",
            referred_at=WHEN,
            relief="The certificate",
        ),
        {"panel"},
        "Asked for: The certificate",
    ),
    (
        disputes.InformationRequested(
            **BY_BODY, question="Which run?", role="dcc", wanted_by=None, requested_by="pat", requested_at=WHEN
        ),
        {"panel"},
        "Which run?",
    ),
    (
        disputes.EvidenceGiven(
            right=RIGHT,
            files=(disputes.EvidenceFile(file_name="run 2.log", sha256="0" * 64, size=2),),
            role="participant",
            given_by="mo",
            given_at=WHEN,
        ),
        {"panel"},
        "run 2.log",
    ),
    (
        disputes.SettlementProposed(
            right=RIGHT, terms="Run 3 alone", role="participant", asked=("dcc",), proposed_by="mo", proposed_at=WHEN
        ),
        set(),
        "To be answered by: dcc",
    ),
    (
        disputes.SettlementDeclined(
            right=RIGHT, reason="Run 4 failed too", role="dcc", declined_by="dee", declined_at=WHEN
        ),
        set(),
        "Reason: Run 4 failed too",
    ),
    (
        disputes.ReferralSettled(
            right=RIGHT, terms="Run 3 alone", proposed="participant", agreed="dcc", settled_by="dee", settled_at=WHEN
        ),
        {"panel"},
        "Terms: Run 3 alone",
    ),
    (
        disputes.MatterDetermined(
            **BY_BODY,
            route="uept-exit",
            clause="CTSD 5.19.3",
            upheld=True,
            reasons="Run 2 counts",
            final=False,
            decision="certification.exit-gate-held",
            values={},
            determined_by="pat",
            determined_at=WHEN,
        ),
        {"panel"},
        "Reasons: Run 2 counts",
    ),
    (
        disputes.DeterminationAppealed(
            right=RIGHT, body="authority", grounds="No", role="participant", appealed_by="mo", appealed_at=WHEN
        ),
        {"panel", "authority"},
        "Grounds: No",
    ),
)


@pytest.mark.parametrize(("fact", "bodies", "said"), REFERRALS, ids=lambda each: getattr(each, "TYPE", None))
def test_what_becomes_of_a_referral_is_told_to_both_sides_and_the_body(
    fact: Contract, bodies: set[str], said: str
) -> None:
    mails = told(fact)
    assert set(mails) == {"participant", "dcc", *bodies}
    assert all(said in email.body and "CTSD 5.19.3" in email.subject for email in mails.values())


def test_the_same_happening_of_two_referrals_is_two_facts() -> None:
    first = disputes.ReferralAcknowledged(**BY_BODY, acknowledged_by="pat", acknowledged_at=WHEN)
    other = first.model_copy(update={"right": "uept-exit#2"})
    names = [event_handlers.HANDLERS[type(each)](received(each))[0].command.occurrence.name for each in (first, other)]
    assert names[0] != names[1]


def test_every_email_of_an_event_is_about_one_that_is_heard_or_this_services_own() -> None:
    heard = {contract.fact() for contract in event_handlers.HANDLERS}
    assert {about for about in email_forms() if not about.startswith(OWN)} <= heard


def row(**changes: Any) -> dict[str, Any]:
    return {
        **{"key": "a/2/dcc", "thread": "a/1/dcc", "subject": "S", "body": "B", "written_at": NOTICE, "files": "[]"},
        **changes,
    }


def parsed(mail: EmailMessage) -> EmailMessage:
    """As whoever gets it reads it."""
    return message_from_bytes(mail.as_bytes(), policy=policy.default)


def test_html_is_made_of_the_same_lines_and_nothing_in_them_is_markup() -> None:
    body = "Who: <script>alert(1)</script> & =cmd|' /C calc'!A0\n\nDue:\n- one <b>\n- two"
    mail = parsed(message(row(subject="S <i>", body=body), SENDER, "x@dcc.invalid"))
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r", "").strip() == body
    shown = html.get_content().replace("\r", "")
    assert "<li>one &lt;b&gt;</li><li>two</li>" in shown
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown
    assert "<title>S &lt;i&gt;</title>" in shown
    assert html_of("S", body).strip() == shown.strip().replace("S &lt;i&gt;", "S")


def test_names_that_turn_the_reading_direction_round_or_hold_a_line_break_stay_one_harmless_line() -> None:
    assert one_line("Sup\u202eplier\u200f\r\nBcc: x@y.invalid\u2066 plc\x00") == "Supplier Bcc: x@y.invalid plc"


def test_an_address_with_a_line_break_adds_no_header() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        message(row(), SENDER, "x@dcc.invalid\r\nBcc: y@z.invalid")


def test_all_that_a_role_is_told_of_an_engagement_is_one_thread() -> None:
    first, second = (message(row(key=key), SENDER, "x@dcc.invalid") for key in ("a/1/dcc", "a/2/dcc"))
    assert first["In-Reply-To"] is None
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"] != second["Message-ID"]


async def test_documents_are_compared_with_their_hash_and_what_is_too_large_is_named(tmp_path: Path) -> None:
    files = Files.at(tmp_path)
    named = [await stored(files, name, data) for name, data in (("../../a\u202e.pdf", PDF), ("big.docx", b"x" * 99))]
    mail_of = row(files=FILES.dump_json(tuple(named)))
    fitting, left_out = await attachments(mail_of, files, limit=50)
    assert fitting == [Attachment("a.pdf", PDF)]
    assert left_out == ["big.docx"]
    mail = parsed(message(mail_of, SENDER, "x@dcc.invalid", fitting, left_out))
    [attached] = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("a.pdf", PDF)
    text = mail.get_body(("plain",))
    assert text is not None
    assert "too large to be mailed: big.docx" in text.get_content()
    (tmp_path / named[0].stored_as).write_bytes(b"something else")
    with pytest.raises(FileUnusable, match="was registered"):
        await attachments(mail_of, files, limit=50)


async def stored(files: Files, name: str, data: bytes) -> Any:
    sha256 = await files.put(data)
    return NamedFile(name, by_hash(sha256), sha256)
