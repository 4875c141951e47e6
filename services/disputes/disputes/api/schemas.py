"""What requests carry, and what queries answer."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from chassis.web.fields import Day, Flag, Line, Note
from chassis.web.http import Body
from disputes.domain.referral import Referral, Stage
from kernel.stored import stored_name


class NewReferral(Body):
    """Which matter is referred, by the id of the right, why, and what is asked for (`relief`)."""

    right: Line
    grounds: Note = ""
    relief: Note = ""


class Information(Body):
    """The answer to the oldest question that waits for one."""

    answer: Note


class Withdrawal(Body):
    """Why a referral is taken back."""

    reason: Note


class Appeal(Body):
    """Why a determination should be another."""

    grounds: Note


class Settlement(Body):
    """On what terms the matter would be settled."""

    terms: Note


class Answer(Body):
    """Whether the other side agrees to the terms proposed; if not, why."""

    agreed: Flag
    reason: Note = ""


class Question(Body):
    """What is asked, of which role, and by which day an answer is wanted."""

    question: Note
    of: Line
    wanted_by: Day | None = None


class Determination(Body):
    """Whether who referred the matter gets what they asked for, and why."""

    upheld: Flag
    reasons: Note


class Correction(Body):
    """The reasons of a determination as they should read, and what the slip was."""

    reasons: Note
    because: Note


class Pending(BaseModel):
    """A referral that lies before a body: of which engagement and whom, what about, and how far it has come."""

    engagement: UUID
    right: str
    subject_name: str
    subject: str
    matter: str
    clause: str
    stage: Stage
    grounds: str
    referred_role: str
    referred_at: datetime
    before_since: datetime


class Happening(BaseModel):
    """One thing that happened to a referral: what, and its particulars."""

    what: str
    particulars: dict[str, Any]


class Evidence(BaseModel):
    """A file that was given as evidence, and by which role; `sha256` names its bytes."""

    file_name: str
    sha256: str
    size: int
    role: str
    given_at: datetime


class Referred(BaseModel):
    """A matter that was referred: before which body it lies or lay last, how far it has come, what happened since."""

    right: str
    route: str
    clause: str
    stage: Stage
    body: str
    grounds: str
    relief: str
    role: str
    referred_by: str
    referred_at: datetime
    unanswered: list[str]
    evidence: list[Evidence]
    since: list[Happening]

    @classmethod
    def of(cls, referral: Referral) -> "Referred":
        """The referral as it is now."""
        happened = [Happening(what=stored_name(type(each)), particulars=dict(vars(each))) for each in referral.since]
        said = {**vars(referral.referred), "body": referral.body, "stage": referral.stage}
        asked = [each.question for each in referral.unanswered]
        files = [
            {**vars(file), "role": given.role, "given_at": given.given_at}
            for given in referral.evidence
            for file in given.files
        ]
        return cls.model_validate({**said, "unanswered": asked, "evidence": files, "since": happened})


class ReferralRight(BaseModel):
    """A right to refer a matter: by whom, within what term and until which day, to whom, what waits meanwhile, what the
    determination does, to whom it may be appealed and whose is final, and its state: open, lapsed, or the stage of its
    referral.
    """

    id: str
    state: Literal["open", "lapsed"] | Stage
    route: str
    subject: str
    matter: str
    clause: str
    referred_by: list[str]
    within: dict[str, str]
    last_days: dict[str, date]
    body: str
    meanwhile: str
    effect: str
    appeal: str
    final: str
    arose_at: datetime
    lapsed_at: datetime | None
    because: str | None
    referred_role: str | None
    referred_at: datetime | None
    grounds: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any], last_days: Mapping[str, date]) -> "ReferralRight":
        """The right of a row of the read model, with the last day of each role that has a term."""
        state = row["stage"] or ("lapsed" if row["lapsed_at"] else "open")
        return cls.model_validate({**row, "state": state, "last_days": last_days})
