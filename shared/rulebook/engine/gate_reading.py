"""Reads the gates of a procedure with their criteria, and refuses one that could not be held."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

from rulebook.engine.files import Entry, distinct, entries, read_toml
from rulebook.engine.gates import JUDGES, KNOWN_AT
from rulebook.engine.procedure_file import ProcedureFile
from rulebook.engine.profile_parts import Criterion, Gate, Judge, Link, Phase, Provisional, RoleForm

FILE: Final = "criteria.toml"
KEYS: Final = ("id", "phase", "title", "clause", "meeting", "chain", "criteria", "approves", "provisional")
COMMON: Final = ("id", "clause", "text", "judge")
PHASES: Final = ("entry", "exit")


def criteria(root: Path) -> Mapping[str, tuple[Criterion, Entry]]:
    """Every criterion of a document by its id, with its entry."""
    every = {name for judge in JUDGES.values() for name in (*judge.parameters, *judge.may)}
    found = distinct(entries(FILE, "criterion", {*COMMON, *every}, "id", root), "id")
    return {entry.text("id"): (_criterion(entry), entry) for entry in found}


def gates(
    file: ProcedureFile, roles: Mapping[str, RoleForm], known: Mapping[str, Mapping[str, Any]]
) -> tuple[Gate, ...]:
    """The gates of a procedure; `known` are its artefacts and forms by what a judge's parameter names."""
    listed = file.listed("gates", KEYS, "id")
    every = criteria(file.root) if listed and "criterion" in read_toml(FILE, file.root) else {}
    return tuple(_gate(entry, roles, every, known) for entry in distinct(listed, "id"))


def _gate(
    entry: Entry,
    roles: Mapping[str, RoleForm],
    every: Mapping[str, tuple[Criterion, Entry]],
    known: Mapping[str, Mapping[str, Any]],
) -> Gate:
    named = entry.known("criteria", every, "a criterion")
    if not named:
        raise entry.wrong(
            "it has no criteria.", 'Name those of criteria.toml, for example criteria = ["5.8.1a"].', "criteria"
        )
    phase = cast(Phase, entry.one_of("phase", PHASES))
    for each in named:
        _check_parameters(*every[each], roles, known)
        _check_known(entry, every[each][0], phase)
    return Gate(
        id=entry.text("id"),
        phase=phase,
        title=entry.text("title"),
        clause=entry.clause(),
        meeting=entry.flag("meeting"),
        chain=_chain(entry, roles),
        criteria=tuple(every[each][0] for each in named),
        approves=entry.known("approves", known["kind"], "an artefact of the procedure"),
        provisional=_provisional(entry, named) if "provisional" in entry.values else None,
    )


def _provisional(entry: Entry, criteria: tuple[str, ...]) -> Provisional:
    """For which criteria of the gate documents may be outstanding: at least one."""
    part = entry.part("provisional", entry.table("provisional")).only(("clause", "criteria"))
    named = part.known("criteria", dict.fromkeys(criteria), "a criterion of the gate")
    if not named:
        raise part.wrong("it names no criteria.", "Name those for which documents may be outstanding.", "criteria")
    return Provisional(part.clause(), named)


def _chain(entry: Entry, roles: Mapping[str, RoleForm]) -> tuple[Link, ...]:
    """The bodies, one after another: each a role that decides, and none twice."""
    deciders = [role.id for role in roles.values() if "decide" in role.may]
    chain = [
        Link(link.only(("body", "clause")).one_of("body", deciders), link.clause()) for link in entry.tables("chain")
    ]
    bodies = [link.body for link in chain]
    if not chain:
        right = f'Write chain = [{{ body = "...", clause = "..." }}] with a role that decides: {", ".join(deciders)}.'
        raise entry.wrong("the chain ends nowhere: no body decides.", right, "chain")
    if twice := [body for body in bodies if bodies.count(body) > 1]:
        raise entry.wrong(f"the chain goes round: {twice[0]!r} decides twice.", "Name each body once.", "chain")
    return tuple(chain)


def _criterion(entry: Entry) -> Criterion:
    name = entry.one_of("judge", tuple(JUDGES))
    form = JUDGES[name]
    given = {key: _plain(value) for key, value in entry.values.items() if key not in COMMON}
    if lacking := sorted(form.parameters - set(given)):
        raise entry.wrong(f"the judge {name} lacks {lacking[0]}.", f"Write {' and '.join(lacking)}.", "judge")
    if unknown := sorted(set(given) - form.parameters - form.may):
        right = f"It takes {', '.join(sorted(form.parameters | form.may)) or 'no parameter'}."
        raise entry.wrong(f"the judge {name} takes no {unknown[0]}.", right, unknown[0])
    by = entry.text("evidence_by") if "evidence_by" in given else None
    return Criterion(entry.text("id"), entry.clause(), entry.text("text"), Judge(name, MappingProxyType(given)), by)


def _plain(value: Any) -> object:
    return tuple(value) if isinstance(value, list) else value


def _check_known(entry: Entry, criterion: Criterion, phase: Phase) -> None:
    """What a judge needs is known to the service that holds a gate of the phase."""
    if unknown := sorted(JUDGES[criterion.judge.name].needs - KNOWN_AT[phase]):
        problem = f"{criterion.judge.name} judges the criterion {criterion.id!r} on {unknown[0]}."
        right = f"At a gate of the phase {phase} are known: {', '.join(sorted(KNOWN_AT[phase]))}."
        raise entry.wrong(problem, right, "criteria")


def _check_parameters(
    criterion: Criterion, entry: Entry, roles: Mapping[str, RoleForm], known: Mapping[str, Mapping[str, Any]]
) -> None:
    """A parameter that names a role, an artefact or a form names one of the procedure."""
    if criterion.evidence_by is not None:
        entry.one_of("evidence_by", tuple(roles))
    for key in {"kind", "form"} & set(criterion.judge.parameters):
        entry.one_of(key, tuple(known[key]))
    if "kinds" in criterion.judge.parameters:
        entry.known("kinds", known["kind"], "an artefact of the procedure")
    if "at_least" in criterion.judge.parameters and entry.number("at_least") > 100:
        raise entry.wrong("at_least is more than a hundred.", "Write a share in a hundred.", "at_least")
