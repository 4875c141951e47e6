"""What the Party and DCC do in the running service, and what other services told it."""

import io
from datetime import UTC, date, datetime
from typing import Any

import httpx
from openpyxl import load_workbook

from contracts.certification import CertificateIssued, CertifiedSrv
from contracts.common import Contact, DescopingProposal
from contracts.notification import NotificationAcknowledged, PartyRegistered, StartRescheduled
from testing.notice import notified
from testing.probe import Probe

from . import given

NOW = datetime(2027, 1, 22, 10, tzinfo=UTC)
E11 = DescopingProposal(kind="response-code", item="E11", reason="b", rationale="We can't.")
NOTICE = notified("ACME", descoping=(E11,))
ACCESSION = PartyRegistered(signifier="ACME", name="Acme Export Ltd", acceded_on=date(2026, 6, 1), reference="SEC-4711")
ACKNOWLEDGED = NotificationAcknowledged(
    contact=Contact(name="Priya", email="priya@dcc.example"),
    initiation_meeting_on=date(2026, 11, 27),
    acknowledged_at=datetime(2026, 11, 25, 10, tzinfo=UTC),
)
RESCHEDULED = StartRescheduled(
    was=given.START,
    start_date=date(2027, 3, 15),
    earliest=date(2027, 3, 8),
    reason="The bench is late.",
    rescheduled_by="dana",
    rescheduled_at=NOW,
)
FIELDS = {kind: kind.replace("-", "_") for kind in given.KINDS}


class Scenario:
    """An engagement as its participant and DCC see it."""

    def __init__(self, service: Probe, engagement: str) -> None:
        self.participant = service.client("participant", party="ACME")
        self.dcc = service.client("dcc")
        self.path = f"/engagements/{engagement}"

    async def does(self, who: httpx.AsyncClient, what: str, status: int = 200, **body: Any) -> dict[str, Any]:
        reply = await who.post(f"{self.path}/{what}", json=body)
        assert reply.status_code == status, reply.text
        answer: dict[str, Any] = reply.json()
        return answer

    async def reads(self, what: str) -> dict[str, Any]:
        reply = await self.participant.get(f"{self.path}/{what}")
        assert reply.status_code == 200, reply.text
        answer: dict[str, Any] = reply.json()
        return answer

    async def sends(self, what: str, files: dict[str, tuple[str, bytes]], **headers: str) -> httpx.Response:
        return await self.participant.post(f"{self.path}/{what}", files=files, headers=headers)

    async def files(self) -> dict[str, tuple[str, bytes]]:
        """The templates, completed."""
        found = {}
        for kind, field in FIELDS.items():
            reply = await self.participant.get(f"{self.path}/templates/{kind}")
            assert reply.status_code == 200, reply.text
            found[field] = (f"{kind}.xlsx", completed(reply.content))
        return found


def completed(template: bytes) -> bytes:
    workbook = load_workbook(io.BytesIO(template))
    for sheet in workbook.worksheets:
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                cell.value = "Written." if cell.value in (None, "") else cell.value
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def draft(scripts: bytes) -> bytes:
    workbook = load_workbook(io.BytesIO(scripts))
    sheet = workbook.worksheets[0]
    sheet.cell(sheet.max_row, 3).value = "RC:E13:S1"
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def slower(plan: bytes) -> bytes:
    """A Test Plan whose last day has a test less, which another day long after has."""
    workbook = load_workbook(io.BytesIO(plan))
    sheet = workbook["Schedule"]
    sheet["B6"].value -= 1
    sheet.insert_rows(7)
    sheet["A7"], sheet["B7"] = "2027-03-15", 1
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def weekly(week: str) -> dict[str, Any]:
    return {
        "week": week,
        "test_tool_available": True,
        "rag": "amber",
        "test_plan_produced": True,
        "test_schedule_produced": True,
        "requirements": {
            "identified": 20,
            "testable_in_progress": 5,
            "testable_not_started": 3,
            "not_testable": 2,
            "percent_complete": 50,
        },
        "scripts": {"planned": 36, "produced": 30, "in_progress": 4, "not_started": 2, "percent_complete": 83},
        "test_data_percent": 80,
        "resources": "Two testers are ready.",
        "environment": {"user_roles": ["ES"], "configuration_approved": True, "hardware": "Four bench meters."},
    }


def issued(*srvs: str) -> CertificateIssued:
    """The certificate of the Party's User Entry Process Tests."""
    return CertificateIssued(
        number="TCC-2026-0001",
        outcome="test-completion-certificate",
        title="Test Completion Certificate",
        subject=NOTICE.subject,
        recipient=NOTICE.participants[0],
        srvs=tuple(CertifiedSrv(srv=each, route="UEPT", issued_on=date(2026, 10, 1)) for each in srvs),
        supersedes=None,
        issued_at=datetime(2026, 10, 1, 10, tzinfo=UTC),
        pdf_sha256="0" * 64,
        json_sha256="0" * 64,
        verification_url="https://verify.invalid/TCC-2026-0001",
    )
