"""The dates of one step: how each timing rule counts, and the reason it gives."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby
from typing import assert_never

from rulebook.engine.dating.explanation import Explanation
from rulebook.engine.dating.facts import Deadline, Facts, Review
from rulebook.engine.dating.timing import FREE
from rulebook.engine.dating.working_days import ONE_DAY, Calendar
from rulebook.engine.procedures import Step


def dated(step: Step, facts: Facts, calendar: Calendar) -> Iterator[Deadline]:
    """A step with its dates: once, or once for each week or day of its period."""
    match step.timing.rule:
        case "before":
            yield before(step, step.ref, facts.notified_on, facts, calendar)
        case "after":
            yield _after(step, facts, calendar)
        case "within":
            yield _within(step, facts, calendar)
        case "on":
            yield _on(step, facts, calendar)
        case "each-week":
            yield from _weeks(step, facts, calendar)
        case "daily":
            yield from _days(step, facts, calendar)
        case _:
            assert_never(step.timing.rule)


def in_round(step: Step, number: int, review: Review, facts: Facts, calendar: Calendar) -> Deadline:
    """A step that a returned review opens. A date that had already passed by then is none: DCC reschedules (5.5.2)."""
    key = f"{step.ref}#{number}"
    deadline = before(step, key, review.on, facts, calendar)
    if deadline.due is None or deadline.due >= review.on:
        return replace(deadline, conditional=False)
    why = Explanation(
        f"DCC returned the artefacts on {say(review.on)}, after {say(deadline.due)}, which is what "
        f"{step.timing.working_days} Working Days before the start would give",
        notes=("DCC gives a revised start date and reschedules what follows (CTSD 5.5.2)",),
        step=step,
    )
    return replace(_deadline(step, key, review.on, None, why), conditional=False)


def again(step: Step, number: int, facts: Facts, calendar: Calendar) -> Deadline:
    """A step of a further execution. A day that people choose they choose anew with DCC, so it has none (5.19.2)."""
    key, opened = f"{step.ref}#{number}", facts.rounds[number - 1].opened_on
    if opened is not None and step.timing.anchors() & FREE:
        why = Explanation(
            f"No date by the Test Schedule: DCC asked for further testing on {say(opened)}",
            notes=("The participant reschedules testing with DCC (CTSD 5.19.2)",),
            step=step,
        )
        return _deadline(step, key, opened, None, why)
    [deadline] = dated(step, facts.in_round(number), calendar)
    return replace(deadline, key=key)


def before(step: Step, key: str, opens: date, facts: Facts, calendar: Calendar) -> Deadline:
    """So many Working Days before the anchor, which is day zero."""
    anchor = facts.of(step.timing.anchor)
    if anchor is None:
        return _waiting(step, key)
    due = calendar.subtract(anchor, step.timing.working_days)
    why = Explanation(
        f"{_days_said(step)} before {step.timing.called()}, {say(anchor)}, counted back from it as day zero",
        inputs={step.timing.anchor: anchor},
        skipped=calendar.skipped(due, anchor - ONE_DAY),
        step=step,
    )
    return _deadline(step, key, opens if opens <= due else None, due, why)


def _after(step: Step, facts: Facts, calendar: Calendar) -> Deadline:
    anchor = facts.of(step.timing.anchor)
    if anchor is None:
        return _waiting(step, step.ref)
    due = calendar.add(anchor, step.timing.working_days)
    why = Explanation(
        f"{_days_said(step)} after {step.timing.called()}, {say(anchor)}{_moved(anchor, calendar)} (day zero)",
        inputs={step.timing.anchor: anchor},
        skipped=calendar.skipped(anchor, due),
        step=step,
    )
    return _deadline(step, step.ref, due, due, why)


def _within(step: Step, facts: Facts, calendar: Calendar) -> Deadline:
    anchor = facts.of(step.timing.anchor)
    if anchor is None:
        return _waiting(step, step.ref)
    due = calendar.add(anchor, step.timing.working_days)
    why = Explanation(
        f"Within {_days_said(step)} of {step.timing.called()}, {say(anchor)}{_moved(anchor, calendar)} (day zero)",
        inputs={step.timing.anchor: anchor},
        skipped=calendar.skipped(anchor, due),
        notes=_planned_meeting(step, facts),
        step=step,
    )
    return replace(_deadline(step, step.ref, anchor, due, why), conditional=False)


def _on(step: Step, facts: Facts, calendar: Calendar) -> Deadline:
    anchor = facts.of(step.timing.anchor)
    opens = facts.of(step.timing.opens) if step.timing.opens else anchor
    if anchor is None:
        return _waiting(step, step.ref, opens)
    due = _on_working_day(step, anchor, calendar)
    moved = f", no Working Day: on the {step.timing.day_off} one, {say(due)}" if due != anchor else ""
    first, last = sorted((anchor, due))
    why = Explanation(
        f"On {step.timing.called()}, {say(anchor)}{moved}",
        inputs={step.timing.anchor: anchor},
        skipped=calendar.skipped(first, last) if moved else (),
        step=step,
    )
    return _deadline(step, step.ref, opens, due, why)


def _on_working_day(step: Step, day: date, calendar: Calendar) -> date:
    match step.timing.day_off:
        case "stay":
            return day
        case "next":
            return calendar.received(day)
        case "previous":
            return calendar.subtract(day, 0)
        case _:
            assert_never(step.timing.day_off)


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
            f"The last Working Day of week {week}{before_end}; reports are weekly from {_days_said(step)} before "
            f"{step.timing.called()}, {say(end)}, that is from {say(first)}",
            inputs={step.timing.anchor: end},
            skipped=tuple(each for each in calendar.skipped(opens, min(sunday, end - ONE_DAY)) if not each.weekend),
            step=step,
        )
        yield _deadline(step, f"{step.ref}/{week}", opens, due, why)


def _days(step: Step, facts: Facts, calendar: Calendar) -> Iterator[Deadline]:
    first, until = facts.of(step.timing.anchor), facts.of(str(step.timing.until))
    last = facts.execution_completed_on or until
    if first is None or last is None:
        yield _waiting(step, step.ref, first)
        return
    ends = step.timing.called(step.timing.until) if last == until else "execution completed"
    agreed = facts.agreed_dashboard_days if step.timing.or_agreed else None
    days = calendar.days(first, last) if agreed is None else [day for day in agreed if first <= day <= last]
    rule = "Each Working Day" if agreed is None else "Each day of the schedule agreed with DCC"
    for day in days:
        why = Explanation(
            f"{rule} of execution, from {step.timing.called()}, {say(first)}, to {ends}, {say(last)}",
            inputs={step.timing.anchor: first, "last day": last},
            step=step,
        )
        yield _deadline(step, f"{step.ref}/{day.isoformat()}", day, day, why)


def _waiting(step: Step, key: str, opens: date | None = None) -> Deadline:
    waits = step.timing.until or step.timing.anchor
    count = f"{_days_said(step)} " if step.timing.working_days else ""
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
    )


def _moved(anchor: date, calendar: Calendar) -> str:
    zero = calendar.received(anchor)
    return f", which counts as received on {say(zero)}" if zero != anchor else ""


def _days_said(step: Step) -> str:
    return f"{step.timing.working_days} Working Days"


def _planned_meeting(step: Step, facts: Facts) -> tuple[str, ...]:
    if step.timing.anchor != "acknowledged" or facts.initiation_meeting_on is None:
        return ()
    return (f"The meeting is planned for {say(facts.initiation_meeting_on)}",)


def week_of(day: date) -> str:
    """The ISO week of a day as it stands in keys, for example `2027-W05`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def say(day: date) -> str:
    """A day as people read it, for example `Mon 1 March 2027`."""
    return f"{day:%a} {day.day} {day:%B %Y}"
