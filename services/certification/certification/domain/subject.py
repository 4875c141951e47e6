"""What an engagement is about, and who takes part in it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """What is tested: its kind, the fields that make up its key, and what it is called."""

    kind: str
    id: str
    name: str
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Participant:
    """An organisation that holds a role of the procedure in this engagement."""

    role: str
    organisation: str
    name: str
