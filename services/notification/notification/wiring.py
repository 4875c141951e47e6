"""What the service is made of."""

from functools import partial
from pathlib import Path

from chassis.service import Service
from notification.api import router
from notification.event_handlers import HANDLERS
from notification.following import follow_calendar
from notification.mailer import deliver_mail
from notification.measures import MEASURES
from notification.settings import Settings
from notification.timer import watch_deadlines


def build(settings: Settings) -> Service:
    """The service, with its timer and its mailer."""
    return Service(
        name="notification",
        migrations=Path(__file__).parent.parent / "migrations",
        router=router,
        handlers=HANDLERS,
        tasks=(
            partial(watch_deadlines, patience_seconds=settings.deadline_patience_seconds),
            partial(deliver_mail, settings=settings),
            follow_calendar,
        ),
        measures=MEASURES,
    )
