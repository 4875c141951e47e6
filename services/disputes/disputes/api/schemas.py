"""What queries answer."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel


class ReferralRight(BaseModel):
    """A right to refer a matter: to whom, what waits meanwhile, what the determination does, to whom it may be
    appealed and whose is final, and whether the right can still be used."""

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
    final: str
    arose_at: datetime
    lapsed_at: datetime | None
    because: str | None
