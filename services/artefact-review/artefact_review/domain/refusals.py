"""Why reports, artefacts and descoping are refused: the docstring is the message.

Those of the review are in `review_refusals.py`, of the gate in `gate_refusals.py`, of files in `files/refusals.py`.
"""

from dataclasses import dataclass
from datetime import date

from kernel.refusal import Kind, Refusal


@dataclass(unsafe_hash=True)
class ReadinessReportsNotAskedFor(Refusal):
    """{procedure} has no weekly Test Readiness Report."""

    remedy = "Nothing is to be reported before testing; see the timetable of the engagement."
    clause = "CTSD 6.3.1"
    procedure: str


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
class ArtefactsNotAskedFor(Refusal):
    """{procedure} has no artefacts that are reviewed before testing."""

    remedy = "Submit none; the entry gate does not wait for any. What the Party keeps may come as an update."
    clause = "CTSD 5.6.1.5"
    procedure: str


@dataclass(unsafe_hash=True)
class NotAFile(Refusal):
    """The form field {field} is no file."""

    remedy = "Send the artefact as a file of the multipart form."
    clause = "CTSD 5.6.1.5"
    field: str


@dataclass(unsafe_hash=True)
class ArtefactsMissing(Refusal):
    """A first submission needs every artefact of the procedure; {missing} is missing."""

    remedy = "Send together: {wanted}."
    clause = "CTSD 5.6.1.5"
    missing: str
    wanted: str


@dataclass(unsafe_hash=True)
class NothingRevised(Refusal):
    """No document was sent, or none that differs from the last submission."""

    remedy = "Send at least one changed document."
    clause = "CTSD 5.6.1.7"


@dataclass(unsafe_hash=True)
class AwaitsReview(Refusal):
    """Submission {submission} waits for its review."""

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
class ArtefactNotMaintained(Refusal):
    """The {artefact} is not kept up to date while tests run."""

    remedy = "Send new versions only of: {maintained}."
    clause = "CTSD 6.2.1"
    artefact: str
    maintained: str


@dataclass(unsafe_hash=True)
class ExecutionNotBegun(Refusal):
    """The entry gate was not passed; artefacts are kept up to date while tests run."""

    kind = Kind.CONFLICT
    remedy = "Before the gate, submit revised artefacts when the review returns them."
    clause = "CTSD 5.10.1"


@dataclass(unsafe_hash=True)
class UpdateFailsChecks(Refusal):
    """The checks found {count} faults in the new versions: {findings}"""

    remedy = "Correct them and send the new versions again; no review follows that could return them."
    clause = "CTSD 5.10.1"
    count: int
    findings: str


@dataclass(unsafe_hash=True)
class DescopingNotOffered(Refusal):
    """{procedure} has no descoping."""

    remedy = "What is not to be tested is left out of the notification."
    clause = "CTSD 5.2.2"
    procedure: str


@dataclass(unsafe_hash=True)
class ProposedTooLate(Refusal):
    """The scope is agreed; {items} can't be proposed to be descoped any more."""

    kind = Kind.CONFLICT
    remedy = "Execute the tests; nobody must use in live operation what it is eligible for."
    clause = "CTSD 5.2.5"
    items: str


@dataclass(unsafe_hash=True)
class ProposedBefore(Refusal):
    """A test that falls away with {item} falls away with another proposal too."""

    kind = Kind.CONFLICT
    remedy = "Propose each test once: leave it out, or withdraw the other proposal while it is undecided."
    clause = "CTSD 5.2.5"
    item: str


@dataclass(unsafe_hash=True)
class ProposalGroundNotOpen(Refusal):
    """{kind_of_item} {item} is proposed on ground (b), which is that a Response Code can't be produced."""

    remedy = "Propose it on ground (a), when what it tests will not be used, or leave it in scope."
    clause = "CTSD 5.2.2"
    kind_of_item: str
    item: str


@dataclass(unsafe_hash=True)
class ItemNamedTwice(Refusal):
    """An item is named twice: {items}."""

    remedy = "Name each item of a group once."
    clause = "CTSD 5.2.6"
    items: str


@dataclass(unsafe_hash=True)
class ProposalUnknown(Refusal):
    """It was not proposed to descope {item}."""

    kind = Kind.UNKNOWN
    remedy = "Name one of the proposed items: {proposed}."
    clause = "CTSD 5.2.5"
    item: str
    proposed: str


@dataclass(unsafe_hash=True)
class ProposalWithdrawnBefore(Refusal):
    """The proposal to descope {item} was withdrawn."""

    kind = Kind.CONFLICT
    remedy = "Nothing is to be decided of it: it is tested."
    clause = "CTSD 5.2.5"
    item: str


@dataclass(unsafe_hash=True)
class ScopeAgreedBefore(Refusal):
    """The scope is agreed; what was said of descoping {item} stands."""

    kind = Kind.CONFLICT
    remedy = "What is descoped and wanted again is tested later, by UEPT or Additional SR Testing (CTSD 5.2.10)."
    clause = "CTSD 5.2.10"
    item: str


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
class ArtefactUnknown(Refusal):
    """No submission of this engagement has a file with the hash {sha256}."""

    kind = Kind.UNKNOWN
    remedy = "Take the hash from the list of artefacts."
    clause = "CTSD 5.6.1.5"
    sha256: str


@dataclass(unsafe_hash=True)
class VersionUnknown(Refusal):
    """There is no version {version} of the {artefact}."""

    kind = Kind.UNKNOWN
    remedy = "Name a version from 1 to {latest}; each content counts once, in the order of submission."
    clause = "CTSD 5.6.1.7"
    version: int
    artefact: str
    latest: int


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
class TemplateIsJson(Refusal):
    """The template {template} is what a request sends as JSON, and does not come as {format}."""

    remedy = "Ask for it without `format`: it comes as JSON, to fill in and to send."
    clause = "CTSD 9"
    template: str
    format: str
