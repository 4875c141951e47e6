"""The notice of an engagement, as the tests of every service that hears of one need it."""

from datetime import UTC, datetime
from typing import Any

from contracts.common import Contact, Participant, Subject
from contracts.notification import EngagementNotified

NOTIFIED_AT = datetime(2026, 12, 1, 10, tzinfo=UTC)


def notified(organisation: str = "SUPP", user_role: str = "ES", **changes: Any) -> EngagementNotified:
    """A Party's notice of User Entry Process Tests from 1 March 2027; `changes` replace fields."""
    fields: dict[str, Any] = {
        "procedure": "uept",
        "rulebook": "ctsd-2026.1",
        "subject": Subject(
            kind="role",
            id=f"{organisation}/{user_role}",
            name=f"{organisation} in the User Role {user_role}",
            fields={"party": organisation, "role": user_role},
        ),
        "participants": (Participant(role="participant", organisation=organisation, name="Supplier plc"),),
        "start_date": "2027-03-01",
        "test_manager": Contact(name="Mo Manager", email="mo@supplier.invalid"),
        "confirmations": ("code-administrator-notified",),
        "service_requests": (),
        "descoping": (),
        "notified_at": NOTIFIED_AT,
    }
    return EngagementNotified.model_validate({**fields, **changes})
