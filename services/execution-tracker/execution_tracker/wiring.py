"""Puts the service together."""

from pathlib import Path

from chassis.service import Service
from execution_tracker.aggregator import aggregate
from execution_tracker.api import router
from execution_tracker.event_handlers import HANDLERS
from execution_tracker.settings import Settings
from rulebook.engine.roles import every_role

MIGRATIONS = Path(__file__).parents[1] / "migrations"


def build(_settings: Settings) -> Service:
    """The execution-tracker service."""
    return Service(
        name="execution-tracker",
        migrations=MIGRATIONS,
        router=router,
        handlers=HANDLERS,
        tasks=(aggregate,),
        roles=frozenset(every_role()),
    )
