"""Why a scope can't be made: an unknown role, an unknown item, or one that can't be descoped."""

from dataclasses import dataclass

from rulebook.matrix import ROLES
from rulebook.refusal import Refusal


@dataclass(unsafe_hash=True)
class RoleUnknown(Refusal):
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
