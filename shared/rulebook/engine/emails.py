"""E-mails that no step's row speaks of: which public event is told, to whom, by which clause, and whether at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, cast

from rulebook.engine.files import ROOT, Entry, distinct, entries

FILE: Final = "emails.toml"
KEYS: Final = ("about", "headline", "to", "clause", "mandatory")
Addressee = Literal["sender", "recipient", "everybody", "starter", "deciders", "referrers", "body"]
ADDRESSEES: Final[tuple[Addressee, ...]] = (
    *("sender", "recipient", "everybody"),
    *("starter", "deciders", "referrers", "body"),
)


@dataclass(frozen=True)
class EmailForm:
    """What is told of a public event, and to whom. `clause` is None where the step, route or procedure says it.

    A `mandatory` one is sent at once, whatever its addressee chose.
    """

    about: str
    headline: str
    to: tuple[Addressee, ...]
    clause: str | None
    mandatory: bool


@cache
def email_forms(root: Path = ROOT) -> Mapping[str, EmailForm]:
    """The e-mails of a document, by the event that each is about."""
    found = distinct(entries(FILE, "email", KEYS, "about", root), "about")
    return MappingProxyType({form.about: form for form in map(_form, found)})


def _form(entry: Entry) -> EmailForm:
    to = entry.known("to", ADDRESSEES, "an addressee")
    if not to:
        raise entry.wrong("nobody is told.", f"Name one of {', '.join(ADDRESSEES)}.", "to")
    return EmailForm(
        about=entry.event(entry.values.get("about"), "about"),
        headline=entry.text("headline"),
        to=cast(tuple[Addressee, ...], to),
        clause=entry.clause() if "clause" in entry.values else None,
        mandatory=entry.flag("mandatory"),
    )
