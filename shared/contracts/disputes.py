"""What the disputes service publishes. The subject is the engagement's id."""

from contracts.base import Contract, Instant


class ReferralRightArose(Contract, name="disputes.referral-right-arose"):
    """A refusal gave a side the right to refer the matter: to whom, by which clause, and what stops meanwhile."""

    right: str
    route: str
    subject: str
    clause: str
    referred_by: tuple[str, ...]
    body: str
    meanwhile: str
    arose_at: Instant


class ReferralRightLapsed(Contract, name="disputes.referral-right-lapsed"):
    """The matter was settled, or decided anew."""

    right: str
    route: str
    because: str
    lapsed_at: Instant


class MatterReferred(Contract, name="disputes.matter-referred"):
    """A role put the matter of a right to the body that decides on it, and said why."""

    right: str
    route: str
    clause: str
    body: str
    grounds: str
    role: str
    referred_by: str
    referred_at: Instant
