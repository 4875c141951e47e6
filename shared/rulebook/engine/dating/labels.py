"""What the stored dates of a step say in one line: what is to be done, whose turn it is, and by when. Pure.

    3 deficiencies open, with you, due Tue 3 August 2027, end of day

It is the one place that says so: API, e-mail, calendar feed and webhook show a stored deadline with this line.
"""

from datetime import date, time

from kernel.days import in_words
from rulebook.engine.dating.states import StepState


def label(
    action: str,
    turn: str,
    state: StepState,
    *,
    due: date | None,
    at: time | None = None,
    about: str = "",
    done_on: date | None = None,
) -> str:
    """A step in a line. `turn` is who owes it as the reader calls it, see `whose_turn`; `about` what is to be dealt
    with in it, where that is known, and `at` the hour of its last day, in Europe/London.
    """
    if done_on is not None:
        return f"{action}, done {'late ' if state == 'late' else ''}on {in_words(done_on)}"
    if state == "withdrawn":
        return f"{action}, not owed any more"
    if state == "not-applicable":
        return f"{action}, not called for"
    owed = f"{about or action}, with {turn}"
    if due is None:
        return f"{owed}, no date yet"
    by = f"{in_words(due)}, {f'by {at:%H:%M}' if at else 'end of day'}"
    return f"{owed}, missed: it was due {by}" if state == "missed" else f"{owed}, due {by}"


def whose_turn(sender: str, reader: str | None, called: str) -> str:
    """Who owes a step, as somebody reads it who holds a role: `you`, or what the sender is called."""
    return "you" if sender == reader else called
