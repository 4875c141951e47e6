"""The law on the command line: plans, scopes, reasons, editions and clause coverage. It needs no stack."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from assay_cli import clauses, refusals
from assay_cli.printing import AsJson, document, say, table
from kernel.days import in_words
from kernel.failure import Failure
from kernel.refusal import Refusal
from rulebook.engine import views, why
from rulebook.engine.dating.plan import Plan, PlannedStep, period_in_words, plan
from rulebook.engine.dating.working_days import Division, calendar, local_day
from rulebook.engine.editions import differences, documents_in_force, editions, root_of
from rulebook.engine.errors import RulebookError
from rulebook.engine.gates import Case, IssueFigure
from rulebook.engine.procedures import Procedure
from rulebook.engine.profile import RoleForm, procedures, profile
from rulebook.engine.scope.scope import Effect, Item, asked_scope, role_name
from rulebook.engine.validation import mistakes
from rulebook.engine.why import Reason

ProcedureId = Annotated[str, typer.Option("--procedure", help=f"One of {', '.join(procedures())}.")]
Role = Annotated[str, typer.Option("--role", help="IS, GS, ES, ED, GT, RSA or OU.")]
Start = Annotated[datetime, typer.Option("--start", formats=["%Y-%m-%d"], help="The first day of testing.")]
MaybeStart = Annotated[datetime | None, typer.Option("--start", formats=["%Y-%m-%d"], help="The first day of testing.")]
LastDay = Annotated[datetime | None, typer.Option("--last-day", formats=["%Y-%m-%d"], help="The last day of testing.")]
Notified = Annotated[
    datetime | None,
    typer.Option("--notified", formats=["%Y-%m-%d"], help="The day of the notice; left out: the last that is in time."),
]
Whose = Annotated[Division, typer.Option("--division", help="Whose bank holidays count.")]
Items = Annotated[list[str] | None, typer.Option("--descope", metavar="KIND:ITEM", help="service-request:4.2, ...")]
Srvs = Annotated[list[str] | None, typer.Option("--srv", help="Additional SR Testing of this SRV; may be repeated.")]
Certified = Annotated[list[str] | None, typer.Option("--certified", help="An SRV the Party is eligible for already.")]
Edition = Annotated[str | None, typer.Option("--edition", help="A version of the rules; left out: that in force.")]

rulebook_app = typer.Typer(no_args_is_help=True, help="Editions of the rules, and what proves each clause.")


def add_to(app: typer.Typer) -> None:
    """Give the program the commands of this module."""
    app.command("plan")(plan_command)
    app.command("scope")(scope_command)
    app.command("why")(why_command)
    app.add_typer(rulebook_app, name="rulebook")


def plan_command(
    start: Start,
    role: Annotated[str | None, typer.Option("--role", help="IS, GS, ES, ED, GT, RSA or OU.")] = None,
    procedure_id: ProcedureId = "uept",
    notified: Notified = None,
    last_day: LastDay = None,
    division: Whose = calendar().division,
    edition: Edition = None,
    as_json: AsJson = False,
) -> None:
    """Show every step of an engagement with its dates, without registering anything."""
    with refusing():
        today = local_day(datetime.now(UTC))
        found = _plan(profile(procedure_id, edition).procedure, start, notified, last_day, division)
        who = f", {role_name(role)}" if role else ""
        if as_json:
            return document(views.plan_view(found, role, today))
    roles = profile(procedure_id, edition).roles
    say(f"{found.procedure.title}{who}: start {in_words(found.start)}, notice by {in_words(found.notified_on)}")
    table(("ref", "when", "who", "what"), (_plan_row(each, roles) for each in found.steps))
    if any(each.provisional for each in found.steps):
        say("* No last day of testing was given (--last-day): not before these days.")
    for note in views.plan_notes(found, today):
        say(f"Note: {note}")


def _plan(
    procedure: Procedure, start: datetime, notified: datetime | None, last_day: datetime | None, division: Division
) -> Plan:
    return plan(procedure, start.date(), calendar(division), _day(notified), _day(last_day))


def _plan_row(planned: PlannedStep, roles: Mapping[str, RoleForm]) -> tuple[str, ...]:
    step, first = planned.step, planned.first
    # A period of which the end is not known is a day from which on.
    when = in_words(first) if planned.provisional and first == planned.last and first else period_in_words(planned)
    mark = " *" if planned.provisional else ""
    action = f"{step.action}{f' (when {step.only_if})' if step.only_if else ''}"
    return step.ref, f"{when}{mark}", roles[step.sender].title, action


def scope_command(
    role: Role,
    descope: Items = None,
    srv: Srvs = None,
    certified: Certified = None,
    edition: Edition = None,
    as_json: AsJson = False,
) -> None:
    """Show the exact tests of a role, their counts, and what descoping items would do."""
    with refusing():
        root, items = root_of(edition), [Item.of(text) for text in descope or ()]
        found, effects = asked_scope(role, items, srv or (), certified or (), root)
    if as_json:
        return document(views.scope_view(found, effects, root))
    table(("test", "clause", "device", "what"), ((t.id, t.clause, t.generation or "", t.title) for t in found.tests))
    say(f"{len(found.tests)} tests: {', '.join(f'{count} {kind}' for kind, count in found.counts().items())}")
    for line in (*_effect_lines(effects), *(f"Note: {each}" for each in found.errata)):
        say(line)


def _effect_lines(effects: Iterable[Effect]) -> Iterator[str]:
    for each in effects:
        lost = f"; not eligible for {', '.join(each.srvs_lost)}" if each.srvs_lost else ""
        below = f"; DCC won't agree: minimum set (CTSD 5.2.6) {', '.join(each.below_minimum)}" * bool(
            each.below_minimum
        )
        yield f"Without {each.item.kind} {each.item.item}: {len(each.tests)} tests fewer{lost}{below}."


def why_command(
    what: Annotated[
        str, typer.Argument(help="A step's ref, a test's id, a criterion, a state, a refusal, a clause or a word.")
    ],
    procedure_id: ProcedureId = "uept",
    role: Annotated[str | None, typer.Option("--role", help="Of a test: the role.")] = None,
    start: MaybeStart = None,
    notified: Notified = None,
    last_day: LastDay = None,
    division: Whose = calendar().division,
    tests: Annotated[str | None, typer.Option("--tests", metavar="EXECUTED/SCHEDULED")] = None,
    issues: Annotated[list[int] | None, typer.Option("--issue", min=1, max=5, help="Outstanding, by severity.")] = None,
    agreed: Annotated[
        bool, typer.Option("--agreed", help="DCC has agreed the remediation plan of each issue.")
    ] = False,
    edition: Edition = None,
    as_json: AsJson = False,
) -> None:
    """Say why a date, a test, a gate verdict, a state or a refusal is what it is."""
    with refusing():
        procedure, case = profile(procedure_id, edition).procedure, _figures(what, tests, issues or (), agreed)
        whole = _plan_of(what, procedure, start, notified, last_day, division)
        known = why.of_anything(what, procedure, whole, role, case)
        reason = _with_coverage(known) if known else _of_refusal(what)
    if reason is None:
        raise Failure(f"Nothing is known of {what!r}.", "Give a ref (5.6.1.5), a test with --role, 5.19.1c, ...")
    if as_json:
        return document(views.reason_view(reason))
    for line in _reason_lines(reason):
        say(line)


def _plan_of(
    what: str,
    procedure: Procedure,
    start: datetime | None,
    notified: datetime | None,
    last_day: datetime | None,
    division: Division,
) -> Plan | None:
    """The plan in which a step has its date; none where it is no step that is asked for."""
    if what not in {step.ref for step in procedure.steps}:
        return None
    if start is None:
        problem = f"The date of {what} hangs on the start."
        raise Failure(problem, "Give it with --start, for example --start 2027-05-04.")
    return _plan(procedure, start, notified, last_day, division)


def _with_coverage(reason: Reason) -> Reason:
    """A reason; that of a clause with what proves it, beside what the rulebook knows of it."""
    every = (each for name in clauses.documents() for each in clauses.coverage(name).clauses)
    clause = next((each for each in every if each.id == reason.clause), None)
    if clause is None or reason.kind != "clause":
        return reason
    held = f" Held by {', '.join(clause.rules)}." if clause.rules else ""
    still = (f"Open: {clause.open}",) if clause.open else ()
    rule = clause.people or f"{reason.rule}{held}"
    return replace(reason, rule=rule, notes=(*reason.notes, *still, *clause.tests))


def _of_refusal(name: str) -> Reason | None:
    found = refusals.reason_of(name)
    return replace(found, notes=why.slips(found.clause)) if found else None


def _figures(what: str, tests: str | None, issues: Sequence[int], agreed: bool) -> Case | None:
    """The figures that were stated, where they judge the criterion that is asked for."""
    stated = {"5.19.1a": tests is not None, "5.19.1b": bool(issues), "5.19.1c": bool(issues)}
    if not stated.get(what, False):
        return None
    executed, _, scheduled = (tests or "0/0").partition("/")
    if not (executed.isdecimal() and scheduled.isdecimal()):
        raise Failure(f"--tests {tests} is no count.", "Write executed/scheduled, for example 37/38.")
    figures = tuple(IssueFigure(severity, plan_agreed=agreed) for severity in issues)
    return Case(int(scheduled), int(executed), issues=figures)


def _reason_lines(reason: Reason) -> Iterator[str]:
    """A reason for a person: a step's rule tells its days already, in words and with those that were not counted."""
    yield reason.answer
    yield f"Clause: {reason.clause}. {reason.rule}"
    told = reason.inputs.items() if reason.kind != "step" else ()
    yield from (f"  {name}: {value}" for name, value in told)
    yield from (f"Note: {note}" for note in reason.notes)


@rulebook_app.command("editions")
def editions_command(as_json: AsJson = False) -> None:
    """List the editions of each document that are kept, the oldest first."""
    found = [each for root in documents_in_force() for each in editions(root)]
    if as_json:
        return document(
            [{**asdict(each), "effective_from": str(each.effective_from), "root": str(each.root)} for each in found]
        )
    table(
        ("version", "in force from", "what it changed"), ((e.version, str(e.effective_from), e.changes) for e in found)
    )


@rulebook_app.command("diff")
def diff_command(
    one: Annotated[str, typer.Argument(help="A version, or a folder with an edition.")],
    other: Annotated[str, typer.Argument(help="The version or folder to compare it with.")],
    as_json: AsJson = False,
) -> None:
    """Show every value in which two editions of the rules differ."""
    with refusing():
        found = differences(_root(one), _root(other))
    if as_json:
        return document({"from": one, "to": other, "changes": [asdict(each) for each in found]})
    table(("file", "place", one, other), ((c.file, c.place, _shown(c.was), _shown(c.now)) for c in found))
    say(f"{len(found)} values differ." if found else "They do not differ.")


def _root(named: str) -> Path:
    return Path(named) if (Path(named) / "edition.toml").is_file() else root_of(named)


def _shown(value: object) -> str:
    return "" if value is None else ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


@rulebook_app.command("check")
def check_command(
    named: Annotated[str | None, typer.Argument(help="A version, or a folder with an edition.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read a whole edition, or all that are in force, and say what is wrong in the data, by file and line."""
    with refusing():
        roots = (_root(named),) if named else documents_in_force()
        found = [each for root in roots for each in mistakes(root)]
    if as_json:
        document({"sound": not found, "mistakes": found})
    for each in () if as_json else found or ("The data are sound.",):
        say(each)
    if found:
        raise typer.Exit(1)


@rulebook_app.command("clauses")
def clauses_command(
    name: Annotated[str, typer.Argument(help="The source document.")] = "ctsd",
    as_json: AsJson = False,
) -> None:
    """Show how many clauses of a source document are covered, whole or in part, bind people only, or are open."""
    with refusing():
        if name not in clauses.documents():
            raise Failure(f"No clauses of {name!r} are written down.", f"Known: {', '.join(clauses.documents())}.")
        found = clauses.coverage(name)
    if as_json:
        rows = [{**asdict(each), "status": each.status, "part": found.part_of(each)} for each in found.clauses]
        return document({"document": found.document, "figures": found.figures(), "clauses": rows})
    table(
        ("part", *clauses.STATUSES),
        ((part, *(str(counts[each]) for each in clauses.STATUSES)) for part, counts in found.figures().items()),
    )


@contextmanager
def refusing() -> Iterator[None]:
    """What the rulebook refuses is the command's failure."""
    try:
        yield
    except Refusal as refusal:
        raise Failure(refusal.message, refusal.remedy_text) from refusal
    except RulebookError as error:
        raise Failure(str(error), "See shared/rulebook/README.md.") from error


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
