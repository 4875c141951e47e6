"""A matter that was put to a body, and what has become of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from disputes.domain.events import (
    DeterminationAppealed,
    DeterminationCorrected,
    EvidenceGiven,
    InformationGiven,
    InformationRequested,
    MatterDetermined,
    MatterReferred,
    OfReferral,
    ReferralAcknowledged,
    ReferralSettled,
    ReferralWithdrawn,
    SettlementDeclined,
    SettlementProposed,
)

Stage = Literal["referred", "acknowledged", "settled", "withdrawn", "determined", "appealed", "final"]


@dataclass(frozen=True)
class Referral:
    """A matter that was put to a body, and all that happened to it since, in its order.

    `settled`: those who disagreed have agreed, or decided anew, before a body determined it for good.
    """

    referred: MatterReferred
    since: tuple[OfReferral, ...] = ()
    settled: bool = False

    @property
    def before_settlement(self) -> "Referral":
        """As it was before it was settled."""
        return replace(self, settled=False)

    @property
    def before_since(self) -> datetime:
        """Since when it lies, or lay last, before the body that determines it."""
        appeals = [event.appealed_at for event in self.since if isinstance(event, DeterminationAppealed)]
        return appeals[-1] if appeals else self.referred.referred_at

    @property
    def stage(self) -> Stage:
        """How far it has come; an appeal opens it again, before another body, and stays one when that has it."""
        if self.settled:
            return "settled"
        stage: Stage = "referred"
        for event in self.since:
            match event:
                case ReferralAcknowledged():
                    stage = "acknowledged" if stage == "referred" else stage
                case ReferralWithdrawn():
                    stage = "withdrawn"
                case ReferralSettled():
                    stage = "settled"
                case MatterDetermined():
                    stage = "final" if event.final else "determined"
                case DeterminationAppealed():
                    stage = "appealed"
        return stage

    @property
    def over(self) -> bool:
        """Whether no decision can give it another turn: it was determined for good, or settled by both sides."""
        return self.stage == "final" or self.settlement is not None

    @property
    def pending(self) -> bool:
        """Whether a body has still to determine it."""
        return self.stage in ("referred", "acknowledged", "appealed")

    @property
    def body(self) -> str:
        """The role that determines it now."""
        appeals = [event.body for event in self.since if isinstance(event, DeterminationAppealed)]
        return appeals[-1] if appeals else self.referred.body

    @property
    def acknowledged(self) -> bool:
        """Whether the body that determines it now has said that it has it."""
        return any(isinstance(event, ReferralAcknowledged) and event.body == self.body for event in self.since)

    @property
    def determination(self) -> MatterDetermined | None:
        """The latest."""
        return next((event for event in reversed(self.since) if isinstance(event, MatterDetermined)), None)

    @property
    def evidence(self) -> tuple[EvidenceGiven, ...]:
        """The files that were given, in their order."""
        return tuple(event for event in self.since if isinstance(event, EvidenceGiven))

    @property
    def settlement(self) -> ReferralSettled | None:
        """What both sides agreed on."""
        return next((event for event in self.since if isinstance(event, ReferralSettled)), None)

    @property
    def proposal(self) -> SettlementProposed | None:
        """The terms proposed that are not answered; none outlives the turn of the body in which it was made."""
        proposed: SettlementProposed | None = None
        for event in self.since:
            match event:
                case SettlementProposed():
                    proposed = event
                case SettlementDeclined() | ReferralSettled() | MatterDetermined():
                    proposed = None
        return proposed

    @property
    def reasons(self) -> str | None:
        """Those of the latest determination, as they were corrected last."""
        said = (each for each in reversed(self.since) if isinstance(each, MatterDetermined | DeterminationCorrected))
        return next((each.reasons for each in said), None)

    @property
    def unanswered(self) -> tuple[InformationRequested, ...]:
        """What was asked and not answered, the oldest first; an answer is one to the oldest question to its role."""
        waiting: list[InformationRequested] = []
        for event in self.since:
            match event:
                case InformationRequested():
                    waiting.append(event)
                case InformationGiven():
                    waiting.remove(next(each for each in waiting if each.role == event.role))
        return tuple(waiting)
