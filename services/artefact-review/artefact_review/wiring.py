"""The service, put together."""

from pathlib import Path

from artefact_review.api import router
from artefact_review.event_handlers import HANDLERS
from artefact_review.settings import Settings
from artefact_review.tasks.lapses import watch_approvals
from chassis.service import Service
from rulebook.engine.roles import every_role

MIGRATIONS = Path(__file__).parent.parent / "migrations"


def build(_settings: Settings) -> Service:
    """artefact-review, with the timer of its provisional approvals."""
    return Service(
        "artefact-review",
        MIGRATIONS,
        router,
        handlers=HANDLERS,
        tasks=(watch_approvals,),
        roles=frozenset(every_role()),
    )
