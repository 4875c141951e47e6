"""What an audit says: what it compared, what it found that is not as it should be, and which files must exist."""

from dataclasses import dataclass

MOST_FINDINGS = 100
"""As many are named of one kind; more of them say nothing new."""


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be, by name."""

    place: str
    """where it lies: a table, the publications, a topic, the object store"""
    subject: str
    """whose it is: an engagement, a Party, or whatever else it is about"""
    found: str
    """what lies there"""
    right: str
    """what would be right"""
    warning: bool = False
    """whether nothing need be wrong: somebody should look"""


@dataclass(frozen=True)
class Compared:
    """How much of something was compared."""

    what: str
    count: int


@dataclass(frozen=True)
class NamedFile:
    """A file of the object store that an event names, with the hash that it has there."""

    name: str
    sha256: str
    subject: str = ""
    """the stream of the event"""


Said = Finding | Compared | NamedFile
