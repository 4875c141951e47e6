"""What is kept of each fact. Pure."""

from collections import Counter
from typing import Any

from contracts import Contract
from contracts.artefact_review import ArtefactsSubmitted, ArtefactsUpdated, ScopeAgreed
from contracts.execution_tracker import DashboardPublished
from contracts.notification import TimetableChanged


def digest(contract: Contract) -> dict[str, Any]:
    """What is kept of a fact: all of it, but of what is long only the figures."""
    match contract:
        case ScopeAgreed():
            kinds = Counter(test.kind for test in contract.tests)
            return {**contract.model_dump(mode="json", exclude={"tests"}), "tests": kinds.total(), "by_kind": kinds}
        case ArtefactsSubmitted() | ArtefactsUpdated():
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
