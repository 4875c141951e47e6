"""What the service is made of."""

from pathlib import Path

from certification.api import router
from certification.event_handlers import HANDLERS
from certification.gauges import MEASURES
from certification.requesting import request_what_was_determined
from certification.settings import Settings
from certification.signing.signer import sign_what_was_prepared
from chassis.service import Service
from rulebook.engine.roles import every_role


def build(_settings: Settings) -> Service:
    """The certification service."""
    return Service(
        name="certification",
        migrations=Path(__file__).parent.parent / "migrations",
        router=router,
        handlers=HANDLERS,
        tasks=(sign_what_was_prepared, request_what_was_determined),
        measures=MEASURES,
        roles=frozenset(every_role()),
    )
