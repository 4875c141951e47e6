"""A year is made of copies that name nothing of their story, in every phase; nothing is started here."""

import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from tests.benchmarks import year
from tests.benchmarks.year_of_engagements import Copy, Numbers, Renaming, StoredEvent, Story, plan

from notification.aggregates import ENGAGEMENT

FIRST, SECOND = "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "3f2504e0-4f89-41d3-9a0c-0305e82c3302"
HASH = "a" * 64
NOW = datetime(2027, 6, 1, 9, tzinfo=UTC)


def story() -> Story:
    def on(day: int) -> datetime:
        return datetime(2027, 1, day, tzinfo=UTC)

    began = {
        id: StoredEvent(ENGAGEMENT, id, "engagement-notified", "{}", "{}", on(day))
        for id, day in ((FIRST, 4), (SECOND, 14))
    }
    cuts = (tuple(map(on, range(5, 12))), tuple(map(on, range(15, 22))))
    return Story("SUPP-1A2B", (FIRST, SECOND), {"notification": tuple(began.values())}, {}, cuts)


def renaming(number: int, weeks: int) -> Renaming:
    last = Counter({"TCC-2027": 4})
    return Renaming(Copy(story(), number, NOW, timedelta(weeks=weeks)), Numbers(last), frozenset({HASH}))


def test_a_copy_has_ids_days_numbers_and_a_party_of_its_own_wherever_they_stand() -> None:
    renamed = renaming(7, -3)
    assert renamed(f"review-{FIRST}").removeprefix("review-") == renamed(f"{FIRST}:12").removesuffix(":12") != FIRST
    assert renamed('{"party": "SUPP-1A2B", "due": "2027-03-01"}') == '{"party": "SUPP-1A2B-7", "due": "2027-02-08"}'
    assert renamed("5.6.1.4/2027-W03 at 2027-03-01T10:00:00Z") == "5.6.1.4/2026-W53 at 2027-02-08T10:00:00Z"
    assert renamed("Wed 17 Feb 2027, Mon 1 March 2027") == "Wed 27 Jan 2027, Mon 8 February 2027"
    assert [renamed("TCC-2027-0001-ABCD") for _ in range(2)] == ["TCC-2027-0005-ABCD"] * 2
    assert renamed(HASH) not in (HASH, renaming(8, -3)(HASH))
    assert renamed("b" * 64) == "b" * 64


def test_a_year_has_every_engagement_that_was_asked_for_and_every_way_of_being_under_way() -> None:
    copies = plan([story(), story()], 200, NOW)
    assert sum(copy.engagements for copy in copies) == 200
    assert {copy.until for copy in copies} == {cut for cuts in story().cuts for cut in cuts}
    ended = [copy for copy in copies if copy.until in (story().cuts[0][-1], story().cuts[1][-1])]
    assert 0.5 < len(ended) / len(copies) < 0.7
    ages = [NOW - (copy.until + copy.shift) for copy in copies]
    assert timedelta() <= min(ages)
    assert max(ages) < timedelta(weeks=53)
    assert all(NOW - (copy.until + copy.shift) < timedelta(weeks=1) for copy in copies if copy not in ended)


def test_no_engagements_are_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["year", "--engagements", "0"])
    with pytest.raises(SystemExit):
        year.main()
    assert "Name at least one engagement" in capsys.readouterr().err
