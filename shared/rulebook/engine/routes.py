"""Rights of referral: which refusal gives which role the right to put a matter to which body, and within what term."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from rulebook.engine.dating.timing import Term, read_term
from rulebook.engine.files import ROOT, Entry, distinct, entries, event_fields, events

if TYPE_CHECKING:
    from rulebook.engine.profile_parts import Profile

FILE: Final = "routes.toml"
HOLDS: Final = ("disputed-tests", "start", "execution", "completion")
NOBODY: Final = ("none", "none stated")
KEYS: Final = (
    "id",
    "subject",
    "clause",
    "referred_by",
    "body",
    "within",
    "meanwhile",
    "holds",
    "holds_by",
    "clock",
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

    `referred_by` and `body` are roles of a procedure. `within` is the term for a referral where one is stated, `terms`
    those that hold for one role only; `holds` is what waits while the matter is open, by the clause `holds_by`, and
    `clock` are the anchors from which no time runs meanwhile.
    """

    id: str
    subject: str
    clause: str
    referred_by: tuple[str, ...]
    body: str
    meanwhile: str
    effect: str
    appeal: str
    final: str
    arises_from: Trigger | None
    lapses_on: tuple[Trigger, ...]
    holds: tuple[str, ...] = ()
    holds_by: str = ""
    clock: tuple[str, ...] = ()
    within: Term | None = None
    terms: Mapping[str, Term] = field(default_factory=lambda: MappingProxyType({}))

    def term(self, role: str) -> Term | None:
        """How long a role has to refer the matter; None where no term is stated."""
        return self.terms.get(role, self.within)


@cache
def routes(root: Path = ROOT) -> tuple[Route, ...]:
    """Every right of referral."""
    return tuple(_route(entry) for entry in distinct(entries(FILE, "route", KEYS, name="id", root=root), "id"))


def arising(profile: "Profile", fact: str, values: Mapping[str, object]) -> tuple[Route, ...]:
    """The rights that a public event gives in an engagement of a procedure."""
    return tuple(each for each, trigger in profile.arising_from.get(fact, ()) if trigger.matches(fact, values))


def lapsing(profile: "Profile", fact: str, values: Mapping[str, object]) -> tuple[tuple[Route, Trigger], ...]:
    """The rights that a public event settles, each with the trigger, whose `same` narrows it to one matter."""
    return tuple(each for each in profile.lapsing_on.get(fact, ()) if each[1].matches(fact, values))


def _route(entry: Entry) -> Route:
    arises = "arises_from" in entry.values
    within = entry.part("within", entry.table("within")) if "within" in entry.values else None
    by_role = _by_role(within) if within else ()
    return Route(
        id=entry.text("id"),
        subject=entry.text("subject"),
        clause=entry.clause(),
        referred_by=_referrers(entry),
        body=entry.text("body"),
        meanwhile=entry.text("meanwhile"),
        effect=entry.text("effect"),
        appeal=entry.text("appeal"),
        final=entry.text("final"),
        arises_from=_trigger(entry.part("arises_from", entry.table("arises_from"))) if arises else None,
        lapses_on=tuple(_trigger(each) for each in entry.tables("lapses_on")),
        holds=entry.known("holds", HOLDS, "what can be held"),
        holds_by=entry.clause("holds_by") if "holds_by" in entry.values else entry.clause(),
        clock=entry.texts("clock"),
        within=read_term(within) if within and not by_role else None,
        terms=MappingProxyType(_terms(entry, within) if within and by_role else {}),
    )


def _referrers(entry: Entry) -> tuple[str, ...]:
    roles = entry.texts("referred_by")
    if not roles:
        raise entry.wrong("nobody may refer it.", "Name a role of the procedure in referred_by.", "referred_by")
    return roles


def _by_role(within: Entry) -> bool:
    """Whether roles have terms of their own: then each value of the table is a term."""
    return bool(within.values) and all(isinstance(each, dict) for each in within.values.values())


def _terms(entry: Entry, within: Entry) -> dict[str, Term]:
    for role in within.values:
        if role not in entry.texts("referred_by"):
            raise entry.wrong(f"{role!r} has a term and may not refer it.", "Name it in referred_by.", "within")
    return {role: read_term(within.part(role, within.table(role))) for role in within.values}


def _trigger(entry: Entry) -> Trigger:
    if not isinstance(entry.values.get("fact"), str):
        raise entry.wrong(f"{dict(entry.values)} is no event.", 'Write { fact = "service.event", field = value }.')
    fact = entry.event(entry.values["fact"], "fact")
    values = {name: value for name, value in entry.values.items() if name not in ("fact", "same")}
    for name in (*values, *entry.texts("same")):
        if name not in event_fields()[fact]:
            raise entry.wrong(f"{name!r} is no field of {fact}.", f"Known: {', '.join(event_fields()[fact])}.")
    if "outcome" in values and values["outcome"] not in events()[fact]:
        problem, known = f"{values['outcome']!r} is no outcome of {fact}.", ", ".join(events()[fact])
        raise entry.wrong(problem, f"Known: {known}.")
    return Trigger(fact, MappingProxyType(values), entry.texts("same"))
