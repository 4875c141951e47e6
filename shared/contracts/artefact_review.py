"""What the artefact-review service publishes. The subject is the engagement's id."""

from typing import Literal

from contracts.base import Contract, Day, Instant, Part
from contracts.common import CriterionVerdict, DescopedItem, DescopingProposal


class ReadinessReported(Contract, name="artefact-review.readiness-reported"):
    """The Test Readiness Report of one ISO week, for example `2027-W05` (CTSD 5.6.1.4, 6.3.3)."""

    week: str
    rag: Literal["red", "amber", "green"]
    reported_by: str
    reported_at: Instant


class ArtefactFile(Part):
    """One submitted document; `sha256` names its bytes in the object store."""

    kind: str
    file_name: str
    sha256: str
    size: int


class Finding(Part):
    """What one check found in a submission: the rule, what was seen and where.

    A `failure` has not passed and stands in the way of acceptance; a `warning` has passed and is to be looked at.
    """

    rule: str
    clause: str
    passed: bool
    message: str
    artefact: str | None = None
    location: str | None = None
    severity: Literal["failure", "warning"] | None = None


class ArtefactsSubmitted(Contract, name="artefact-review.artefacts-submitted"):
    """The artefacts of CTSD 5.6.1.5, or revised ones (5.6.1.7): `submission` counts from 1."""

    submission: int
    artefacts: tuple[ArtefactFile, ...]
    findings: tuple[Finding, ...]
    submitted_by: str
    submitted_at: Instant


class Deficiency(Part):
    """A deficiency that was found, in the file `sha256`. One of an accepted submission is a condition, due by a day."""

    id: str
    artefact: str
    text: str
    location: str | None = None
    severity: Literal["major", "minor"] = "major"
    sha256: str | None = None
    due: Day | None = None


class Override(Part):
    """A check that failed and did not stand in the way, and why."""

    check: str
    reason: str


class ArtefactsReviewed(Contract, name="artefact-review.artefacts-reviewed"):
    """The review of a submission: accepted, or returned with deficiencies (CTSD 5.6.1.6, 5.6.1.8).

    `reschedule`: the start can't be kept, and moves to the earliest practicable one.
    """

    submission: int
    outcome: Literal["accepted", "returned"]
    deficiencies: tuple[Deficiency, ...]
    reviewed_by: str
    reviewed_at: Instant
    overrides: tuple[Override, ...] = ()
    reschedule: bool = False


class ReviewersAssigned(Contract, name="artefact-review.reviewers-assigned"):
    """From now on these people review the artefacts for a role; nobody named: whoever acts in it."""

    role: str
    reviewers: tuple[str, ...]
    assigned_by: str
    assigned_at: Instant


class ArtefactsSignedOff(Contract, name="artefact-review.artefacts-signed-off"):
    """One of several reviewing roles accepts a submission; the others are awaited."""

    submission: int
    role: str
    overrides: tuple[Override, ...]
    signed_off_by: str
    signed_off_at: Instant


class Attachment(Part):
    """A file that was sent along; `sha256` names its bytes in the object store."""

    file_name: str
    sha256: str
    size: int


class DeficiencyDiscussed(Contract, name="artefact-review.deficiency-discussed"):
    """A turn of the conversation on a deficiency: a comment, or a resolution proposed, accepted or refused."""

    deficiency: str
    turn: Literal["comment", "resolution-proposed", "resolution-accepted", "resolution-refused"]
    text: str
    attachments: tuple[Attachment, ...]
    role: str
    said_by: str
    said_at: Instant


class DescopingDecided(Contract, name="artefact-review.descoping-decided"):
    """DCC agreed or refused to descope an item (CTSD 5.2.6)."""

    item: DescopedItem
    agreed: bool
    reason: str
    decided_by: str
    decided_at: Instant


class DescopingProposed(Contract, name="artefact-review.descoping-proposed"):
    """More is wished to be descoped than the notice said, before the scope is agreed (CTSD 5.2.5)."""

    proposals: tuple[DescopingProposal, ...]
    proposed_by: str
    proposed_at: Instant


class ProposalWithdrawn(Contract, name="artefact-review.proposal-withdrawn"):
    """Who proposed to descope an item does so no longer, before it was decided: the item is tested (CTSD 5.2.5)."""

    item: DescopedItem
    withdrawn_by: str
    withdrawn_at: Instant


class ScopedTest(Part):
    """One test that must be executed. `order` counts where the order is prescribed (CTSD 3.1.1)."""

    id: str
    kind: str
    title: str
    srv: str | None = None
    variant: str | None = None
    generation: str | None = None
    code: str | None = None
    order: int | None = None


class ScopeAgreed(Contract, name="artefact-review.scope-agreed"):
    """The whole set of tests to execute, and the web services to connect to (CTSD 8.1, 5.10.2)."""

    rulebook: str
    tests: tuple[ScopedTest, ...]
    descoped: tuple[DescopedItem, ...]
    web_services: tuple[str, ...]
    agreed_at: Instant


class PlannedDay(Part):
    """A day of the Test Schedule and how many tests are planned for it (CTSD 6.4.3e)."""

    day: Day
    tests: int


class GateBodyDecided(Contract, name="artefact-review.gate-body-decided"):
    """A body of an entry gate's chain approved, and the next one decides."""

    gate: str
    body: str
    reason: str
    decided_by: str
    decided_at: Instant


class ArtefactsUpdated(Contract, name="artefact-review.artefacts-updated"):
    """Artefacts in a new version while tests run, with the Test Schedule as it is now (CTSD 5.10.1).

    `changed` are the kinds that came; `submission` counts on from those that were reviewed. No gate follows.
    """

    submission: int
    artefacts: tuple[ArtefactFile, ...]
    changed: tuple[str, ...]
    findings: tuple[Finding, ...]
    schedule: tuple[PlannedDay, ...]
    last_day: Day | None
    updated_by: str
    updated_at: Instant


class EntryGateHeld(Contract, name="artefact-review.entry-gate-held"):
    """A gate before testing: every criterion with its verdict, and the Test Schedule confirmed (CTSD 5.6.1.9, 5.8).

    `last_day` is the last planned day; None where nothing is planned. `body` is the one whose word it is. `reschedule`:
    a start that is prevented moves to the earliest practicable one (5.8.2b).
    """

    gate: str
    body: str
    outcome: Literal["ready", "prevented"]
    criteria: tuple[CriterionVerdict, ...]
    start_date: Day
    schedule: tuple[PlannedDay, ...]
    last_day: Day | None
    reason: str
    held_by: str
    held_at: Instant
    reschedule: bool = False


class EntryGateDetermined(Contract, name="artefact-review.entry-gate-determined"):
    """The body to which a decision at a gate before testing was referred has determined whether its criteria are met.

    Where they are, the gate opens by itself once the start is one that has not passed (CTSD 5.8.3).
    """

    gate: str
    body: str
    outcome: Literal["met", "not-met"]
    reasons: str
    determined_by: str
    determined_at: Instant


class Outstanding(Part):
    """A document that is outstanding for a criterion, and the last day on which it may be provided (CTSD 5.8.2c)."""

    criterion: str
    document: str
    by: Day


class ProvisionallyApproved(Contract, name="artefact-review.provisionally-approved"):
    """A gate before testing was approved provisionally: it is ready once all that is outstanding came in time.

    Its start is confirmed by `entry-gate-held`, which follows the last document by itself (CTSD 5.8.2c).
    """

    gate: str
    body: str
    criteria: tuple[CriterionVerdict, ...]
    outstanding: tuple[Outstanding, ...]
    start_date: Day
    reason: str
    approved_by: str
    approved_at: Instant


class OutstandingProvided(Contract, name="artefact-review.outstanding-provided"):
    """What was outstanding for a criterion was provided in time; `statement` is what shows it (CTSD 5.8.2c)."""

    criterion: str
    document: str
    statement: str
    provided_by: str
    provided_at: Instant


class ProvisionalApprovalLapsed(Contract, name="artefact-review.provisional-approval-lapsed"):
    """What is listed was not provided in time: testing does not start (CTSD 5.8.2c)."""

    gate: str
    outstanding: tuple[Outstanding, ...]
    start_date: Day
    lapsed_at: Instant
