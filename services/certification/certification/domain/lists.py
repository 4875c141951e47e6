"""What a certificate adds to a public list, where its form has that effect."""

from dataclasses import dataclass
from datetime import date

from certification.domain.certificate import Certificate, form_of
from rulebook.engine.lists import public_list
from rulebook.engine.profile import profile


@dataclass(frozen=True)
class ListEntry:
    """A row of a public list, known by its key."""

    list: str
    key: str
    name: str
    status: str
    since: date
    certificate: str


def entry(certificate: Certificate) -> ListEntry | None:
    """The entry that the issue of a certificate adds; None where its form adds none.

    The first of the list's statuses is that of an entry which a certificate adds.
    """
    list_id = form_of(certificate).lists
    if list_id is None:
        return None
    root = profile(certificate.procedure, certificate.rulebook).root
    wanted = public_list(list_id, root)
    subject = certificate.subject
    key = "/".join(subject.fields[name] for name in wanted.key)
    return ListEntry(list_id, key, subject.name, wanted.statuses[0], certificate.issued_on, certificate.number)
