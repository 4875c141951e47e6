"""Completions as tests need them: as far as the report, the gate or the certificate, through a real service."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts import certification as published
from contracts import execution_tracker as tracker
from contracts.common import Participant
from contracts.notification import EngagementNotified
from testing.notice import notified
from testing.probe import Probe

NOW = datetime(2027, 5, 7, 10, 0, tzinfo=UTC)
SRVS = ("6.2.4", "6.15.1", "8.9")
PDF = b"""%PDF-1.7
1 0 obj
<< /Type /Catalog /Pages 2 0 R >>
endobj
2 0 obj
<< /Type /Pages /Kids [3 0 R] /Count 1 >>
endobj
3 0 obj
<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>
endobj
trailer
<< /Root 1 0 R >>
startxref
0
%%EOF
"""
COMPLETE = {"outcome": "complete", "meeting_on": "2027-05-07", "approved": ["test-completion-report"]}
REVIEWED = {"outcome": "complete"}
"""The decision of a gate that is held without a meeting and approves no document."""
FURTHER = {
    "outcome": "further-testing",
    "meeting_on": "2027-05-07",
    "reason": "Run 2 lacks its evidence",
    "not_met": {"5.19.1a": "The evidence of run 2 is missing."},
}
ISSUES: dict[str, Any] = {"total": 1, "by_status": {"planned": 1}, "by_severity": {"3": 1}}
REPORT: dict[str, Any] = {
    "approach": "Every script by hand, in two runs.",
    "scope": "All tests in scope of an Export Supplier.",
    "environment_updates": "None.",
    "tests": {"scheduled": 40, "passed": 39, "failed": 1},
    "runs": [{"run": "Run 1", "passed": 30, "failed": 2}, {"run": "Run 2", "passed": 9, "failed": 1}],
    "issues": ISSUES,
    "explanations": [{"tests": ["SR:8.9:CV1-OD:S1"], "explanation": "Issue 1 stays outstanding, with an agreed plan."}],
}


def issue(
    change: str, status: tracker.IssueStatus, plan_agreed: bool = False, verified_by: UUID | None = None
) -> tracker.IssueChanged:
    """The one testing issue, as it stands after a change."""
    return tracker.IssueChanged.model_validate(
        {
            "issue": 1,
            "change": change,
            "test": "SR:8.9:CV1-OD:S1",
            "severity": 3,
            "title": "Rounding",
            "status": status,
            "plan_agreed": plan_agreed,
            "verified_by": verified_by,
            "raised_by": "T",
            "provider": None,
            "changed_by": "T",
            "changed_at": NOW,
        }
    )


RAISED = issue("raised", "open")
PROPOSED = issue("plan-proposed", "open")
AGREED = issue("plan-agreed", "planned", plan_agreed=True)


async def executed(service: Probe, party: str = "ESUP", procedure: str = "uept", srvs: tuple[str, ...] = SRVS) -> UUID:
    """An engagement whose execution is complete, with one outstanding issue that has an agreed plan."""
    engagement = uuid4()
    for fact in (notice(party, procedure), RAISED, PROPOSED, AGREED, execution(srvs)):
        await service.deliver(fact, str(engagement))
    return engagement


def notice(party: str, procedure: str) -> EngagementNotified:
    """A Party wants to become an Export Supplier, or to add Service Requests."""
    participant = Participant(role="participant", organisation=party, name=f"{party} & Partners Ltd")
    return notified(party, "ES", procedure=procedure, participants=(participant,), notified_at=NOW)


def execution(srvs: tuple[str, ...]) -> tracker.ExecutionCompleted:
    """Execution is complete, with one test that did not pass."""
    return tracker.ExecutionCompleted(
        criteria=(),
        scheduled=40,
        tests=tracker.TestCounts(passed=39, failed=1, blocked=0, not_run=0, ready=0),
        issues_total=1,
        issues_by_status={"planned": 1},
        issues_by_severity={"3": 1},
        srvs=srvs,
        completed_by="Tess",
        completed_at=NOW,
        unsuccessful=("SR:8.9:CV1-OD:S1",),
        runs=(
            tracker.RunCount(run="Run 1", passed=30, failed=2, blocked=0, not_run=0, ready=0),
            tracker.RunCount(run="Run 2", passed=9, failed=1, blocked=0, not_run=0, ready=0),
        ),
    )


async def submit(
    service: Probe, engagement: UUID, party: str = "ESUP", report: Any = REPORT, data: bytes = PDF, name: str = "r.pdf"
) -> httpx.Response:
    """The participant sends a report."""
    text = report if isinstance(report, str) else json.dumps(report)
    async with service.client("participant", party) as client:
        return await client.post(
            f"/engagements/{engagement}/completion-report", files={"file": (name, data)}, data={"report": text}
        )


async def submit_evidence(service: Probe, engagement: UUID, party: str, *names: str) -> httpx.Response:
    """The participant sends the completed dashboard and the Test Evidence."""
    files = [("files", (name, PDF)) for name in names or ("dashboard.pdf", "evidence.pdf")]
    async with service.client("participant", party) as client:
        return await client.post(
            f"/engagements/{engagement}/test-evidence", files=files, data={"note": "Every test passed; see page 2."}
        )


async def completed(service: Probe, party: str, procedure: str = "uept", srvs: tuple[str, ...] = SRVS) -> UUID:
    """An engagement that passed the exit gate."""
    engagement = await executed(service, party, procedure, srvs)
    by_evidence = procedure == "additional-sr-dust"
    sent = await (submit_evidence if by_evidence else submit)(service, engagement, party)
    assert sent.status_code == 201, sent.text
    async with service.client("dcc") as dcc:
        assert (await dcc.post(f"/engagements/{engagement}/completion-report/receipt")).status_code == 200
        held = await dcc.post(f"/engagements/{engagement}/exit-gate", json=REVIEWED if by_evidence else COMPLETE)
        assert held.status_code == 200, held.text
    return engagement


async def certified(
    service: Probe, party: str, procedure: str = "uept", srvs: tuple[str, ...] = SRVS
) -> tuple[UUID, published.CertificateIssued]:
    """An engagement whose certificates were issued, and the last of them."""
    engagement = await completed(service, party, procedure, srvs)
    async with service.client("dcc") as dcc:
        requested = await dcc.post(f"/engagements/{engagement}/certificate", json={"signatory": "Dana Clerk"})
        assert requested.status_code == 202, requested.text
    numbers = requested.json()["certificates"]
    issued = await service.all_published(published.CertificateIssued, str(engagement), len(numbers))
    return engagement, next(each for each in issued if each.number == numbers[-1])
