"""What the service tells of its deadlines and its mail at /metrics."""

from chassis.observability.metrics import Measure
from notification.read_models import QUERIES
from notification.webhooks.tables import QUERIES as WEBHOOKS

MEASURES = (
    Measure("assay_deadlines_due", "Steps with a date that is still to be kept.", QUERIES["deadlines_due"]),
    Measure("assay_deadlines_late", "Steps whose day is over, still to be done.", QUERIES["deadlines_late"]),
    Measure("assay_deadlines_unchecked", "Steps that the timer checks a minute late.", QUERIES["deadlines_unchecked"]),
    Measure("assay_mails_pending", "Mails that the mail server has still to take.", QUERIES["mails_pending"]),
    Measure("assay_mails_undelivered", "Mails that were refused or bounced.", QUERIES["mails_undelivered"]),
    Measure("assay_webhooks_disabled", "Webhooks that are called no more.", WEBHOOKS["webhooks_disabled"]),
)
