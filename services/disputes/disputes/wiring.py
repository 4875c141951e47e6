"""What the service is made of."""

from pathlib import Path

from chassis.process.settings import Settings
from chassis.service import Service
from disputes.api import router
from disputes.event_handlers import HANDLERS
from rulebook.engine.roles import every_role


def build(_settings: Settings) -> Service:
    """The service."""
    return Service(
        name="disputes",
        migrations=Path(__file__).parent.parent / "migrations",
        router=router,
        handlers=HANDLERS,
        roles=frozenset(every_role()),
    )
