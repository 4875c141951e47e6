"""Who a side is reached through: named with the notice or its acknowledgement (CTSD 5.6.1.1, 5.6.1.2), and changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.audience import require_role
from kernel.refusal import citing
from notification.domain.engagement import Engagement
from notification.domain.events import Contact, ContactChanged, Event
from notification.domain.occurrence import ACKNOWLEDGED
from notification.domain.refusals import ContactUnchanged, NoContactYet
from notification.domain.steps import own_step


@dataclass(frozen=True)
class ChangeContact:
    """A side names another person: its test manager, or its contact."""

    engagement: str
    contact: Contact
    role: str
    by: str
    now: datetime


def change_contact(command: ChangeContact, state: Engagement) -> Sequence[Event]:
    """Each side changes its own: who gave the notice its test manager, who acknowledged it its contact."""
    was = _named(command.role, state)
    if was == command.contact:
        raise citing(ContactUnchanged(was.name), state.profile.notice.clause)
    return (ContactChanged(command.role, was, command.contact, command.by, command.now),)


def _named(role: str, state: Engagement) -> Contact:
    """The person whom a role has named so far."""
    starter, step = state.profile.starter().id, own_step(state, ACKNOWLEDGED)
    if role == starter:
        return state.notice.test_manager
    require_role(role, (starter, step.sender), step.clause)
    if state.acknowledgement is None:
        raise citing(NoContactYet(), step.clause)
    return state.acknowledgement.contact
