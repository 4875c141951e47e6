"""Why the review of artefacts, and what is said of deficiencies, is refused: the docstring is the message."""

from dataclasses import dataclass
from datetime import date

from kernel.refusal import Kind, Refusal


@dataclass(unsafe_hash=True)
class ArtefactKindUnknown(Refusal):
    """This procedure has no artefact {artefact}."""

    remedy = "Name one of: {known}. A form names its fields so, with _ for -."
    clause = "CTSD 5.6.1.5"
    artefact: str
    known: str


@dataclass(unsafe_hash=True)
class NothingToReview(Refusal):
    """No submission waits for a review."""

    kind = Kind.CONFLICT
    remedy = "A review follows a submission of the artefacts."
    clause = "CTSD 5.6.1.6"


@dataclass(unsafe_hash=True)
class DeficiencyMissing(Refusal):
    """Artefacts can't be returned without saying what is deficient."""

    remedy = "Name at least one deficiency: artefact, text and, where it helps, the location."
    clause = "CTSD 5.6.1.6"


@dataclass(unsafe_hash=True)
class DeficiencyNotWanted(Refusal):
    """Artefacts can't be accepted with {count} deficiencies that are no condition."""

    remedy = (
        "Return them with the deficiencies; or accept them with minor ones, each with the day on which it is `due`."
    )
    clause = "CTSD 5.6.1.6"
    count: int


@dataclass(unsafe_hash=True)
class ChecksFail(Refusal):
    """The checks found {count} faults in the submission: {findings}"""

    kind = Kind.CONFLICT
    remedy = (
        "Return the artefacts with deficiencies; they can be accepted when every check passes, or with an override of "
        "each that fails and its reason."
    )
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
class ReviewedBefore(Refusal):
    """Submission {submission} was {outcome} by {by} already."""

    kind = Kind.CONFLICT
    remedy = "Read that review; the next one follows the next submission."
    clause = "CTSD 5.6.1.6"
    submission: int
    outcome: str
    by: str


@dataclass(unsafe_hash=True)
class SubmissionSuperseded(Refusal):
    """Submission {submission} is not the latest: {latest} is."""

    kind = Kind.CONFLICT
    remedy = "Read submission {latest}, and review that."
    clause = "CTSD 5.6.1.8"
    submission: int
    latest: int


@dataclass(unsafe_hash=True)
class NotAReviewingRole(Refusal):
    """{role} does not review the artefacts of this procedure."""

    kind = Kind.FORBIDDEN
    remedy = "They are reviewed by: {roles}."
    clause = "CTSD 6.2.1"
    role: str
    roles: str


@dataclass(unsafe_hash=True)
class SignedOffBefore(Refusal):
    """{role} signed submission {submission} off already."""

    kind = Kind.CONFLICT
    remedy = "Awaited: {awaited}."
    clause = "CTSD 6.2.1"
    submission: int
    role: str
    awaited: str


@dataclass(unsafe_hash=True)
class ReviewerNotAssigned(Refusal):
    """{by} is not assigned to review these artefacts."""

    kind = Kind.FORBIDDEN
    remedy = "Assigned: {assigned}. Whoever acts in the role may assign others."
    clause = "CTSD 5.6.1.6"
    by: str
    assigned: str


@dataclass(unsafe_hash=True)
class ReviewerNamedTwice(Refusal):
    """A reviewer is named twice: {reviewers}."""

    remedy = "Name each once."
    clause = "CTSD 5.6.1.6"
    reviewers: str


@dataclass(unsafe_hash=True)
class ConditionNotUsable(Refusal):
    """A condition can't be due on {due}."""

    remedy = "Name a day from {today} on, before the start on {start}."
    clause = "CTSD 5.8.1(c)"
    due: date
    today: date
    start: date


@dataclass(unsafe_hash=True)
class RescheduleNotWanted(Refusal):
    """Artefacts that are accepted need no revised start."""

    remedy = "Leave `reschedule` out, or return the artefacts."
    clause = "CTSD 5.6.1.6"


@dataclass(unsafe_hash=True)
class OverrideNotWanted(Refusal):
    """No override is needed of: {checks}."""

    remedy = "Override only a check that fails: {failing}."
    clause = "CTSD 5.8.1(c)"
    checks: str
    failing: str


@dataclass(unsafe_hash=True)
class OverrideReasonMissing(Refusal):
    """Overriding a check needs a reason: {checks}."""

    remedy = "Say why it does not stand in the way; the reason is shown to everybody who sees the artefacts."
    clause = "CTSD 5.8.1(c)"
    checks: str


@dataclass(unsafe_hash=True)
class DeficiencyUnknown(Refusal):
    """There is no deficiency {deficiency}."""

    kind = Kind.UNKNOWN
    remedy = "Name one of: {known}."
    clause = "CTSD 5.6.1.6"
    deficiency: str
    known: str


@dataclass(unsafe_hash=True)
class DeficiencySettled(Refusal):
    """Deficiency {deficiency} is {standing}."""

    kind = Kind.CONFLICT
    remedy = "Nothing more is to be said of it; a new deficiency comes with a review."
    clause = "CTSD 5.6.1.8"
    deficiency: str
    standing: str


@dataclass(unsafe_hash=True)
class NotTheirTurn(Refusal):
    """{role} has no {turn} on this deficiency."""

    kind = Kind.FORBIDDEN
    remedy = "It is for {sides}: who provides the artefact proposes, who reviews it answers."
    clause = "CTSD 5.6.1.7"
    role: str
    turn: str
    sides: str


@dataclass(unsafe_hash=True)
class ResolutionNotProposed(Refusal):
    """No resolution of deficiency {deficiency} is proposed."""

    kind = Kind.CONFLICT
    remedy = "Comment on it, or wait for a proposal."
    clause = "CTSD 5.6.1.7"
    deficiency: str


@dataclass(unsafe_hash=True)
class NothingSaid(Refusal):
    """A {turn} needs words."""

    remedy = "Say it in `text`; files may come with it."
    clause = "CTSD 5.6.1.7"
    turn: str
