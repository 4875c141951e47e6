"""What the issue of a certificate adds, by the effect of its form: to the eligibility register, to a list, or none."""

from dataclasses import dataclass
from datetime import date

from certification.domain.certificate import Certificate, form_of
from kernel.engagement import key_of
from rulebook.engine.certificates import OF_REGISTER
from rulebook.engine.lists import public_list
from rulebook.engine.profile import profile


@dataclass(frozen=True)
class Eligible:
    """A row of the eligibility register."""

    party: str
    role: str
    srv: str
    since: date
    certificate: str


@dataclass(frozen=True)
class ListEntry:
    """A row of a public list, known by its key."""

    list: str
    key: str
    name: str
    status: str
    since: date
    certificate: str


def eligible(certificate: Certificate) -> tuple[Eligible, ...]:
    """The rows of the register that a certificate stands for: what was certified before keeps its day."""
    if not form_of(certificate).makes_eligible:
        return ()
    party, role = (certificate.subject.fields[name] for name in OF_REGISTER)
    return tuple(Eligible(party, role, row.srv, row.issued_on, certificate.number) for row in certificate.srvs)


def listed(certificate: Certificate) -> tuple[ListEntry, ...]:
    """The entry that a certificate adds to a list, with the first of the list's statuses."""
    list_id = form_of(certificate).lists
    if list_id is None:
        return ()
    wanted = public_list(list_id, profile(certificate.procedure, certificate.rulebook).root)
    subject = certificate.subject
    key = key_of(subject.fields[name] for name in wanted.key)
    status = wanted.statuses[0]
    return (ListEntry(list_id, key, subject.name, status, certificate.issued_on, certificate.number),)
