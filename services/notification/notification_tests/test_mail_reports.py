"""What a mail server says of a mail, at once or later, is read for what it is."""

import aiosmtplib
import pytest

from notification.emails.bounces import Report, ReportedMailUnknown, ReportUnreadable, read_report
from notification.emails.identity import local_part, message_id
from notification.emails.sender import answer_of, is_final

KEY = "a/1/dcc"
SENDER = "assay@dcc.invalid"


REPORT = """\
From: MAILER-DAEMON@mx.invalid (Mail Delivery System)
To: assay@dcc.invalid
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.invalid
X-Postfix-Queue-ID: 3F2
Arrival-Date: Tue,  1 Dec 2026 10:00:00 +0000 (GMT)

Final-Recipient: rfc822; x@y.invalid
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 no

--B
Content-Description: Undelivered Message
Content-Type: {type}

Message-ID: {about}
Subject: S

B

--B--
"""
"""A delivery status notification as Postfix writes it."""


def report(action: str = "failed", about: str = message_id(KEY, SENDER), type: str = "message/rfc822") -> bytes:
    return REPORT.format(action=action, about=about, type=type).encode()


@pytest.mark.parametrize("type", ["message/rfc822", "text/rfc822-headers"])
def test_a_bounce_names_the_mail_the_address_and_the_reason(type: str) -> None:
    found = read_report(report(type=type))
    assert found == (local_part(KEY), (Report("bounced", "x@y.invalid", "5.1.1 smtp; 550 no"),))


@pytest.mark.parametrize(("action", "outcome"), [("Delayed", "delayed"), ("delivered", "delivered")])
def test_a_delay_and_a_receipt_are_no_bounce(action: str, outcome: str) -> None:
    assert [each.outcome for each in read_report(report(action))[1]] == [outcome]


@pytest.mark.parametrize("data", [b"", b"Subject: out of office\n\nI am away", report("nothing known"), b"\xff" * 99])
def test_what_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(ReportUnreadable):
        read_report(data)


@pytest.mark.parametrize("about", ["<1234@elsewhere.invalid>", "", "<", "<>", "<.@", "<a@[", "<a@[x", "\xff"])
@pytest.mark.parametrize("type", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_on_another_systems_mail_is_refused_however_its_id_is_written(about: str, type: str) -> None:
    with pytest.raises(ReportedMailUnknown):
        read_report(report(about=about, type=type))


RECIPIENT = aiosmtplib.SMTPRecipientRefused


@pytest.mark.parametrize(
    ("error", "code", "final"),
    [
        (aiosmtplib.SMTPRecipientsRefused([RECIPIENT(550, "no such user", "x@y.invalid")]), 550, True),
        (aiosmtplib.SMTPRecipientsRefused([RECIPIENT(450, "greylisted", "x@y.invalid")]), 450, False),
        (aiosmtplib.SMTPDataError(554, "spam"), 554, True),
        (aiosmtplib.SMTPDataError(451, "try again"), 451, False),
        (aiosmtplib.SMTPSenderRefused(550, "you may not", SENDER), 550, False),
        (aiosmtplib.SMTPConnectError("refused"), None, False),
        (ConnectionResetError(), None, False),
        (ValueError("Header values may not contain linefeed"), None, True),
    ],
)
def test_only_what_would_be_refused_again_is_final(error: Exception, code: int | None, final: bool) -> None:
    found, problem = answer_of(error)
    assert (found, is_final(error, found)) == (code, final)
    assert problem
