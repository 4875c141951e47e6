"""When the calendar is another one, every open date is given anew."""

from datetime import date

import pytest

from chassis.eventstore.cause import SYSTEM
from contracts.code_administrator import PartyAcceded
from contracts.notification import TimetableChanged
from notification.domain.events import TimetableChanged as Redated
from notification.domain.timekeeping import FollowCalendar
from notification.read_models import under_way
from notification.settings import Settings
from notification.tasks.calendar_change import redate
from notification.wiring import build
from rulebook.engine.dating import working_days
from rulebook.engine.dating.working_days import Calendar, Override
from testing.probe import Kafka, Postgres, running

from .given import ID, NOTICE, acknowledged, due, engagement, hearing

PROCLAIMED = Calendar(overrides={date(2027, 2, 17): Override(working=False, why="A proclaimed holiday")})
BODY = {
    "procedure": "uept",
    "subject": {"role": "ES"},
    "start_date": "2027-03-01",
    "test_manager": {"name": "Mo Manager", "email": "mo@supplier.invalid"},
    "confirmations": ["code-administrator-notified"],
}


@pytest.fixture
def proclaimed(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on the calendar has one holiday more."""
    monkeypatch.setattr(working_days, "calendar", lambda: PROCLAIMED)
    monkeypatch.setattr("notification.tasks.calendar_change.calendar", lambda: PROCLAIMED)


def test_the_same_calendar_moves_nothing() -> None:
    acknowledged().when(FollowCalendar(ID)).then_nothing()


def test_a_proclaimed_holiday_moves_open_dates_with_its_reason_and_leaves_what_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = acknowledged()
    monkeypatch.setattr(working_days, "calendar", lambda: PROCLAIMED)
    [changed] = story.when(FollowCalendar(ID)).events
    assert isinstance(changed, Redated)
    rows = {row.key: row for row in changed.deadlines}
    assert (due(story, "5.6.1.5"), rows["5.6.1.5"].due) == (date(2027, 1, 25), date(2027, 1, 22))
    assert "A proclaimed holiday on Wed 17 Feb 2027" in rows["5.6.1.5"].why
    assert changed.reason == "the calendar changed"
    assert not {"5.6.1.1", "5.6.1.2", "5.6.1.3"} & set(rows)


def test_a_report_of_a_week_that_the_calendar_adds_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    week = {"identity": "2026-W53", "period": "2026-W53"}
    story = hearing(acknowledged(), "artefact-review.readiness-reported", "2026-12-31", **week).accepted()
    assert "5.6.1.4/2026-W53" not in engagement(story).rows
    monkeypatch.setattr(working_days, "calendar", lambda: PROCLAIMED)
    followed = story.when(FollowCalendar(ID)).accepted()
    assert engagement(followed).done["5.6.1.4/2026-W53"].in_time


async def test_a_service_that_starts_with_another_calendar_gives_every_open_date_anew_once(
    postgres: Postgres, kafka: Kafka, request: pytest.FixtureRequest
) -> None:
    async with running(build, postgres, kafka, Settings) as it:
        it.move_to(NOTICE)
        accession = PartyAcceded(signifier="SUPP", name="Supplier plc", acceded_on=date(2026, 11, 2), reference="CA-1")
        await it.deliver(accession, "SUPP")
        async with it.client("participant", "SUPP") as client:
            id = (await client.post("/engagements", json=BODY)).raise_for_status().json()["id"]
            request.getfixturevalue("proclaimed")
            await redate(it.runtime)
            assert await under_way(it.runtime.pool, SYSTEM.identity, f"calendar:{PROCLAIMED.fingerprint}:") == []
            await redate(it.runtime)
            changes = await it.all_published(TimetableChanged, id, 2)
            assert [change.reason for change in changes] == ["notified on Tue 1 December 2026", "the calendar changed"]
            steps = (await client.get(f"/engagements/{id}/timetable")).json()["steps"]
            moved = next(step for step in steps if step["key"] == "5.6.1.5")
            assert moved["due"] == "2027-01-22"
            assert [dating["due"] for dating in moved["history"]] == ["2027-01-25"]
