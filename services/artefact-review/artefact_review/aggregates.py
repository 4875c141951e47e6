"""The streams this service keeps: what binds the rules to the store."""

from artefact_review import read_models, translation
from artefact_review.domain import decisions, events, party, review
from chassis.eventstore.aggregate import Aggregate, Codec
from kernel.stored import by_stored_name

REVIEW: Aggregate[decisions.Command, review.State, events.Event] = Aggregate(
    category="review",
    initial=review.NotNotified,
    decide=decisions.decide,
    evolve=review.evolve,
    codec=Codec(by_stored_name(events.Event)),
    publish=translation.publish,
    project=read_models.project,
    audience=translation.audience,
)
"""One engagement's artefacts and their review; the id is the engagement's."""

PARTY: Aggregate[party.Event, party.Party, party.Event] = Aggregate(
    category="party",
    initial=party.Party,
    decide=party.decide,
    evolve=party.evolve,
    codec=Codec(by_stored_name(party.Event)),
    project=read_models.project_parties,
)
"""An organisation's accession and certificates; the id is its signifier."""
