"""What is kept of each fact, and what the facts of an engagement come to. Pure."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

from contracts import Contract
from contracts.artefact_review import ArtefactsSubmitted, EntryGateHeld, ScopeAgreed
from contracts.certification import CertificateIssued, ExitGateHeld
from contracts.execution_tracker import ConnectivityChecked, ConnectivityConfirmed, DashboardPublished
from contracts.execution_tracker import ExecutionCompleted as ExecutionCompletedFact
from contracts.notification import EngagementNotified, NotificationAcknowledged, TimetableChanged

Phase = Literal["notified", "preparation", "ready", "execution", "completion", "certification", "certified"]

Facts = Mapping[str, Mapping[str, Any]]
"""The digest of the latest fact of each name."""

MILESTONES: Final = tuple(
    contract.fact()
    for contract in (
        EngagementNotified,
        NotificationAcknowledged,
        EntryGateHeld,
        ConnectivityChecked,
        ConnectivityConfirmed,
        ExecutionCompletedFact,
        ExitGateHeld,
        CertificateIssued,
    )
)
"""The facts that a phase depends on."""


def digest(contract: Contract) -> dict[str, Any]:
    """What is kept of a fact: all of it, but of what is long only the figures."""
    match contract:
        case ScopeAgreed():
            kinds = Counter(test.kind for test in contract.tests)
            return {**contract.model_dump(mode="json", exclude={"tests"}), "tests": kinds.total(), "by_kind": kinds}
        case ArtefactsSubmitted():
            failed = [finding.rule for finding in contract.findings if not finding.passed]
            kept = contract.model_dump(mode="json", exclude={"findings"})
            return {**kept, "checks": len(contract.findings), "checks_failed": failed[:20]}
        case TimetableChanged():
            keys = [row.key for row in contract.deadlines]
            return {"reason": contract.reason, "steps": len(keys), "withdrawn": list(contract.withdrawn)}
        case DashboardPublished():
            kept = contract.model_dump(mode="json", exclude={"figures"})
            return {**kept, "scheduled": contract.figures.scheduled, "executed": contract.figures.executed}
        case _:
            return contract.model_dump(mode="json")


def phase(facts: Facts, began: bool = False) -> Phase:
    """How far an engagement has come. `began`: there are test results."""
    gate = facts.get(ExitGateHeld.fact())
    if CertificateIssued.fact() in facts:
        return "certified"
    if gate and gate["outcome"] == "complete":
        return "certification"
    if completed := facts.get(ExecutionCompletedFact.fact()):
        return "execution" if gate and _instant(gate["held_at"]) > _instant(completed["completed_at"]) else "completion"
    return _until_execution(facts, began)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _until_execution(facts: Facts, began: bool) -> Phase:
    if began or ConnectivityChecked.fact() in facts or ConnectivityConfirmed.fact() in facts:
        return "execution"
    entry = facts.get(EntryGateHeld.fact())
    if entry and entry["outcome"] == "ready":
        return "ready"
    return "preparation" if NotificationAcknowledged.fact() in facts else "notified"
