"""What requests carry, and what queries answer."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel

from chassis.web.fields import Line, Note
from chassis.web.http import Body


class Referral(Body):
    """Which matter is referred, by the id of the right, and why."""

    right: Line
    grounds: Note = ""


class ReferralRight(BaseModel):
    """A right to refer a matter: by whom, within what term and until which day, to whom, what waits meanwhile, what the
    determination does, to whom it may be appealed and whose is final, whether it was used, and whether it still can be.
    """

    id: str
    state: Literal["open", "referred", "lapsed"]
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
        state = "lapsed" if row["lapsed_at"] else "referred" if row["referred_at"] else "open"
        return cls.model_validate({**row, "state": state, "last_days": last_days})
