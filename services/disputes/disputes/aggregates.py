"""The one kind of stream this service keeps."""

from typing import Final

from chassis.eventstore.aggregate import Aggregate, Codec
from disputes import read_models
from disputes.domain.decisions import Command, decide
from disputes.domain.events import Event
from disputes.domain.matters import Matters, evolve
from disputes.translation import published
from kernel.stored import by_stored_name

MATTERS: Final[Aggregate[Command, Matters, Event]] = Aggregate(
    category="matters",
    initial=Matters,
    decide=decide,
    evolve=evolve,
    codec=Codec(by_stored_name(Event)),
    publish=published,
    project=read_models.project,
    audience=lambda state: state.audience,
)
