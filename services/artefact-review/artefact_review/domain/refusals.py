"""Every reason to say no. The docstring is the message, the fields are the facts.

Refusal
├─ what was sent: WeekOutside, WeekInFuture, ArtefactsMissing, NothingRevised, DeficiencyMissing, DeficiencyNotWanted,
│  BelowMinimumSet, DescopingReasonMissing, PreventionReasonMissing, CriterionUnknown, EvidenceNotWanted,
│  StartDateDiffers, TemplateNotCsv
├─ a wrong moment: WeekReported, WithDcc, ArtefactsAccepted, NothingToReview, ChecksFail, DescopingUndecided,
│  DescopingDecidedBefore, EntryGateReady, EntryCriteriaNotMet, NoCriterionUnmet, StartPassed
├─ not there: EngagementUnknown, ProposalUnknown, ArtefactUnknown, TemplateUnknown
└─ a file: NotThatKindOfFile, FileDamaged, WorkbookSuspicious, SheetMissing, ColumnMissing, TableTooLarge,
   TableEmpty, CellNotUnderstood
"""

from dataclasses import dataclass
from datetime import date

from kernel.refusal import Kind, Refusal


@dataclass(unsafe_hash=True)
class EngagementUnknown(Refusal):
    """Nothing is known here of engagement {engagement}."""

    kind = Kind.UNKNOWN
    remedy = "Use the id that the notification was answered with; if it was notified a moment ago, ask again."
    clause = "CTSD 5.6.1.1"
    engagement: str


@dataclass(unsafe_hash=True)
class WeekOutside(Refusal):
    """No Test Readiness Report is due for week {week}."""

    remedy = "Report a week from {first} to {last} that has a Working Day."
    clause = "CTSD 5.6.1.4"
    week: str
    first: str
    last: str


@dataclass(unsafe_hash=True)
class WeekInFuture(Refusal):
    """Week {week} has not begun."""

    remedy = "Report it from its Monday on; today is {today}."
    clause = "CTSD 5.6.1.4"
    week: str
    today: date


@dataclass(unsafe_hash=True)
class WeekReported(Refusal):
    """The Test Readiness Report of week {week} was given already."""

    kind = Kind.CONFLICT
    remedy = "Say what changed in the next week's report."
    clause = "CTSD 6.3.3"
    week: str


@dataclass(unsafe_hash=True)
class ReportDisagrees(Refusal):
    """The report's figures don't agree: {differences}."""

    remedy = "Correct the figures: parts add up to their whole at most, and the User Role is the one that is tested."
    clause = "CTSD 6.3.3"
    differences: str


@dataclass(unsafe_hash=True)
class ArtefactsMissing(Refusal):
    """A first submission needs all four artefacts; {missing} is missing."""

    remedy = "Send test_plan, requirements_traceability_matrix, test_scripts and test_data_plan together."
    clause = "CTSD 5.6.1.5"
    missing: str


@dataclass(unsafe_hash=True)
class NothingRevised(Refusal):
    """No document was sent, or none that differs from the last submission."""

    remedy = "Send at least one changed document."
    clause = "CTSD 5.6.1.7"


@dataclass(unsafe_hash=True)
class WithDcc(Refusal):
    """Submission {submission} is with DCC for review."""

    kind = Kind.CONFLICT
    remedy = "Wait for its review; revised documents may follow when it is returned."
    clause = "CTSD 5.6.1.6"
    submission: int


@dataclass(unsafe_hash=True)
class ArtefactsAccepted(Refusal):
    """The artefacts were accepted with submission {submission}."""

    kind = Kind.CONFLICT
    remedy = "Nothing more is to be done; the entry gate comes next."
    clause = "CTSD 5.6.1.8"
    submission: int


@dataclass(unsafe_hash=True)
class NothingToReview(Refusal):
    """No submission waits for a review."""

    kind = Kind.CONFLICT
    remedy = "A review follows a submission of the Relevant Party."
    clause = "CTSD 5.6.1.6"


@dataclass(unsafe_hash=True)
class DeficiencyMissing(Refusal):
    """Artefacts can't be returned without saying what is deficient."""

    remedy = "Name at least one deficiency: artefact, text and, where it helps, the location."
    clause = "CTSD 5.6.1.6"


@dataclass(unsafe_hash=True)
class DeficiencyNotWanted(Refusal):
    """Artefacts can't be accepted with deficiencies ({count} named)."""

    remedy = "Return them with the deficiencies, or accept them with none."
    clause = "CTSD 5.6.1.6"
    count: int


@dataclass(unsafe_hash=True)
class ChecksFail(Refusal):
    """The checks found {count} faults in the submission: {findings}"""

    kind = Kind.CONFLICT
    remedy = "Return the artefacts with deficiencies; they can be accepted when every check passes."
    clause = "CTSD 5.8.1(c)"
    count: int
    findings: str


@dataclass(unsafe_hash=True)
class DescopingUndecided(Refusal):
    """Descoping is not decided for: {items}."""

    kind = Kind.CONFLICT
    remedy = "Agree or refuse each proposed item, then accept the artefacts."
    clause = "CTSD 5.2.6"
    items: str


@dataclass(unsafe_hash=True)
class ProposalUnknown(Refusal):
    """The notification did not propose to descope {item}."""

    kind = Kind.UNKNOWN
    remedy = "Decide one of the proposed items: {proposed}."
    clause = "CTSD 5.2.5"
    item: str
    proposed: str


@dataclass(unsafe_hash=True)
class DescopingDecidedBefore(Refusal):
    """Descoping {item} was decided already."""

    kind = Kind.CONFLICT
    remedy = "A Party that does not agree may refer the matter to the Panel (CTSD 5.2.7)."
    clause = "CTSD 5.2.6"
    item: str


@dataclass(unsafe_hash=True)
class BelowMinimumSet(Refusal):
    """Without {item} the role {role} would fall below its minimum set of Service Requests: {srvs} would be untested."""

    remedy = "Refuse to descope it."
    clause = "CTSD 5.2.6"
    item: str
    role: str
    srvs: str


@dataclass(unsafe_hash=True)
class DescopingReasonMissing(Refusal):
    """Refusing to descope {item} needs a reason."""

    remedy = "Say why; the Party may refer the matter to the Panel (CTSD 5.2.7)."
    clause = "CTSD 5.2.6"
    item: str


@dataclass(unsafe_hash=True)
class PreventionReasonMissing(Refusal):
    """Preventing the start needs a reason."""

    remedy = "Say what is missing; the Party may refer the matter to the Panel (CTSD 5.8.3)."
    clause = "CTSD 5.8.2(a)"


@dataclass(unsafe_hash=True)
class NoCriterionUnmet(Refusal):
    """A start is prevented because of an entry criterion that is not met; every one of them is."""

    kind = Kind.CONFLICT
    remedy = "Name in `not_met` those that DCC considers not met, of {criteria}; or hold the gate as `ready`."
    clause = "CTSD 5.8.2(a)"
    criteria: str


@dataclass(unsafe_hash=True)
class CriterionUnknown(Refusal):
    """The entry gate has no criterion {criteria}."""

    remedy = "Name those that DCC considers not met, of {known}."
    clause = "CTSD 5.8.1"
    criteria: str
    known: str


@dataclass(unsafe_hash=True)
class EvidenceNotWanted(Refusal):
    """No evidence is to be given for criterion {criterion}."""

    remedy = "Give evidence for one of: {wanted}."
    clause = "CTSD 5.8.1"
    criterion: str
    wanted: str


@dataclass(unsafe_hash=True)
class EntryGateReady(Refusal):
    """The entry gate was passed; testing may start."""

    kind = Kind.CONFLICT
    remedy = "What follows belongs to the execution of tests."
    clause = "CTSD 5.6.1.9"


@dataclass(unsafe_hash=True)
class EntryCriteriaNotMet(Refusal):
    """Not every entry criterion is met. {statements}"""

    kind = Kind.CONFLICT
    remedy = "Meet them, or hold the gate with the outcome `prevented`."
    clause = "CTSD 5.8.1"
    criteria: str
    statements: str


@dataclass(unsafe_hash=True)
class StartDateDiffers(Refusal):
    """The start date of this engagement is {start}, not {given}."""

    remedy = "Confirm {start}."
    clause = "CTSD 5.6.1.9"
    start: date
    given: date


@dataclass(unsafe_hash=True)
class StartPassed(Refusal):
    """The start on {start} has passed; today is {today}."""

    kind = Kind.CONFLICT
    remedy = (
        "DCC reschedules the start (POST /engagements/{engagement}/start; GET /engagements/{engagement}/what-if names "
        "the earliest practicable one), then confirms it."
    )
    clause = "CTSD 5.8.2(b)"
    engagement: str
    start: date
    today: date


@dataclass(unsafe_hash=True)
class ArtefactUnknown(Refusal):
    """No submission of this engagement has a file with the hash {sha256}."""

    kind = Kind.UNKNOWN
    remedy = "Take the hash from the list of artefacts."
    clause = "CTSD 5.6.1.5"
    sha256: str


@dataclass(unsafe_hash=True)
class TemplateUnknown(Refusal):
    """There is no template {template}."""

    kind = Kind.UNKNOWN
    remedy = "Choose one of: {known}."
    clause = "CTSD 9"
    template: str
    known: str


@dataclass(unsafe_hash=True)
class TemplateNotCsv(Refusal):
    """The template {template} is no single table, and does not come as csv."""

    remedy = "Ask for it without `format`. One table, and so csv, is the template of: {tables}."
    clause = "CTSD 9"
    template: str
    tables: str


@dataclass(unsafe_hash=True)
class NotThatKindOfFile(Refusal):
    """{file_name} is {found}; the {artefact} must be {wanted}."""

    remedy = "Send {wanted}. What counts is what is in the file, not its name."
    clause = "CTSD 5.6.1.5"
    file_name: str
    artefact: str
    found: str
    wanted: str


@dataclass(unsafe_hash=True)
class FileDamaged(Refusal):
    """{file_name} can't be read: {problem}."""

    remedy = "Open it in the program that made it, save it again, and send that."
    clause = "CTSD 5.6.1.5"
    file_name: str
    problem: str


@dataclass(unsafe_hash=True)
class WorkbookSuspicious(Refusal):
    """{file_name} was not opened: {problem}."""

    remedy = "Send an ordinary workbook with nothing but its tables."
    clause = "CTSD 5.6.1.5"
    file_name: str
    problem: str


@dataclass(unsafe_hash=True)
class SheetMissing(Refusal):
    """{file_name} has no sheet {sheet}; it has {found}."""

    remedy = "Start from the template of the {artefact}."
    clause = "CTSD 6"
    file_name: str
    artefact: str
    sheet: str
    found: str


@dataclass(unsafe_hash=True)
class ColumnMissing(Refusal):
    """{file_name}, sheet {sheet}, has no column {column} in its first row; it has {found}."""

    remedy = "Start from the template of the {artefact}."
    clause = "CTSD 6"
    file_name: str
    artefact: str
    sheet: str
    column: str
    found: str


@dataclass(unsafe_hash=True)
class TableTooLarge(Refusal):
    """{file_name}, sheet {sheet}, is larger than a {artefact} can be: {problem}."""

    remedy = "Leave only the rows of this engagement."
    clause = "CTSD 6"
    file_name: str
    artefact: str
    sheet: str
    problem: str


@dataclass(unsafe_hash=True)
class TableEmpty(Refusal):
    """{file_name}, sheet {sheet}, has no rows under its first."""

    remedy = "Complete the {artefact} from its template."
    clause = "CTSD 6"
    file_name: str
    artefact: str
    sheet: str


@dataclass(unsafe_hash=True)
class CellNotUnderstood(Refusal):
    """{file_name}, {location}, column {column}: {value} is not understood."""

    remedy = "Write {wanted}."
    clause = "CTSD 6"
    file_name: str
    location: str
    column: str
    value: str
    wanted: str
