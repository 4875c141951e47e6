"""A message about an engagement: to whom it goes, and the e-mail that the rulebook has for an event."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from notification.domain.engagement import Engagement
from notification.domain.events import Row
from notification.domain.occurrence import NamedFile, Occurrence
from rulebook.engine.emails import Addressee, email_forms
from rulebook.engine.routes import Route


@dataclass(frozen=True)
class Message:
    """What is told of an engagement: to which role, about which place of the procedure, in which lines.

    `copies` are the roles that are told too and need not be: these may wait for a digest, as all may of a message that
    is not `mandatory`. `reminds` is the step that it calls to mind, and its date.
    """

    to: str | tuple[str, ...]
    place: str
    headline: str
    lines: tuple[str, ...]
    copies: tuple[str, ...] = ()
    files: tuple[NamedFile, ...] = ()
    mandatory: bool = True
    reminds: tuple[str, date] | tuple[None, None] = (None, None)

    @property
    def roles(self) -> tuple[tuple[str, bool], ...]:
        """Each role once, and whether it must be told at once."""
        to = (self.to,) if isinstance(self.to, str) else self.to
        return tuple({**dict.fromkeys(self.copies, False), **dict.fromkeys(to, self.mandatory)}.items())


def of_event(
    about: str,
    state: Engagement,
    lines: tuple[str, ...],
    row: Row | None = None,
    seen: Occurrence | None = None,
    headline: str = "",
    clause: str = "",
) -> Iterable[Message]:
    """What the rulebook says is told of an event, if anything: of a step, a route, or neither.

    Without a clause of its own it is told by that of its step or route, else by the one given or that of the notice.
    """
    form = email_forms(state.profile.root).get(about)
    if form is None:
        return
    route = _route(seen, state)
    roles = dict.fromkeys(role for word in form.to for role in _roles(word, state, row, route, seen))
    place = f"{row.clause.partition(' ')[0]} {row.key}" if row else form.clause or clause or _clause(route, state)
    said = headline or (seen.headline if seen else "") or form.headline
    if roles:
        yield Message(tuple(roles), place, said, lines, mandatory=form.mandatory)


def _clause(route: Route | None, state: Engagement) -> str:
    return route.clause if route else state.profile.notice.clause


def _route(seen: Occurrence | None, state: Engagement) -> Route | None:
    return next((each for each in state.profile.routes if seen and each.id == seen.route), None)


def _roles(
    word: Addressee, state: Engagement, row: Row | None, route: Route | None, seen: Occurrence | None
) -> Iterable[str]:
    match word:
        case "sender":
            return (row.sender,) if row else ()
        case "recipient":
            return (row.recipient,) if row else ()
        case "everybody":
            return (role for step in state.procedure.steps for role in (step.sender, step.recipient))
        case "starter":
            return (state.profile.starter().id,)
        case "deciders":
            return (role.id for role in state.profile.roles.values() if "decide" in role.may)
        case "referrers":
            return route.referred_by if route else ()
        case "body":
            return (each for each in (route.body, seen.body if seen else None) if each) if route else ()
