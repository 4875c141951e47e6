"""The one kind of stream this service keeps."""

from typing import Final

from chassis.eventstore.aggregate import Aggregate, Codec
from disputes import read_models
from disputes.domain.decisions import Command, decide
from disputes.domain.matters import (
    EngagementKnown,
    Event,
    FactHeldBack,
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
            "engagement-known": EngagementKnown,
            "fact-held-back": FactHeldBack,
            "referral-right-arose": ReferralRightArose,
            "referral-right-lapsed": ReferralRightLapsed,
        }
    ),
    publish=published,
    project=read_models.project,
    owner=lambda state: state.party,
)
