"""What queries answer."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel


class ReferralRight(BaseModel):
    """A right to refer a matter: to whom, what waits meanwhile, and whether it can still be used."""

    id: str
    state: Literal["open", "lapsed"]
    route: str
    subject: str
    matter: str
    clause: str
    referred_by: str
    body: str
    meanwhile: str
    effect: str
    appeal: str
    arose_at: datetime
    lapsed_at: datetime | None
    because: str | None
