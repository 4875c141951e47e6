"""What an e-mail calls the engagement, its roles and its dates, and where it reaches a role."""

from collections.abc import Iterable
from datetime import date

from kernel.days import in_words
from notification.domain.engagement import Engagement
from notification.domain.events import Contact, Row
from rulebook.engine.dating.labels import label
from rulebook.engine.profile import PARTY


def engagement_named(state: Engagement) -> str:
    """Who tests what, for example `Supplier plc (SUPP), ES Export Supplier`."""
    form, fields = state.profile.subject, state.notice.subject.fields
    words = form.words(fields)
    tested = (
        value if words[name] == value else f"{value} {words[name]}" for name, value in fields.items() if name != PARTY
    )
    starters = (
        each.name if each.name == each.organisation else f"{each.name} ({each.organisation})"
        for each in state.notice.participants
        if each.role == state.profile.starter().id
    )
    return ", ".join((*starters, *tested)) or state.notice.subject.name


def role_named(role: str, state: Engagement) -> str:
    """What a role is called: the organisation that holds it, or the body that it is in every engagement."""
    holder = next((each.name for each in state.notice.participants if each.role == role), None)
    roles = state.profile.roles
    return holder or (roles[role].title if role in roles else role)


def decider_named(state: Engagement) -> str:
    """Who may move the start."""
    deciders = (role.id for role in state.profile.roles.values() if "decide" in role.may)
    return role_named(next(deciders, state.profile.starter().id), state)


def address_of(role: str, state: Engagement) -> str | None:
    """Where the person is reached whom a role has named; None where it is told at its mailbox."""
    contact = state.contact_of(role)
    return contact.email if contact else None


def contact_named(contact: Contact) -> str:
    """A person, and how to reach them."""
    return ", ".join(filter(None, (contact.name, contact.email, contact.telephone)))


def day_in_words(day: date | None) -> str:
    """A day in words, where there is one."""
    return in_words(day) if day else "no date yet"


def owed(row: Row, due: date | None, state: Engagement) -> Iterable[str]:
    """A step of the timetable: what, by whom, by when, and why."""
    by, to = role_named(row.sender, state), role_named(row.recipient, state)
    lapsed = (row.key, due) in state.missed
    yield f"{label(row.action, by, 'missed' if lapsed else 'open', due=due, at=row.at, about=row.about)}."
    yield f"Step:   {row.key} {row.action}"
    yield f"By:     {by}, to {to}, {row.method.replace('-', ' ')}"
    yield f"Due:    {day_in_words(due)}, to {f'{row.at:%H:%M}' if row.at else 'the end of the day'} in Europe/London"
    yield f"Clause: {row.clause}"
    yield f"Why:    {row.why}"
