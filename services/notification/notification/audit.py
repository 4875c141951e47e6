"""What an audit compares of this service's tables."""

from chassis.audit.read_models import ReadModels
from chassis.audit.standalone import run
from notification.aggregates import CALENDAR, ENGAGEMENT, PARTY

SENDING = "how a mail was sent, or will be tried: the mail server decides"
CALLED = "who wants to be called, what happened since, and how they answered"
CHOSEN = "how people chose to be told"

READ_MODELS = ReadModels(
    aggregates=(ENGAGEMENT, PARTY, CALENDAR),
    not_derived=dict.fromkeys(
        (
            *("mail.attempts", "mail.next_try", "mail.claim", "mail.problem", "mail.sent_to", "mail.sent_at"),
            *("mail.ended_at", "mail_delivery"),
        ),
        SENDING,
    )
    | dict.fromkeys(("webhook", "webhook_delivery", "webhook_attempt"), CALLED)
    | dict.fromkeys(("webhook_event.payload", "webhook_event.addressed"), CALLED)
    | {"calendar_feed": "who wants to read a calendar"}
    | dict.fromkeys(("mail_preference", "mail.waits", "mail.digest"), CHOSEN),
)

if __name__ == "__main__":
    run(READ_MODELS)
