"""The completion of an engagement, bound to how it is stored, published and projected."""

from certification.domain.completion import Completion, Event, evolve
from certification.domain.decisions import Command, decide
from certification.read_models import project
from certification.translation import publish
from chassis.eventstore.aggregate import Aggregate, Codec
from kernel.stored import by_stored_name

COMPLETION: Aggregate[Command, Completion, Event] = Aggregate(
    category="completion",
    initial=Completion,
    decide=decide,
    evolve=evolve,
    codec=Codec(by_stored_name(Event)),
    publish=publish,
    project=project,
    audience=lambda state: state.audience,
)
