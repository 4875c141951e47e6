"""Who a side is reached through: named with the notice or its acknowledgement (CTSD 5.6.1.1, 5.6.1.2), and changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.audience import require_role
from kernel.refusal import Refusal, citing
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
    was = state.contact_of(command.role)
    if was is None:
        raise _nobody_named(command.role, state)
    if was == command.contact:
        raise citing(ContactUnchanged(was.name), state.profile.notice.clause)
    return (ContactChanged(command.role, was, command.contact, command.by, command.now),)


def _nobody_named(role: str, state: Engagement) -> Refusal:
    """Why a role has no contact that it could change."""
    step = own_step(state, ACKNOWLEDGED)
    require_role(role, (state.profile.starter().id, step.sender), step.clause)
    return citing(NoContactYet(), step.clause)
