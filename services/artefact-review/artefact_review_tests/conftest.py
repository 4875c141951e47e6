"""The running service: real HTTP, PostgreSQL and Kafka."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from artefact_review.wiring import build
from testing.probe import Kafka, Postgres, Probe, running

from .scenario import NOTICE, NOW


@pytest.fixture(scope="module")
async def service(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Probe]:
    async with running(build, postgres, kafka) as it:
        it.move_to(NOW)
        yield it


@pytest.fixture
async def engagement(service: Probe) -> str:
    id = str(uuid4())
    await service.deliver(NOTICE, id)
    return id
