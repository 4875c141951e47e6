"""Every reason for which a step is not recorded. The clause is that of the step at hand."""

from dataclasses import dataclass
from datetime import date

from kernel.refusal import Kind, Refusal


@dataclass(unsafe_hash=True)
class StepUnknown(Refusal):
    """The engagement has no step {key}."""

    kind = Kind.UNKNOWN
    remedy = "Use a key of its timetable, for example {example}."
    clause = "CTSD 5.5.1"
    key: str
    example: str


@dataclass(unsafe_hash=True)
class StepHasOwnRule(Refusal):
    """The step {ref} is not recorded by hand: what is done in it completes it."""

    kind = Kind.CONFLICT
    remedy = "Do what the step asks for; it is completed with that."
    clause = "CTSD 5.5.1"
    ref: str


@dataclass(unsafe_hash=True)
class StepAlreadyDone(Refusal):
    """The step {key} was done on {done_on}."""

    kind = Kind.CONFLICT
    remedy = "Nothing is left to record."
    clause = "CTSD 5.5.1"
    key: str
    done_on: date


@dataclass(unsafe_hash=True)
class StepBeforeItsTurn(Refusal):
    """The step {key} comes after {anchor}, which is still to come."""

    kind = Kind.CONFLICT
    remedy = "Record it once that is known."
    clause = "CTSD 5.5.1"
    key: str
    anchor: str


@dataclass(unsafe_hash=True)
class StepNotOpen(Refusal):
    """The step {key} is said to be done on {done_on}, and it can't be done before {opens}."""

    remedy = "Give a day from {opens} on."
    clause = "CTSD 5.5.1"
    key: str
    done_on: date
    opens: date


@dataclass(unsafe_hash=True)
class StepNotYetDone(Refusal):
    """The step {key} is said to be done on {done_on}, which is still to come."""

    remedy = "Record it on the day it is done or after, today is {today}."
    clause = "CTSD 5.5.1"
    key: str
    done_on: date
    today: date


@dataclass(unsafe_hash=True)
class InformationMissing(Refusal):
    """The step {ref} asks for information that is missing: {item}."""

    remedy = "Give it in `information`, by that name."
    clause = "CTSD 5.5.1"
    ref: str
    item: str


@dataclass(unsafe_hash=True)
class InformationNotAsked(Refusal):
    """The information {item} is not what the step asks for."""

    remedy = "Give exactly these: {asked}."
    clause = "CTSD 5.5.1"
    item: str
    asked: str


@dataclass(unsafe_hash=True)
class StepOutcomeUnknown(Refusal):
    """The step {ref} has no outcome of this name: {outcome}."""

    remedy = "Give one of these in `outcome`: {allowed}."
    clause = "CTSD 5.5.1"
    ref: str
    outcome: str
    allowed: str
