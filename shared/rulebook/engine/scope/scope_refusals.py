"""Why a scope can't be made: what is unknown, what can't be descoped, and what does not go together."""

from dataclasses import dataclass

from kernel.refusal import Refusal
from rulebook.engine.scope.matrix import ROLES


@dataclass(unsafe_hash=True)
class UserRoleUnknown(Refusal):
    """{role} is not a User Role."""

    remedy = "Use one of {known}."
    clause = "CTSD 8.1.4"
    role: str
    known: str = ", ".join(ROLES)


@dataclass(unsafe_hash=True)
class ItemUnknown(Refusal):
    """There is no {kind_of_item} {item} among the tests of the {role} role."""

    remedy = "{hint}"
    clause = "CTSD 8.1.4"
    role: str
    kind_of_item: str
    item: str
    hint: str


@dataclass(unsafe_hash=True)
class NotDescopable(Refusal):
    """A test of the kind {kind_of_item} can't be descoped."""

    remedy = "Descope Service Requests, Device Alerts, DCC Alerts or Response Codes only."
    clause = "CTSD 5.2.2"
    kind_of_item: str


@dataclass(unsafe_hash=True)
class NothingToTest(Refusal):
    """Nothing is left to test: every chosen Service Request of the {role} role is certified already ({already})."""

    remedy = "Choose a Service Request of the role's matrix that the Party is not yet eligible for."
    clause = "CTSD 5.4.1"
    role: str
    already: str


@dataclass(unsafe_hash=True)
class SrvUnknown(Refusal):
    """{srv} is no Service Reference Variant of the source, so no Party is eligible for it."""

    remedy = "{hint}"
    clause = "CTSD 5.4.1"
    srv: str
    hint: str


@dataclass(unsafe_hash=True)
class CertifiedWithoutChoice(Refusal):
    """Certified Service Requests ({certified}) were named, and none that are to be tested now."""

    remedy = "Name the Service Requests of Additional SR Testing too, or leave the certified ones out."
    clause = "CTSD 5.4.1"
    certified: str


@dataclass(unsafe_hash=True)
class ChoiceDescoped(Refusal):
    """Service Requests are chosen for Additional SR Testing, and {items} is descoped beside."""

    remedy = "Choose only what is to be tested; what is not chosen needs no descoping."
    clause = "CTSD 5.4.1"
    items: str


@dataclass(unsafe_hash=True)
class ItemMalformed(Refusal):
    """{item} is no item that can be descoped."""

    remedy = "Write kind:item, for example service-request:4.2 or dcc-alert:N24."
    clause = "CTSD 5.2.2"
    item: str
