"""What in a profile needs another part of it: a profile whose parts do not fit together is refused as it is read.

Each check names the part that asks, what it lacks, and what would be right. What stands alone is checked where it is
read.
"""

from collections.abc import Iterator

from rulebook.engine.certificates import OF_REGISTER, OF_SUBJECT, CertificateForm
from rulebook.engine.dating.facts import LAST_DAY, START
from rulebook.engine.errors import RulebookError
from rulebook.engine.files import Entry
from rulebook.engine.gate_reading import KEYS as GATE_KEYS
from rulebook.engine.lists import public_list
from rulebook.engine.origins import ACKNOWLEDGED, EXIT, HANDED_IN, ORIGINS, PUBLISHED, REPORTED, lacking
from rulebook.engine.procedure_file import ProcedureFile
from rulebook.engine.procedures import KEYS as STEP_KEYS
from rulebook.engine.procedures import Step
from rulebook.engine.profile_parts import PARTY, Criterion, Gate, Profile
from rulebook.engine.scope.scope import ROLE_FIELD

Mistakes = Iterator[RulebookError]


def misfits(profile: Profile, file: ProcedureFile) -> Mistakes:
    """Everything in a profile that could not be driven, part by part."""
    for check in (
        _of_roles,
        _of_notice,
        _of_anchors,
        _of_scope,
        _of_artefacts,
        _of_gates,
        _of_execution,
        _of_steps,
        _of_thresholds,
        _of_routes,
        _of_certificates,
    ):
        yield from check(profile, file)


def _of_roles(profile: Profile, file: ProcedureFile) -> Mistakes:
    starter, *others = (role.id for role in profile.roles.values() if "start" in role.may)
    for other in others:
        problem = f"{starter!r} starts it already."
        yield file.part(f"roles.{other}").wrong(problem, 'Give one role alone may = ["start", ...].', "may")
    if PARTY in profile.subject.key and not profile.starter().organisation:
        problem = f"the field {PARTY!r} is the organisation that starts, and {starter!r} is none."
        right = f"Write organisation = true at [roles.{starter}], or name the field otherwise."
        yield file.part("subject").wrong(problem, right, "key")


def _of_notice(profile: Profile, file: ProcedureFile) -> Mistakes:
    notice, asks, scope = file.part("notice"), profile.notice.asks, profile.scope
    if "descoping" in asks and not (scope.of_user_role and scope.agreed_by == "artefacts"):
        problem = "descoping is proposed of a User Role's tests, and decided until artefacts are accepted."
        right = 'Write [scope] from = "matrix" or "chosen" and agreed_by = "artefacts", or ask for no descoping.'
        yield notice.wrong(problem, right, "asks")
    if ("service-requests" in asks) != (scope.source == "chosen"):
        problem = f'asks is {sorted(asks)}, and the scope comes from "{scope.source}".'
        yield notice.wrong(problem, 'Ask for "service-requests" where [scope] from = "chosen", and only there.', "asks")


def _of_anchors(profile: Profile, file: ProcedureFile) -> Mistakes:
    """The notice chooses the start; what else people choose, an entry gate gives with its Test Schedule."""
    start, gate = profile.procedure.anchors.get(START), profile.gate("entry")
    if start is None or not start.chosen:
        right = f"Write [anchors.{START}] with chosen = true."
        yield file.part(f"anchors.{START}").wrong(f"the notice chooses {START!r}, which is no such anchor.", right)
    for anchor in profile.procedure.anchors.values():
        place, by = file.part(f"anchors.{anchor.id}"), anchor.confirmed_by
        if by is not None and (gate is None or by != gate.id):
            right = f"Name {gate.id!r}." if gate else "Leave it out, or give the procedure a gate of the phase entry."
            yield place.wrong(f"confirmed_by is {by!r}, which is no entry gate.", right, "confirmed_by")
        elif anchor.renewed_by and (part := lacking(profile, anchor.renewed_by)):
            right = f"Give the procedure {part}, or leave it out."
            yield place.wrong(f"renewed_by is {anchor.renewed_by!r}, which never comes.", right, "renewed_by")
        elif anchor.chosen and anchor.id != START and (anchor.id != LAST_DAY or by is None):
            right = f"Choose {START!r}, and {LAST_DAY!r} where an entry gate confirms it; let a step set any other."
            yield place.wrong(f"nobody says on which day {anchor.id!r} is.", right, "chosen")


def _of_scope(profile: Profile, file: ProcedureFile) -> Mistakes:
    scope, source = file.part("scope"), profile.scope.source
    if profile.scope.of_user_role and profile.subject.codes.get(ROLE_FIELD) != "user-role":
        problem = f'the scope from "{source}" is that of a User Role, which the subject does not have.'
        right = f'Give [subject] key the field {ROLE_FIELD!r} and codes = {{ {ROLE_FIELD} = "user-role" }}.'
        yield scope.wrong(problem, right, "from")
    if profile.scope.of_user_role and not (profile.root / "matrix").is_dir():
        problem = f'the scope from "{source}" is read from matrix/, which {profile.document} does not have.'
        yield scope.wrong(problem, 'Write from = "pack" or "none", or give the document its matrix.', "from")
    if profile.scope.agreed_by == "artefacts" and not profile.handed_in:
        problem = "the scope is agreed as the artefacts are accepted, and none is handed in."
        yield scope.wrong(problem, f'Write agreed_by = "notice", or give it {HANDED_IN.called}.', "agreed_by")


def _of_artefacts(profile: Profile, file: ProcedureFile) -> Mistakes:
    owner, read = file.owner("artefacts"), dict[str, str]()
    for each in profile.handed_in:
        for role, duty in ((each.provided_by, "provide"), (each.reviewed_by, "review")):
            if duty not in profile.roles[role].may:
                problem = f"the role {role!r} is to {duty} the artefact {each.kind!r}, and may not."
                yield owner.wrong(problem, f'Give [roles.{role}] may = ["{duty}", ...].', "artefacts")
        if each.reader != "file" and (other := read.setdefault(each.reader, each.kind)) != each.kind:
            problem = f"{other!r} and {each.kind!r} have the reader {each.reader!r}, which reads one of them only."
            yield owner.wrong(problem, 'Give one of them reader = "file".', "artefacts")


def _of_gates(profile: Profile, file: ProcedureFile) -> Mistakes:
    rows = {entry.values["id"]: entry for entry in file.listed("gates", GATE_KEYS, "id")}
    for number, gate in enumerate(profile.gates):
        place = rows[gate.id]
        if gate.phase in {each.phase for each in profile.gates[:number]}:
            problem = f"there is a gate of the phase {gate.phase} already."
            yield place.wrong(problem, "Put criteria and bodies into the one gate of the phase.", "phase")
        for criterion in gate.criteria:
            if found := _unjudged(criterion, gate, profile):
                problem = f"{criterion.judge.name} judges the criterion {criterion.id!r}, and {found[0]}."
                yield place.wrong(problem, found[1], "criteria")


def _unjudged(criterion: Criterion, gate: Gate, profile: Profile) -> tuple[str, str] | None:
    """Why a criterion could never be judged at a gate, and what would be right."""
    parameters, starter = criterion.judge.parameters, profile.starter()
    match criterion.judge.name:
        case "all-executed" | "pass-rate" if profile.scope.source == "none":
            return "the scope has no tests", 'Give [scope] another source than "none", or leave the criterion out.'
        case "issues-within-thresholds" if not profile.thresholds:
            return "the procedure has no thresholds", "Name rows of thresholds.toml in thresholds."
        case "registered" if not starter.organisation:
            return f"{starter.id!r} is no organisation", f"Write organisation = true at [roles.{starter.id}]."
        case "report-approved" if parameters["kind"] not in gate.approves:
            return f"the gate does not approve {parameters['kind']!r}", "Name it in approves."
        case "documents-final" if not profile.procedure.completed_by(ACKNOWLEDGED):
            return "nothing acknowledges the notice", f'Give a step completed_by = ["{ACKNOWLEDGED}"].'
        case "documents-final" if strange := _never_final(parameters.get("kinds"), gate, profile):
            return f"{strange[0]!r} is neither handed in nor approved by the gate", "Name it in approves, or not here."
        case "subject-identified" if not profile.subject.can_fill(says := str(parameters.get("says", ""))):
            return f"says {says!r}", f"Say it with the subject's fields in braces: {profile.subject.in_braces}."
    return None


def _never_final(kinds: object, gate: Gate, profile: Profile) -> list[str]:
    known = {*gate.approves, *(each.kind for each in profile.handed_in)}
    return [each for each in kinds if each not in known] if isinstance(kinds, tuple) else []


def _of_execution(profile: Profile, file: ProcedureFile) -> Mistakes:
    place, execution, pack = file.part("execution"), profile.execution, profile.scope.pack
    reached = profile.scope.of_user_role or bool(pack and pack.web_services)
    if execution.begins_with == "connectivity" and not reached:
        right = 'Write begins_with = "nothing", or name web_services in the pack.'
        yield place.wrong("it begins with connectivity, and the scope reaches no web service.", right, "begins_with")
    for duty in ("execute", *(("provide", "review") if execution.ends_with != "nothing" else ())):
        if not any(duty in role.may for role in profile.roles.values()):
            yield file.owner("roles").wrong(f"no role may {duty}.", f'Give one may = ["{duty}", ...].', "roles")


def _of_steps(profile: Profile, file: ProcedureFile) -> Mistakes:
    rows = {entry.values["ref"]: entry for entry in file.listed("steps", STEP_KEYS, "ref")}
    for step in profile.procedure.steps:
        place = rows[step.ref]
        for event in step.completed_by:
            if part := lacking(profile, event):
                right = f"Give the procedure {part}, or leave the step out."
                yield place.wrong(f"the event {event} never comes.", right, "completed_by")
            yield from _of_sender(step, event, profile, place)
            yield from _of_period(step, event, place)


def _of_sender(step: Step, event: str, profile: Profile, place: Entry) -> Mistakes:
    duty = ORIGINS[event].duty if event in ORIGINS else None
    if duty is not None and duty not in profile.roles[step.sender].may:
        able = ", ".join(role.id for role in profile.roles.values() if duty in role.may) or "none has it yet"
        problem = f"the event {event} comes from a role that may {duty}, and the sender {step.sender!r} may not."
        yield place.wrong(problem, f"Name a role with the duty: {able}.", "sender")


def _of_period(step: Step, event: str, place: Entry) -> Mistakes:
    """What is said of a week or a day completes the row of that week or day."""
    if event == REPORTED and (step.timing.rule, step.timing.anchor) != ("each-week", START):
        right = f'Write {{ rule = "each-week", anchor = "{START}", working_days = ... }}.'
        yield place.wrong(f"the event {event} tells of a week before the start.", right, "timing")
    if event == PUBLISHED and step.timing.rule != "daily":
        yield place.wrong(f"the event {event} tells of a day.", 'Write { rule = "daily", ... }.', "timing")


def _of_thresholds(profile: Profile, file: ProcedureFile) -> Mistakes:
    owner = file.owner("thresholds")
    for row in profile.thresholds:
        if row.count == "pool" and not profile.procedure.planned_only:
            problem = f"the row {row.id!r} counts over a pool of engagements, which nothing does yet."
            yield owner.wrong(problem, 'Let it count = "engagement" or "provider".', "thresholds")


def _of_routes(profile: Profile, file: ProcedureFile) -> Mistakes:
    for route in profile.routes:
        for trigger in (route.arises_from, *route.lapses_on):
            if trigger and (part := lacking(profile, trigger.fact)):
                problem = f"the route {route.id!r} waits for the event {trigger.fact}, which never comes."
                right = f"Give the procedure {part}, or leave the route out."
                yield file.owner("routes").wrong(problem, right, "routes")


def _of_certificates(profile: Profile, file: ProcedureFile) -> Mistakes:
    owner = file.owner("certificates")
    if profile.certificates and not EXIT.of(profile):
        yield owner.wrong("no gate decides on them.", f"Give the procedure {EXIT.called}.", "certificates")
    if profile.certificates and not profile.organisations():
        right = "Write organisation = true at the role that gets them."
        yield owner.wrong("no organisation can be given one.", right, "certificates")
    for form in profile.certificates:
        for what, field in _fields_of(form, profile):
            if field not in profile.subject.key:
                right = f"The subject has {', '.join(profile.subject.key)}."
                yield owner.wrong(f"{what} {field!r}, which the subject does not have.", right, "certificates")
        if form.rows == "srvs" and not profile.scope.of_user_role:
            problem = f"the form {form.id!r} lists Service Requests, and the scope has none."
            yield owner.wrong(problem, 'Give the form rows = "tests" or "none".', "certificates")
        if form.has_route and not form.route:
            problem = f"the form {form.id!r} says as what each row was tested, and tested_as does not."
            yield file.head().wrong(problem, 'Write tested_as = "...".', "tested_as")


def _fields_of(form: CertificateForm, profile: Profile) -> Iterator[tuple[str, str]]:
    """The fields of the subject that a form needs, each with what needs it."""
    for field in form.fields:
        name = field.source.removeprefix(OF_SUBJECT)
        if field.source.startswith(OF_SUBJECT) and name != "name":
            yield f"the field {field.label!r} of the form {form.id!r} comes from", name
    if form.makes_eligible:
        yield from ((f"the form {form.id!r} makes eligible by", name) for name in OF_REGISTER)
    if form.lists:
        known_by = public_list(form.lists, profile.root).key
        yield from ((f"the list {form.lists!r} is known by", name) for name in known_by)
