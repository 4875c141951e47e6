"""What tests of this service begin with: engagements as far as the report, the gate or the certificate."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts import certification as published
from contracts import execution_tracker as tracker
from contracts.common import Contact
from contracts.notification import EngagementNotified
from kernel.principal import Role
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
COMPLETE = {"outcome": "complete", "meeting_on": "2027-05-07", "report_approved": True}
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

RAISED = tracker.IssueRaised(
    issue=1, test="SR:8.9:CV1-OD:S1", severity=3, title="Rounding", raised_by="T", raised_at=NOW
)
PROPOSED = tracker.RemediationPlanProposed(
    issue=1, steps="Round half up.", resolve_by=NOW.date(), workaround="None.", proposed_at=NOW
)
AGREED = tracker.RemediationPlanAgreed(issue=1, agreed_by="D", agreed_at=NOW)


async def executed(service: Probe, party: str = "ESUP", procedure: str = "uept", srvs: tuple[str, ...] = SRVS) -> UUID:
    """An engagement whose execution is complete, with one outstanding issue that has an agreed plan."""
    engagement = uuid4()
    for fact in (notice(party, procedure), RAISED, PROPOSED, AGREED, execution(srvs)):
        await service.deliver(fact, str(engagement))
    return engagement


def notice(party: str, procedure: str) -> EngagementNotified:
    """A Party wants to become an Export Supplier."""
    return EngagementNotified(
        procedure=procedure,
        rulebook="ctsd-2026.2",
        party=party,
        party_name=f"{party} & Partners Ltd",
        role="ES",
        start_date=NOW.date(),
        test_manager=Contact(name="Tess", email="tess@example.com"),
        code_administrator_notified=True,
        descoping=(),
        notified_at=NOW,
    )


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
    async with service.client(Role.PARTICIPANT, party) as client:
        return await client.post(
            f"/engagements/{engagement}/completion-report", files={"file": (name, data)}, data={"report": text}
        )


async def completed(service: Probe, party: str, procedure: str = "uept", srvs: tuple[str, ...] = SRVS) -> UUID:
    """An engagement that passed the exit gate."""
    engagement = await executed(service, party, procedure, srvs)
    assert (await submit(service, engagement, party)).status_code == 201
    async with service.client(Role.DCC) as dcc:
        assert (await dcc.post(f"/engagements/{engagement}/completion-report/receipt")).status_code == 200
        held = await dcc.post(f"/engagements/{engagement}/exit-gate", json=COMPLETE)
        assert held.status_code == 200, held.text
    return engagement


async def certified(
    service: Probe, party: str, procedure: str = "uept", srvs: tuple[str, ...] = SRVS
) -> tuple[UUID, published.CertificateIssued]:
    """An engagement whose certificate was issued."""
    engagement = await completed(service, party, procedure, srvs)
    async with service.client(Role.DCC) as dcc:
        requested = await dcc.post(f"/engagements/{engagement}/certificate", json={"signatory": "Dana Clerk"})
        assert requested.status_code == 202, requested.text
    issued = await service.published(published.CertificateIssued, str(engagement))
    assert issued.number == requested.json()["number"]
    return engagement, issued
