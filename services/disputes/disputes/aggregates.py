"""The one kind of stream this service keeps."""

from typing import Final

from chassis.eventstore.aggregate import Aggregate, Codec
from disputes import read_models
from disputes.domain.decisions import Command, decide
from disputes.domain.matters import (
    EngagementNoted,
    Event,
    FactTakenBeforeEngagement,
    Matters,
    ReferralRightArose,
    ReferralRightLapsed,
    evolve,
)
from disputes.translation import published

MATTERS: Final[Aggregate[Command, Matters, Event]] = Aggregate(
    category="matters",
    initial=Matters,
    decide=decide,
    evolve=evolve,
    codec=Codec(
        {
            "engagement-noted": EngagementNoted,
            "fact-taken-before-engagement": FactTakenBeforeEngagement,
            "referral-right-arose": ReferralRightArose,
            "referral-right-lapsed": ReferralRightLapsed,
        }
    ),
    publish=published,
    project=read_models.project,
    audience=lambda state: state.audience,
)
