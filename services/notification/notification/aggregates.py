"""The two kinds of stream this service keeps, bound to how they are stored, published and read."""

from typing import Final

from chassis.eventstore.aggregate import Aggregate, Codec
from notification import read_models
from notification.domain import decisions, engagement, events, party
from notification.domain.engagement import NotNotified, State
from notification.domain.party import Party, PartyRegistered, RegisterParty
from notification.translation import published

PARTY: Final[Aggregate[RegisterParty, Party, PartyRegistered]] = Aggregate(
    category="party",
    initial=Party,
    decide=party.decide,
    evolve=party.evolve,
    codec=Codec({"party-registered": PartyRegistered}),
    publish=published,
    project=read_models.project_party,
)

ENGAGEMENT: Final[Aggregate[decisions.Command, State, events.Event]] = Aggregate(
    category="engagement",
    initial=NotNotified,
    decide=decisions.decide,
    evolve=engagement.evolve,
    codec=Codec(
        {
            "engagement-notified": events.EngagementNotified,
            "notification-acknowledged": events.NotificationAcknowledged,
            "initiation-meeting-held": events.InitiationMeetingHeld,
            "step-recorded": events.StepRecorded,
            "start-rescheduled": events.StartRescheduled,
            "fact-recorded": events.FactRecorded,
            "execution-continued": events.ExecutionContinued,
            "timetable-changed": events.TimetableChanged,
            "step-completed": events.StepCompleted,
            "deadline-reminded": events.DeadlineReminded,
            "deadline-missed": events.DeadlineMissed,
        }
    ),
    publish=published,
    project=read_models.project_engagement,
    audience=lambda state: state.audience,
)
