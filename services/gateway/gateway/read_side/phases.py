"""How far an engagement has come, and when it ended: from its procedure's profile and its latest facts. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

from contracts.artefact_review import ArtefactsSubmitted, EntryGateHeld
from contracts.certification import CertificateIssued, ExitGateHeld
from contracts.execution_tracker import ConnectivityChecked, ConnectivityConfirmed, ExecutionCompleted
from contracts.notification import (
    EngagementNotified,
    EngagementWithdrawn,
    NotificationAcknowledged,
    StartRescheduled,
    StepRecorded,
)
from rulebook.engine.profile import Profile

Phase = Literal[
    "notified", "preparation", "ready", "execution", "completion", "certification", "certified", "ended", "withdrawn"
]

Milestones = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""The latest digest of each fact by its name and by what it is about: a gate, the form of a certificate, or nothing."""

PREPARING: Final = (NotificationAcknowledged.fact(), StepRecorded.fact(), ArtefactsSubmitted.fact())
EXECUTING: Final = (ConnectivityChecked.fact(), ConnectivityConfirmed.fact())
GATES: Final = {"entry": (EntryGateHeld.fact(), "ready"), "exit": (ExitGateHeld.fact(), "complete")}
"""The fact that tells of a gate of each phase, and its positive outcome."""

MILESTONES: Final = (
    EngagementNotified.fact(),
    *PREPARING,
    *EXECUTING,
    ExecutionCompleted.fact(),
    *(fact for fact, _ in GATES.values()),
    CertificateIssued.fact(),
    EngagementWithdrawn.fact(),
    StartRescheduled.fact(),
)
"""The facts that a phase depends on."""


def phase(profile: Profile, latest: Milestones, began: bool = False) -> Phase:
    """How far an engagement has come. `began`: there are test results."""
    if _completed_at(profile, latest) is not None:
        return "certified" if profile.certificates else "ended"
    if EngagementWithdrawn.fact() in latest:
        return "withdrawn"
    if _passed(profile, latest, "exit"):
        return "certification"
    if completed := _instants(latest, ExecutionCompleted.fact()):
        # What an exit gate said of the testing before is over: a further round of testing runs.
        again = any(held > max(completed) for held in _instants(latest, ExitGateHeld.fact()))
        return "execution" if again else "completion"
    return _until_execution(profile, latest, began)


def ended_at(profile: Profile, latest: Milestones) -> datetime | None:
    """When an engagement ended: when it was completed, or else when it was withdrawn."""
    return _completed_at(profile, latest) or _last(latest.get(EngagementWithdrawn.fact(), {}))


def _completed_at(profile: Profile, latest: Milestones) -> datetime | None:
    """When the last certificate was issued, or where it has none its exit was passed, or execution completed."""
    if profile.certificates:
        issued = latest.get(CertificateIssued.fact(), {})
        return _last(issued) if {form.id for form in profile.certificates} <= set(issued) else None
    if _has_gate(profile, "exit"):
        return _last(latest[ExitGateHeld.fact()]) if _passed(profile, latest, "exit") else None
    return _last(latest.get(ExecutionCompleted.fact(), {}))


def _until_execution(profile: Profile, latest: Milestones, began: bool) -> Phase:
    if began or any(fact in latest for fact in EXECUTING):
        return "execution"
    if _passed(profile, latest, "entry") and not _moved_since(latest):
        return "ready"
    return "preparation" if any(fact in latest for fact in PREPARING) else "notified"


def _moved_since(latest: Milestones) -> bool:
    """Whether the start was moved after the gate had confirmed it: then the gate is held anew."""
    held = _instants(latest, EntryGateHeld.fact())
    return any(moved > max(held) for moved in _instants(latest, StartRescheduled.fact()))


def _passed(profile: Profile, latest: Milestones, phase: str) -> bool:
    """Whether the procedure has gates of a phase and each was last held with the positive outcome."""
    fact, positive = GATES[phase]
    held = latest.get(fact, {})
    outcomes = [held.get(gate.id, {}).get("outcome") for gate in profile.gates if gate.phase == phase]
    return bool(outcomes) and all(outcome == positive for outcome in outcomes)


def _has_gate(profile: Profile, phase: str) -> bool:
    return any(gate.phase == phase for gate in profile.gates)


def _instants(latest: Milestones, fact: str) -> list[datetime]:
    return [each["at"] for each in latest.get(fact, {}).values()]


def _last(facts: Mapping[str, Mapping[str, Any]]) -> datetime | None:
    return max((each["at"] for each in facts.values()), default=None)
