"""The dates of one step: how each timing rule counts, and the reason it gives."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby
from typing import assert_never

from kernel.days import in_words
from rulebook.engine.dating.counting import Due, counted_on, day_of_month, due_before, in_order, moved
from rulebook.engine.dating.explanation import Explanation
from rulebook.engine.dating.facts import Deadline, Facts, Review
from rulebook.engine.dating.working_days import ONE_DAY, Calendar
from rulebook.engine.procedures import Procedure, Step

__all__ = ["again", "before", "dated", "in_round", "undated", "week_of"]


def dated(step: Step, facts: Facts, calendar: Calendar) -> Iterator[Deadline]:
    """A step with its dates: once, or once for each week or day of its period."""
    match step.timing.rule:
        case "before":
            yield before(step, step.ref, facts.notified, facts, calendar)
        case "after":
            yield _after(step, facts, calendar)
        case "within":
            yield _within(step, facts, calendar)
        case "on":
            yield _on(step, facts, calendar)
        case "day-of-month":
            yield _on_day_of_month(step, facts, calendar)
        case "each-week":
            yield from _weeks(step, facts, calendar)
        case "daily":
            yield from _days(step, facts, calendar)
        case _:
            assert_never(step.timing.rule)


def in_round(
    procedure: Procedure, step: Step, number: int, review: Review, facts: Facts, calendar: Calendar
) -> Deadline:
    """A step that a returned review opens. One whose date had passed by then has none: the start is revised (5.5.2)."""
    key = f"{step.ref}#{number}"
    deadline = before(step, key, review.on, facts, calendar)
    if deadline.due is None or deadline.due >= review.on:
        return replace(deadline, conditional=False)
    why = Explanation(
        f"{procedure.words['returned']} on {in_words(review.on)}, after {in_words(deadline.due)}, which is what "
        f"{step.timing.term} before the start would give",
        notes=(procedure.words["revised"],),
        step=step,
    )
    return replace(_deadline(step, key, review.on, None, why), conditional=False)


def again(procedure: Procedure, step: Step, number: int, facts: Facts, calendar: Calendar) -> Deadline:
    """A step of a further execution. A day that people choose they choose anew with DCC, so it has none (5.19.2)."""
    own, key = facts.rounds[number - 1], f"{step.ref}#{number}"
    if own.opened_on is not None and step.timing.anchors() & procedure.chosen:
        begins = own.scheduled and f"It is rescheduled to begin on {in_words(own.scheduled)}"
        why = Explanation(
            f"No date by the Test Schedule: {procedure.words['reopened']} on {in_words(own.opened_on)}",
            notes=(begins or procedure.words["rescheduled"],),
            step=step,
        )
        return _deadline(step, key, own.scheduled or own.opened_on, None, why)
    [deadline] = dated(step, facts.in_round(number, procedure.renewed), calendar)
    return replace(deadline, key=key)


def before(step: Step, key: str, opens: date, facts: Facts, calendar: Calendar) -> Deadline:
    """So many Working Days, days or months before the anchor, which is day zero."""
    anchor = facts.of(step.timing.anchor)
    if anchor is None:
        return _waiting(step, key)
    due = due_before(anchor, step.timing, calendar)
    why = Explanation(
        f"{step.timing.term} before {step.timing.called()}, {in_words(anchor)}, counted back from it as day zero"
        f"{_move_in_words(step, due)}",
        inputs={step.timing.anchor: anchor},
        skipped=calendar.skipped(due.day, anchor - ONE_DAY) if step.timing.term.unit == "working_days" else (),
        step=step,
    )
    return _limited(_deadline(step, key, opens if opens <= due.day else None, due.day, why), facts)


def _after(step: Step, facts: Facts, calendar: Calendar) -> Deadline:
    anchor = facts.of(step.timing.anchor)
    if anchor is None:
        return _waiting(step, step.ref)
    due, why = _counted_on(step, "", "after", anchor, (), calendar)
    return _limited(_deadline(step, step.ref, due, due, why), facts)


def _within(step: Step, facts: Facts, calendar: Calendar) -> Deadline:
    anchor = facts.of(step.timing.anchor)
    if anchor is None:
        return _waiting(step, step.ref)
    due, why = _counted_on(step, "Within ", "of", anchor, _planned_meeting(step, facts), calendar)
    return _limited(replace(_deadline(step, step.ref, anchor, due, why), conditional=False), facts)


def _counted_on(
    step: Step, begins: str, preposition: str, anchor: date, notes: tuple[str, ...], calendar: Calendar
) -> tuple[date, Explanation]:
    """The day that lies so many Working Days, days or months on, and why."""
    term = step.timing.term
    due = moved(counted_on(anchor, term, calendar), step.timing.day_off, calendar)
    received = _received(anchor, calendar) if term.unit == "working_days" else ""
    why = Explanation(
        f"{begins}{term} {preposition} {step.timing.called()}, {in_words(anchor)}{received} (day zero)"
        f"{_move_in_words(step, due)}",
        inputs={step.timing.anchor: anchor},
        skipped=calendar.skipped(anchor, due.day) if term.unit == "working_days" else due.skipped,
        notes=notes,
        step=step,
    )
    return due.day, why


def _on(step: Step, facts: Facts, calendar: Calendar) -> Deadline:
    """On a day. Once that is known the step is owed; whoever is in a case in which it is not must in_words so."""
    anchor = facts.of(step.timing.anchor)
    if anchor is None:
        return _waiting(step, step.ref, _opens(step, facts))
    due = moved(anchor, step.timing.day_off, calendar)
    why = Explanation(
        f"On {step.timing.called()}, {in_words(anchor)}{_move_in_words(step, due)}",
        inputs={step.timing.anchor: anchor},
        skipped=due.skipped,
        step=step,
    )
    dated = _deadline(step, step.ref, _opens(step, facts) or anchor, due.day, why)
    return _limited(replace(dated, conditional=False), facts)


def _on_day_of_month(step: Step, facts: Facts, calendar: Calendar) -> Deadline:
    """The first such day of a month that does not lie before the anchor, moved where it is no Working Day."""
    anchor = facts.of(step.timing.anchor)
    if anchor is None:
        return _waiting(step, step.ref, _opens(step, facts))
    named = day_of_month(anchor, step.timing.day)
    due = moved(named, step.timing.day_off, calendar)
    why = Explanation(
        f"Day {step.timing.day} of a month, the first from {step.timing.called()}, {in_words(anchor)}: "
        f"{in_words(named)}{_move_in_words(step, due)}",
        inputs={step.timing.anchor: anchor},
        skipped=due.skipped,
        step=step,
    )
    return _limited(_deadline(step, step.ref, _opens(step, facts) or anchor, due.day, why), facts)


def _opens(step: Step, facts: Facts) -> date | None:
    return facts.of(step.timing.opens or step.timing.anchor)


def _limited(deadline: Deadline, facts: Facts) -> Deadline:
    """A deadline that is not before the anchor that its step names, and says so."""
    why = deadline.because
    earliest = why and why.step.timing.not_before
    if not why or not earliest:
        return deadline
    first = facts.of(earliest)
    if first is None:
        return _waiting(why.step, deadline.key, waits_for=earliest)
    opens, due = in_order(deadline.opens, deadline.due, first)
    words = f"Not before {why.step.timing.called(earliest)}, {in_words(first)}"
    told = replace(why, notes=(*why.notes, words), inputs={**why.inputs, earliest: first})
    return replace(deadline, opens=opens, due=due, why=str(told), because=told)


def _weeks(step: Step, facts: Facts, calendar: Calendar) -> Iterator[Deadline]:
    """One for each calendar week with a Working Day in the period; due on the last of them, before the anchor."""
    end = facts.of(step.timing.anchor)
    if end is None:
        yield _waiting(step, step.ref)
        return
    first = calendar.subtract(end, step.timing.working_days)
    for week, days in groupby(calendar.days(first, end - ONE_DAY), key=week_of):
        opens, *others = days
        due = others[-1] if others else opens
        sunday = opens + timedelta(days=6 - opens.weekday())
        before_end = "" if sunday < end else f" before {step.timing.called()}"
        why = Explanation(
            f"The last Working Day of week {week}{before_end}; reports are weekly from {step.timing.term} before "
            f"{step.timing.called()}, {in_words(end)}, that is from {in_words(first)}",
            inputs={step.timing.anchor: end},
            skipped=tuple(each for each in calendar.skipped(opens, min(sunday, end - ONE_DAY)) if not each.weekend),
            step=step,
        )
        yield _deadline(step, f"{step.ref}/{week}", opens, due, why)


def _days(step: Step, facts: Facts, calendar: Calendar) -> Iterator[Deadline]:
    first, until = facts.of(step.timing.anchor), facts.of(str(step.timing.until))
    ended = facts.of(step.timing.ended_by) if step.timing.ended_by else None
    last = ended or max(filter(None, (until, facts.running_on)), default=None)
    if first is None or last is None:
        yield _waiting(step, step.ref, first)
        return
    ends = _ends(step, last, until, ended)
    agreed = facts.agreed_days if step.timing.or_agreed else None
    days = calendar.days(first, last) if agreed is None else [day for day in agreed if first <= day <= last]
    rule = "Each Working Day" if agreed is None else "Each day of the schedule agreed with DCC"
    for day in days:
        why = Explanation(
            f"{rule} of execution, from {step.timing.called()}, {in_words(first)}, to {ends}, {in_words(last)}",
            inputs={step.timing.anchor: first, "last day": last},
            step=step,
        )
        yield _deadline(step, f"{step.ref}/{day.isoformat()}", day, day, why)


def _ends(step: Step, last: date, until: date | None, ended: date | None) -> str:
    """What ends the days of a daily step."""
    if last == until:
        return step.timing.called(step.timing.until)
    return "execution completed" if ended else "the day up to which testing is known to go on"


def undated(step: Step, key: str, rule: str) -> Deadline:
    """A step without dates, and why it has none."""
    return _deadline(step, key, None, None, Explanation(rule, step=step))


def _waiting(step: Step, key: str, opens: date | None = None, waits_for: str | None = None) -> Deadline:
    waits = waits_for or step.timing.until or step.timing.anchor
    count = f"{step.timing.term} " if step.timing.term.count else ""
    rule = f"No date yet: {count}counted from {step.timing.called(waits)}, not known yet"
    return _deadline(step, key, opens, None, Explanation(rule, step=step))


def _deadline(step: Step, key: str, opens: date | None, due: date | None, why: Explanation) -> Deadline:
    return Deadline(
        key=key,
        ref=step.ref,
        action=step.action,
        sender=step.sender,
        recipient=step.recipient,
        method=step.method,
        clause=step.clause,
        opens=opens,
        due=due,
        conditional=step.conditional,
        why=str(why),
        completed_by=step.completed_by,
        because=why,
        at=step.timing.at,
    )


def _received(anchor: date, calendar: Calendar) -> str:
    zero = calendar.received(anchor)
    return f", which counts as received on {in_words(zero)}" if zero != anchor else ""


def _move_in_words(step: Step, due: Due) -> str:
    return f", no Working Day: on the {step.timing.day_off} one, {in_words(due.day)}" if due.moved else ""


def _planned_meeting(step: Step, facts: Facts) -> tuple[str, ...]:
    day = facts.planned.get(step.timing.anchor) if step.method == "meeting" else None
    return (f"The meeting is planned for {in_words(day)}",) if day else ()


def week_of(day: date) -> str:
    """The ISO week of a day as it stands in keys, for example `2027-W05`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"
