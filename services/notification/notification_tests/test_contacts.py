"""Another test manager, or another contact: each side names its own, and the one before is kept."""

from dataclasses import replace
from typing import Any

import pytest

from kernel.audience import WrongRole
from kernel.engagement import EngagementIsWithdrawn
from notification.domain.contacts import ChangeContact, change_contact
from notification.domain.events import Contact, ContactChanged
from notification.domain.occurrence import ACKNOWLEDGED
from notification.domain.refusals import ContactUnchanged, NoContactYet
from notification.emails.names import address_of

from .given import DCC_CONTACT, ID, MANAGER, Heard, Story, acknowledged, at, engagement, notified
from .test_withdrawing import withdrawing

NEW = Contact("Max Manager", "max@supplier.invalid")
CHANGE = ChangeContact(ID, NEW, "participant", "mo", at("2027-01-12"))


def changing(story: Story, role: str = "participant", contact: Contact = NEW) -> Heard:
    return story.when(ChangeContact(ID, contact, role, "mo", CHANGE.now))


def test_another_test_manager_is_told_from_then_on_and_the_one_before_is_kept() -> None:
    story = changing(acknowledged()).then(ContactChanged("participant", MANAGER, NEW, "mo", CHANGE.now))
    assert address_of("participant", engagement(story)) == "max@supplier.invalid"
    assert [change.was for change in engagement(story).contacts] == [MANAGER]
    back = changing(story, contact=MANAGER).accepted()
    assert address_of("participant", engagement(back)) == MANAGER.email
    assert [change.was for change in engagement(back).contacts] == [MANAGER, NEW]


def test_who_acknowledged_names_another_contact_of_its_own() -> None:
    story = changing(acknowledged(), "dcc").then(ContactChanged("dcc", DCC_CONTACT, NEW, "mo", CHANGE.now))
    assert address_of("dcc", engagement(story)) == NEW.email
    assert address_of("participant", engagement(story)) == MANAGER.email


def test_the_starter_names_another_also_where_the_procedure_has_no_acknowledgement() -> None:
    state = engagement(notified())
    steps = tuple(step for step in state.procedure.steps if ACKNOWLEDGED not in step.completed_by)
    profile = replace(state.profile, procedure=replace(state.procedure, steps=steps))
    [changed] = change_contact(CHANGE, replace(state, profile=profile))
    assert isinstance(changed, ContactChanged)
    assert (changed.was, changed.contact) == (MANAGER, NEW)


@pytest.mark.parametrize(
    ("story", "role", "contact", "refusal"),
    [
        (acknowledged(), "participant", MANAGER, ContactUnchanged),
        (acknowledged(), "dcc", DCC_CONTACT, ContactUnchanged),
        (notified(), "dcc", NEW, NoContactYet),
        (acknowledged(), "panel", NEW, WrongRole),
        (withdrawing(acknowledged()).accepted(), "participant", NEW, EngagementIsWithdrawn),
    ],
)
def test_who_names_nobody_new_or_has_none_to_name_is_refused(
    story: Story, role: str, contact: Contact, refusal: Any
) -> None:
    assert changing(story, role, contact).then_refused(refusal).clause is not None
