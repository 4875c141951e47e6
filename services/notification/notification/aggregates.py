"""The two kinds of stream this service keeps, bound to how they are stored, published and read."""

from typing import Final

from chassis.eventstore.aggregate import Aggregate, Codec
from kernel.stored import by_stored_name
from notification import read_models
from notification.domain import decisions, engagement, events, party
from notification.domain.engagement import NotNotified, State
from notification.domain.party import Party, PartyRegistered
from notification.translation import published

PARTY: Final[Aggregate[PartyRegistered, Party, PartyRegistered]] = Aggregate(
    category="party",
    initial=Party,
    decide=party.decide,
    evolve=party.evolve,
    codec=Codec(by_stored_name(PartyRegistered)),
    publish=published,
    project=read_models.project_party,
)

ENGAGEMENT: Final[Aggregate[decisions.Command, State, events.Event]] = Aggregate(
    category="engagement",
    initial=NotNotified,
    decide=decisions.decide,
    evolve=engagement.evolve,
    codec=Codec(by_stored_name(events.Event)),
    publish=published,
    project=read_models.project_engagement,
    audience=lambda state: state.audience,
)
