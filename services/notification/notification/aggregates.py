"""The two kinds of stream this service keeps, bound to how they are stored, published and read."""

from typing import Final

from chassis.eventstore.aggregate import Aggregate, Codec
from notification import read_models
from notification.domain import decisions, engagement, party
from notification.domain.engagement import (
    DeadlineMissed,
    DeadlineReminded,
    Engagement,
    EngagementNotified,
    FactRecorded,
    InitiationMeetingHeld,
    NotificationAcknowledged,
    NotNotified,
    StartRescheduled,
    State,
    StepCompleted,
    TimetableChanged,
)
from notification.domain.party import Party, PartyRegistered, RegisterParty
from notification.translation import published


def _owner(state: State) -> str | None:
    return state.intention.party if isinstance(state, Engagement) else None


PARTY: Final[Aggregate[RegisterParty, Party, PartyRegistered]] = Aggregate(
    category="party",
    initial=Party,
    decide=party.decide,
    evolve=party.evolve,
    codec=Codec({"party-registered": PartyRegistered}),
    publish=published,
    project=read_models.project_party,
)

ENGAGEMENT: Final[Aggregate[decisions.Command, State, engagement.Event]] = Aggregate(
    category="engagement",
    initial=NotNotified,
    decide=decisions.decide,
    evolve=engagement.evolve,
    codec=Codec(
        {
            "engagement-notified": EngagementNotified,
            "notification-acknowledged": NotificationAcknowledged,
            "initiation-meeting-held": InitiationMeetingHeld,
            "start-rescheduled": StartRescheduled,
            "fact-recorded": FactRecorded,
            "timetable-changed": TimetableChanged,
            "step-completed": StepCompleted,
            "deadline-reminded": DeadlineReminded,
            "deadline-missed": DeadlineMissed,
        }
    ),
    publish=published,
    project=read_models.project_engagement,
    owner=_owner,
)
