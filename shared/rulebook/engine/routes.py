"""Rights of referral: which refusal gives which side the right to put a matter to which body."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, cast

from rulebook.engine.applicability import procedures_of
from rulebook.engine.errors import RulebookError
from rulebook.engine.files import ROOT, Entry, distinct, entries, events

FILE: Final = "routes.toml"
SIDES: Final = ("participant", "dcc", "either")
BODIES: Final = ("panel", "authority", "secretary-of-state", "tag", "tab")
HOLDS: Final = ("disputed-tests", "start", "execution", "completion")
NOBODY: Final = ("none", "none stated")
KEYS: Final = (
    "id",
    "subject",
    "clause",
    "procedures",
    "referred_by",
    "body",
    "meanwhile",
    "holds",
    "effect",
    "appeal",
    "final",
    "arises_from",
    "lapses_on",
)


@dataclass(frozen=True)
class Trigger:
    """A public event with the values it must have. `same`: fields that must equal those of the event before."""

    fact: str
    values: Mapping[str, object]
    same: tuple[str, ...] = ()

    def matches(self, fact: str, values: Mapping[str, object]) -> bool:
        """Whether an event, by the name of its fact and its fields, is one of these."""
        return fact == self.fact and all(values.get(name) == value for name, value in self.values.items())


@dataclass(frozen=True)
class Route:
    """One right of referral. `arises_from` is `None` as long as no public event tells of the matter.

    `holds` is what waits while the matter is open; empty where an earlier edition tells it in `meanwhile` only.
    """

    id: str
    subject: str
    clause: str
    procedures: tuple[str, ...]
    referred_by: Literal["participant", "dcc", "either"]
    body: str
    meanwhile: str
    effect: str
    appeal: str
    final: str
    arises_from: Trigger | None
    lapses_on: tuple[Trigger, ...]
    holds: tuple[str, ...] = ()


@cache
def routes(root: Path = ROOT) -> tuple[Route, ...]:
    """Every right of referral."""
    return tuple(_route(entry, root) for entry in distinct(entries(FILE, "route", KEYS, name="id", root=root), "id"))


def route(route_id: str, root: Path = ROOT) -> Route:
    """The right of an id."""
    for each in routes(root):
        if each.id == route_id:
            return each
    raise RulebookError(f"There is no route {route_id!r}. Known: {', '.join(each.id for each in routes(root))}.")


def arising(procedure_id: str, fact: str, values: Mapping[str, object], root: Path = ROOT) -> tuple[Route, ...]:
    """The rights that a public event gives in an engagement of a kind."""
    return tuple(
        each
        for each in routes(root)
        if procedure_id in each.procedures and each.arises_from and each.arises_from.matches(fact, values)
    )


def lapsing(
    procedure_id: str, fact: str, values: Mapping[str, object], root: Path = ROOT
) -> tuple[tuple[Route, Trigger], ...]:
    """The rights that a public event settles, each with the trigger, whose `same` narrows it to one matter."""
    return tuple(
        (each, trigger)
        for each in routes(root)
        if procedure_id in each.procedures
        for trigger in each.lapses_on
        if trigger.matches(fact, values)
    )


def _route(entry: Entry, root: Path) -> Route:
    arises = entry.values.get("arises_from")
    return Route(
        id=entry.text("id"),
        subject=entry.text("subject"),
        clause=entry.clause(),
        procedures=procedures_of(entry, root),
        referred_by=cast(Literal["participant", "dcc", "either"], entry.one_of("referred_by", SIDES)),
        body=entry.one_of("body", BODIES),
        meanwhile=entry.text("meanwhile"),
        effect=entry.text("effect"),
        appeal=entry.one_of("appeal", (*BODIES, *NOBODY)),
        final=entry.one_of("final", (*BODIES, *NOBODY)),
        arises_from=None if arises is None else _trigger(entry, "arises_from", arises),
        lapses_on=tuple(_trigger(entry, "lapses_on", each) for each in entry.values.get("lapses_on", [])),
        holds=_holds(entry),
    )


def _holds(entry: Entry) -> tuple[str, ...]:
    named = entry.texts("holds")
    for each in named:
        if each not in HOLDS:
            raise entry.wrong(f"{each!r} in holds is unknown.", f"Known: {', '.join(HOLDS)}.", "holds")
    return named


def _trigger(entry: Entry, key: str, table: Any) -> Trigger:
    if not isinstance(table, dict) or not isinstance(table.get("fact"), str):
        raise entry.wrong(f"{table!r} is no event.", 'Write { fact = "service.event", field = value }.', key)
    fact = entry.event(table["fact"], key)
    values = {name: value for name, value in table.items() if name not in ("fact", "same")}
    if "outcome" in values and values["outcome"] not in events()[fact]:
        problem, known = f"{values['outcome']!r} is no outcome of {fact}.", ", ".join(events()[fact])
        raise entry.wrong(problem, f"Known: {known}.", key)
    return Trigger(fact, MappingProxyType(values), tuple(table.get("same", ())))
