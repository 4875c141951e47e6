"""What an engagement is about, and who takes part in it, as every service keeps it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from kernel.refusal import Kind, Refusal, citing
from kernel.stored import stored


@dataclass(frozen=True)
class Subject:
    """What is tested: its kind as the procedure names it, its id, what it is called, and the fields of its key."""

    kind: str
    id: str
    name: str
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Participant:
    """An organisation that holds a role of the procedure in one engagement."""

    role: str
    organisation: str
    name: str


@dataclass(unsafe_hash=True)
class EngagementUnknown(Refusal):
    """No engagement of this id is known."""

    kind = Kind.UNKNOWN
    remedy = "Use the id that the notice was answered with; if it was given a moment ago, ask again."


@stored("engagement-withdrawn")
@dataclass(frozen=True)
class EngagementWithdrawn:
    """Testing is not taken any further: nothing is owed or done in the engagement any more.

    Every service keeps it as it is; certificates that were issued stay.
    """

    reason: str
    role: str
    withdrawn_by: str
    withdrawn_at: datetime


@dataclass(unsafe_hash=True)
class EngagementIsWithdrawn(Refusal):
    """The engagement was withdrawn by {by}, {role}, at {at}, for this reason: {reason}"""

    kind = Kind.CONFLICT
    remedy = (
        "Nothing can be done in it any more. To test after all, give a new notice; certificates that were issued stay."
    )
    by: str
    role: str
    at: datetime
    reason: str


def require_going_on(withdrawal: EngagementWithdrawn | None, clause: str) -> None:
    """Refuse what is asked of an engagement that was withdrawn; `clause` is that of the notice which began it."""
    if withdrawal is not None:
        by, role, at = withdrawal.withdrawn_by, withdrawal.role, withdrawal.withdrawn_at
        raise citing(EngagementIsWithdrawn(by, role, at, withdrawal.reason), clause)


def key_of(values: Iterable[str]) -> str:
    """A key made of values, with `/` between them; one in a value is quoted, so that no two keys are alike."""
    return "/".join(value.replace("%", "%25").replace("/", "%2F") for value in values)


def named(participants: Iterable[Participant], organisation: str, name: str) -> tuple[Participant, ...]:
    """The participants, with an organisation called as it is called now."""
    return tuple(replace(each, name=name) if each.organisation == organisation else each for each in participants)


def organisations(participants: Iterable[Participant]) -> dict[str, str]:
    """The organisation that holds each role."""
    return {each.role: each.organisation for each in participants}
