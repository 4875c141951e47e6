"""What the service is made of."""

from functools import partial
from pathlib import Path

from chassis.service import Service
from notification.api import router
from notification.emails.digest import make_digests
from notification.emails.sender import deliver_mail
from notification.event_handlers import HANDLERS
from notification.gauges import MEASURES
from notification.settings import Settings
from notification.tasks.calendar_change import follow_calendar
from notification.tasks.deadline_timer import watch_deadlines
from notification.tasks.declarations import follow_declared_days
from notification.tasks.names import follow_names
from notification.webhooks.addressing import address_events
from notification.webhooks.caller import call_webhooks
from rulebook.engine.roles import every_role


def build(settings: Settings) -> Service:
    """The service, with its timer, its mailer, and what follows the calendar, declared days and the registrations."""
    return Service(
        name="notification",
        migrations=Path(__file__).parent.parent / "migrations",
        router=router,
        handlers=HANDLERS,
        tasks=(
            partial(watch_deadlines, patience_seconds=settings.deadline_patience_seconds),
            partial(deliver_mail, settings=settings),
            partial(make_digests, settings=settings),
            address_events,
            partial(call_webhooks, settings=settings),
            follow_calendar,
            follow_names,
            follow_declared_days,
        ),
        measures=MEASURES,
        roles=frozenset(every_role()),
    )
