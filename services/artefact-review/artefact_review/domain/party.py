"""Parties whose accession is known (CTSD 5.8.1a)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class PartyAdmitted:
    """The Code Administrator confirmed that the Party acceded to the Code."""

    signifier: str
    name: str
    acceded_on: date
    reference: str


@dataclass(frozen=True)
class AdmitParty:
    """Take note of an accession."""

    signifier: str
    name: str
    acceded_on: date
    reference: str


Party = PartyAdmitted | None


def decide(command: AdmitParty, state: Party) -> Sequence[PartyAdmitted]:
    """An accession is noted once; a correction replaces it."""
    admitted = PartyAdmitted(command.signifier, command.name, command.acceded_on, command.reference)
    return [] if state == admitted else [admitted]


def evolve(_state: Party, event: PartyAdmitted) -> Party:
    """The latest confirmation counts."""
    return event
