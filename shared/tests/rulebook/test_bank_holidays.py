import json
from datetime import date, timedelta
from pathlib import Path

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulebook.engine.dating.working_days import HOLIDAYS_FILE, Division, bank_holidays, calendar
from rulebook.engine.files import read_json

SUBDIVISIONS = {
    Division.ENGLAND_AND_WALES: "ENG",
    Division.SCOTLAND: "SCT",
    Division.NORTHERN_IRELAND: "NIR",
}

FIRST, LAST = date(2012, 1, 1), date(2028, 12, 31)
GOV_UK = json.loads((Path(__file__).parent / "gov-uk-bank-holidays.json").read_text(encoding="utf-8"))
PROCLAIMED_SINCE = {Division.SCOTLAND: {date(2026, 6, 15)}}
"""What was proclaimed after gov.uk's list was kept."""


PROJECTED = "projected)"
"""How the name of a bank holiday ends that follows from the rules of today, and was not published yet."""


def published_until(division: Division) -> date:
    """The end of the last year whose bank holidays were published; those of later years follow from the rules."""
    published = [day for day, name in bank_holidays(division).items() if not name.endswith(PROJECTED)]
    return date(max(published).year, 12, 31)


def gov_uk(division: Division) -> set[date]:
    return {date.fromisoformat(day) for day in GOV_UK[division]}


def other_working_days(division: Division) -> list[date]:
    """Working Days as another library tells them from gov.uk's list of the days off."""
    other = holidays.HolidayBase()
    other.update(dict.fromkeys(gov_uk(division) | PROCLAIMED_SINCE.get(division, set()), "Bank holiday"))
    days = (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1))
    return [day for day in days if other.is_working_day(day)]


OTHER = {division: other_working_days(division) for division in Division}


@pytest.mark.parametrize("division", Division)
def test_the_bundled_bank_holidays_are_those_that_gov_uk_published(division: Division) -> None:
    published = gov_uk(division)
    assert (min(published).year, max(published).year) == (2012, 2028)
    until = published_until(division)
    bundled = {day for day in bank_holidays(division) if day <= until}
    assert until.year == 2028
    assert bundled == published | PROCLAIMED_SINCE.get(division, set())


@pytest.mark.parametrize("division", Division)
def test_every_working_day_of_seventeen_years_is_that_of_another_library(division: Division) -> None:
    assert list(calendar(division).days(FIRST, LAST)) == OTHER[division]


@given(st.sampled_from(Division), st.integers(0, 4000), st.integers(0, 200))
def test_counting_agrees_with_another_library(division: Division, first: int, count: int) -> None:
    days = OTHER[division]
    assert calendar(division).add(days[first], count) == days[first + count]
    assert calendar(division).subtract(days[first + count], count) == days[first]


@pytest.mark.parametrize("division", Division)
def test_the_bundled_bank_holidays_are_those_of_an_outside_source(division: Division) -> None:
    days = calendar(division)
    years = range(days.first.year, days.last.year + 1)
    outside = holidays.country_holidays("GB", subdiv=SUBDIVISIONS[division], years=years)
    assert set(bank_holidays(division)) == {day for day in outside if day.weekday() < 5}


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2012, 6, 5), "Diamond Jubilee of Elizabeth II"),
        (date(2020, 5, 8), "May Day"),
        (date(2022, 9, 19), "State Funeral of Queen Elizabeth II"),
        (date(2023, 5, 8), "Coronation of Charles III"),
        (date(2027, 12, 28), "Boxing Day (substitute day)"),
    ],
)
def test_days_that_only_a_proclamation_gave_are_there(day: date, name: str) -> None:
    assert bank_holidays(Division.ENGLAND_AND_WALES)[day] == name


def test_the_file_has_the_shape_of_the_government_s_own() -> None:
    data = read_json(HOLIDAYS_FILE)
    assert set(data) == set(Division)
    assert all(
        set(event) == {"title", "date", "notes", "bunting"} for part in data.values() for event in part["events"]
    )


def test_the_data_reach_far_enough_ahead() -> None:
    left = min(published_until(division) for division in Division) - date.today()  # noqa: DTZ011
    assert left.days >= 400, (
        f"The published bank holidays in rulebook/{HOLIDAYS_FILE} end in {left.days} days, and an engagement is "
        "planned up to a year ahead. Replace projected years by the published ones, from https://www.gov.uk/"
        "bank-holidays.json (same shape, one list for each division, sorted by date, weekdays only), and run the "
        "tests of the rulebook."
    )
