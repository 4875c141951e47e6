"""Certificates that follow from a determination: what happens where they can't be made out at once."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from certification import read_models, requesting
from chassis.eventstore.store import Conflict


class Ended(Exception):
    """The test has seen enough."""


async def test_a_request_that_lost_a_race_is_made_again_and_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    engagement, asked = uuid4(), list[str]()

    async def owed(_: Any) -> list[UUID]:
        return [engagement]

    async def lost_at_first(_: Any, engagement: str) -> None:
        asked.append(engagement)
        if len(asked) == 1:
            raise Conflict("somebody else wrote to the engagement, again and again")

    async def woken(_: float) -> None:
        if len(asked) == 2:
            raise Ended

    monkeypatch.setattr(read_models, "owed", owed)
    monkeypatch.setattr(requesting, "request", lost_at_first)
    runtime: Any = SimpleNamespace(pool=None, woken=woken)
    with pytest.raises(Ended):
        await requesting.request_what_was_determined(runtime)
    assert asked == [str(engagement)] * 2
