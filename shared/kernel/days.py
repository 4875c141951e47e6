"""Days as people read them."""

from datetime import date


def in_words(day: date) -> str:
    """A day with its weekday, for example `Mon 1 March 2027`."""
    return f"{day:%a} {day.day} {day:%B %Y}"
