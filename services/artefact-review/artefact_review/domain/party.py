"""What is known of an organisation: its accession (CTSD 5.8.1a), and the certificates that it holds (5.4.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never

from kernel.engagement import Subject
from kernel.stored import stored


@stored("party-admitted")
@dataclass(frozen=True)
class PartyAdmitted:
    """The Code Administrator confirmed that the Party acceded to the Code."""

    signifier: str
    name: str
    acceded_on: date
    reference: str


@stored("certificate-noted")
@dataclass(frozen=True)
class CertificateNoted:
    """A certificate of a form was issued to the organisation, for a subject; `supersedes` is the one it replaces."""

    number: str
    form: str
    subject: Subject
    srvs: tuple[str, ...]
    supersedes: str | None
    issued_at: datetime


@dataclass(frozen=True)
class Party:
    """An organisation as other services' facts show it."""

    admitted: PartyAdmitted | None = None
    certificates: tuple[CertificateNoted, ...] = ()

    def held_for(self, subject: Subject) -> Mapping[str, str]:
        """The number of the certificate of each form that it holds for a subject: the one issued last."""
        held = sorted(self._of(subject), key=lambda each: each.issued_at)
        return {each.form: each.number for each in held}

    def certified_for(self, subject: Subject) -> frozenset[str]:
        """The Service Requests that its certificates list for a subject."""
        return frozenset(srv for each in self._of(subject) for srv in each.srvs)

    def _of(self, subject: Subject) -> list[CertificateNoted]:
        wanted = (subject.kind, dict(subject.fields))
        return [each for each in self.certificates if (each.subject.kind, dict(each.subject.fields)) == wanted]


Event = PartyAdmitted | CertificateNoted


def decide(fact: Event, state: Party) -> Sequence[Event]:
    """An accession is noted once, and a correction replaces it; a certificate is noted once."""
    match fact:
        case PartyAdmitted():
            return [] if state.admitted == fact else [fact]
        case CertificateNoted():
            return [] if fact.number in {certificate.number for certificate in state.certificates} else [fact]
        case _:
            assert_never(fact)


def evolve(state: Party, event: Event) -> Party:
    """The latest confirmation of the accession counts, and every certificate."""
    match event:
        case PartyAdmitted():
            return replace(state, admitted=event)
        case CertificateNoted():
            return replace(state, certificates=(*state.certificates, event))
        case _:
            assert_never(event)
