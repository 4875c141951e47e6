"""Values that several services' events share."""

from typing import Literal

from contracts.base import Part


class Contact(Part):
    """A person and how to reach them."""

    name: str
    email: str
    telephone: str | None = None


class Subject(Part):
    """What an engagement is about: its kind as the procedure names it, and the fields that make up its key.

    Of kind `role` the fields are `party` (the signifier) and `role` (the User Role).
    """

    kind: str
    id: str
    name: str
    fields: dict[str, str]


class Participant(Part):
    """An organisation that holds a role of the procedure in one engagement."""

    role: str
    organisation: str
    name: str


class DescopedItem(Part):
    """What is left out of the tests: a Service Request (variant), alert or Response Code (CTSD 5.2.2)."""

    kind: Literal["service-request", "device-alert", "dcc-alert", "response-code"]
    item: str


class DescopingProposal(DescopedItem):
    """A proposal with its ground, CTSD 5.2.2 (a) will not be used or (b) can't be produced, and the rationale."""

    reason: Literal["a", "b"]
    rationale: str


class CriterionVerdict(Part):
    """One entry or exit criterion: whether it is met, and on what evidence."""

    criterion: str
    clause: str
    met: bool
    statement: str
