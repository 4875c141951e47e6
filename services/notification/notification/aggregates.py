"""The kinds of stream this service keeps, bound to how they are stored, published and read."""

from typing import Final

from chassis.eventstore.aggregate import Aggregate, Codec
from kernel.stored import by_stored_name
from notification import read_models
from notification.domain import decisions, declared_days, engagement, events, party
from notification.domain.declared_days import DayDeclared, DeclareDay, DeclaredDays
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

CALENDAR: Final[Aggregate[DeclareDay, DeclaredDays, DayDeclared]] = Aggregate(
    category="calendar",
    initial=DeclaredDays,
    decide=declared_days.decide,
    evolve=declared_days.evolve,
    codec=Codec(by_stored_name(DayDeclared)),
    publish=published,
    project=read_models.project_calendar,
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
