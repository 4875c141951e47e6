"""A Party, as the Code Administrator confirmed it (CTSD 5.8.1a)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kernel.stored import stored


@stored("party-registered")
@dataclass(frozen=True)
class PartyRegistered:
    """The Party's accession to the Code was confirmed."""

    signifier: str
    name: str
    acceded_on: date
    reference: str


@dataclass(frozen=True)
class Party:
    """A Party; `registered` is None until its accession is known."""

    registered: PartyRegistered | None = None


def decide(accession: PartyRegistered, state: Party) -> Sequence[PartyRegistered]:
    """An accession registers the Party; the same accession again changes nothing."""
    return () if accession == state.registered else (accession,)


def evolve(_state: Party, event: PartyRegistered) -> Party:
    """The Party after an event."""
    return Party(registered=event)
