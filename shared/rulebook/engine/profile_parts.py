"""The parts of a procedure's profile: all that differs between kinds of engagement (decision 19)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Final, Literal

from kernel.audience import Audience, Duty
from rulebook.engine.certificates import CertificateForm
from rulebook.engine.documents import Document
from rulebook.engine.procedures import Procedure
from rulebook.engine.routes import Route, Trigger
from rulebook.engine.scope.packs import Pack
from rulebook.engine.scope.scope import role_name
from rulebook.engine.suspension import Ground
from rulebook.engine.thresholds import Threshold

Phase = Literal["entry", "exit"]
PARTY: Final = "party"
"""The field of a subject that is the organisation which gives the notice."""
SUBMITTED: Final = "artefact-review.artefacts-submitted"
"""The event that completes the step by which artefacts are handed in."""
CODES: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType({"user-role": role_name})
"""Of what a field of a subject can be a code, and what names it."""


@dataclass(frozen=True)
class SubjectForm:
    """What is tested: its kind, the fields that make up its key in their order, and what it is called.

    `name` is a format over the fields, for example `{party} in the User Role {role}`; `codes` says of what a field is a
    code, for example of a User Role.
    """

    kind: str
    key: tuple[str, ...]
    name: str
    codes: Mapping[str, str] = field(default_factory=dict)

    @property
    def in_braces(self) -> str:
        """The fields as a format names them, for example `{party}, {role}`."""
        return ", ".join(f"{{{each}}}" for each in self.key)

    def can_fill(self, text: str) -> bool:
        """Whether a format asks for nothing but fields of the subject, each as it stands."""
        try:
            parts = [part[1:] for part in Formatter().parse(text) if part[1] is not None]
        except ValueError:  # braces that do not close
            return False
        return all(name in self.key and not spec and not conversion for name, spec, conversion in parts)

    def named(self, fields: Mapping[str, str]) -> str:
        """The subject with these fields, as people call it."""
        return self.name.format_map(fields)

    def words(self, fields: Mapping[str, str]) -> Mapping[str, str]:
        """The fields as people read them: a code is told by its name, for example `Export Supplier` for `ES`."""
        return {name: CODES[self.codes[name]](value) if name in self.codes else value for name, value in fields.items()}


@dataclass(frozen=True)
class RoleForm:
    """Who acts in it: what the role is called, its duties, and whether an organisation holds it in each engagement."""

    id: str
    title: str
    may: frozenset[Duty]
    organisation: bool


@dataclass(frozen=True)
class Notice:
    """What the notice of an engagement must say: confirmations, and what may or must be chosen.

    `asks` holds `descoping` where it may be proposed, `service-requests` where those to be tested must be named.
    """

    working_days: int
    clause: str
    confirmations: tuple[str, ...]
    asks: frozenset[str]


@dataclass(frozen=True)
class Judge:
    """What judges a criterion, by name, with its parameters."""

    name: str
    parameters: Mapping[str, object]


@dataclass(frozen=True)
class Criterion:
    """What a gate asks for. `evidence_by` is the role that states it, for the judge `evidence-given`."""

    id: str
    clause: str
    text: str
    judge: Judge
    evidence_by: str | None = None


@dataclass(frozen=True)
class Link:
    """One body of a gate's chain, by its role, and the clause by which it decides."""

    body: str
    clause: str


@dataclass(frozen=True)
class Provisional:
    """That a gate may approve provisionally, and for which of its criteria documents may still be outstanding."""

    clause: str
    criteria: tuple[str, ...]


@dataclass(frozen=True)
class Gate:
    """A decision against criteria, by one body or a chain of them.

    `meeting`: it is held at a quality gate meeting, whose day anchors what follows. `approves` are the kinds of
    document that it approves with its decision: the Test Readiness Report at entry, the Test Completion Report at exit.
    `provisional`: what it may approve provisionally; None where it approves or refuses only.
    """

    id: str
    phase: Phase
    title: str
    clause: str
    meeting: bool
    chain: tuple[Link, ...]
    criteria: tuple[Criterion, ...]
    approves: tuple[str, ...] = ()
    provisional: Provisional | None = None

    @property
    def decider(self) -> str:
        """The role whose word holds the gate: the last of the chain."""
        return self.chain[-1].body


@dataclass(frozen=True)
class ScopeSource:
    """Where the tests come from, and what agrees the set: acceptance of the artefacts, or the notice itself."""

    source: Literal["matrix", "chosen", "pack", "none"]
    agreed_by: Literal["artefacts", "notice"]
    pack: Pack | None = None

    @property
    def of_user_role(self) -> bool:
        """Whether the tests are those of a User Role: then the subject has one."""
        return self.source in ("matrix", "chosen")


@dataclass(frozen=True)
class Execution:
    """How testing begins and ends: with connectivity first or with nothing; with a report, with evidence or nothing."""

    begins_with: Literal["connectivity", "nothing"]
    ends_with: Literal["report", "evidence", "nothing"]


@dataclass(frozen=True)
class Profile:
    """A procedure with everything that a service asks of it."""

    id: str
    title: str
    document: str
    rulebook: str
    root: Path
    subject: SubjectForm
    roles: Mapping[str, RoleForm]
    notice: Notice
    procedure: Procedure
    scope: ScopeSource
    artefacts: tuple[Document, ...]
    gates: tuple[Gate, ...]
    execution: Execution
    thresholds: tuple[Threshold, ...]
    routes: tuple[Route, ...]
    certificates: tuple[CertificateForm, ...]
    suspension: tuple[Ground, ...] = ()

    def gate(self, phase: Phase) -> Gate | None:
        """The gate of a phase; None where the procedure has none."""
        return next((gate for gate in self.gates if gate.phase == phase), None)

    def organisations(self) -> tuple[RoleForm, ...]:
        """The roles that an organisation of its own holds in each engagement."""
        return tuple(role for role in self.roles.values() if role.organisation)

    @property
    def handed_in(self) -> tuple[Document, ...]:
        """The artefacts that are handed in before testing, in their order: none where no step hands them in."""
        if not self.procedure.completed_by(SUBMITTED):
            return ()
        return self.submittable

    @property
    def submittable(self) -> tuple[Document, ...]:
        """The artefacts of which files can come: what no step hands in may be kept here all the same."""
        return tuple(each for each in self.artefacts if each.phase == "initiation" and each.submitted)

    def artefact(self, kind: str) -> Document | None:
        """The artefact of a kind; None where the procedure has none."""
        return next((each for each in self.artefacts if each.kind == kind), None)

    def certificate(self, form: str) -> CertificateForm | None:
        """The form of an id; None where the procedure has none."""
        return next((each for each in self.certificates if each.id == form), None)

    def starter(self) -> RoleForm:
        """The role that gives notice."""
        return next(role for role in self.roles.values() if "start" in role.may)

    @cached_property
    def arising_from(self) -> Mapping[str, tuple[tuple[Route, Trigger], ...]]:
        """The rights of referral by the public event that gives them, each with its trigger."""
        return _by_fact((route, route.arises_from) for route in self.routes if route.arises_from)

    @cached_property
    def lapsing_on(self) -> Mapping[str, tuple[tuple[Route, Trigger], ...]]:
        """The rights of referral by the public event that settles them, each with its trigger."""
        return _by_fact((route, trigger) for route in self.routes for trigger in route.lapses_on)

    def audience(self, organisations: Mapping[str, str]) -> Audience:
        """Who may do what in an engagement whose roles these organisations hold."""
        held = {role.id: organisations.get(role.id) for role in self.roles.values() if role.organisation}
        return Audience(self._duties, held, self.notice.clause)

    @cached_property
    def _duties(self) -> Mapping[str, frozenset[Duty]]:
        return MappingProxyType({role: self._duties_of(role) for role in self.roles})

    def _duties_of(self, role: str) -> frozenset[Duty]:
        """What a role is given; and it attests what the entry gate asks of it, records its steps, refers and determines
        by routes, and answers a body that determines, unless it is one or only reads."""
        gate = self.gate("entry")
        attests = gate is not None and any(each.evidence_by == role for each in gate.criteria)
        records = any(step.sender == role for step in self.procedure.steps)
        refers = any(role in route.referred_by for route in self.routes)
        determines = any(role in (route.body, route.appeal) for route in self.routes)
        following: dict[Duty, bool] = {
            "attest": attests,
            "record": records,
            "refer": refers,
            "answer": bool(self.routes) and not determines and self.roles[role].may > {"read"},
            "determine": determines,
        }
        return self.roles[role].may.union(duty for duty, follows in following.items() if follows)


def _by_fact(triggered: Iterable[tuple[Route, Trigger]]) -> Mapping[str, tuple[tuple[Route, Trigger], ...]]:
    found: dict[str, tuple[tuple[Route, Trigger], ...]] = {}
    for route, trigger in triggered:
        found[trigger.fact] = (*found.get(trigger.fact, ()), (route, trigger))
    return MappingProxyType(found)
