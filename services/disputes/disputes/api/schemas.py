"""What queries answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel


class ReferralRight(BaseModel):
    """A right to refer a matter: by whom and within what term, to whom, what waits meanwhile, what the determination
    does, to whom it may be appealed and whose is final, and whether the right can still be used."""

    id: str
    state: Literal["open", "lapsed"]
    route: str
    subject: str
    matter: str
    clause: str
    referred_by: list[str]
    within: dict[str, str]
    body: str
    meanwhile: str
    effect: str
    appeal: str
    final: str
    arose_at: datetime
    lapsed_at: datetime | None
    because: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "ReferralRight":
        """The right of a row of the read model."""
        return cls.model_validate({**row, "state": "lapsed" if row["lapsed_at"] else "open"})
