"""What the gateway keeps of what all services publish, in whatever order it comes."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from chassis.observability.telemetry import root_id
from contracts.artefact_review import EntryGateHeld, ScopeAgreed, ScopedTest
from contracts.certification import CertificateIssued, CertifiedSrv
from contracts.common import Contact, DescopedItem
from contracts.execution_tracker import (
    IssueClosed,
    IssueFixed,
    IssueRaised,
    Outcome,
    Purpose,
    RemediationPlanAgreed,
    ResultRecorded,
)
from contracts.notification import EngagementNotified, StartRescheduled
from kernel.principal import Role

AT = datetime(2027, 3, 1, 10, tzinfo=UTC)
NOTIFIED = EngagementNotified(
    procedure="uept",
    rulebook="ctsd-2026.1",
    party="SUPP",
    party_name="Supplier plc",
    role="ES",
    start_date=date(2027, 3, 1),
    test_manager=Contact(name="Mo Manager", email="mo@supplier.invalid"),
    code_administrator_notified=True,
    descoping=(),
    notified_at=datetime(2026, 12, 1, 10, tzinfo=UTC),
)
READY = EntryGateHeld(
    outcome="ready", criteria=(), start_date=AT.date(), schedule=(), reason="", held_by="dee", held_at=AT
)
SCOPE = ScopeAgreed(
    role="ES",
    rulebook="ctsd-2026.1",
    tests=(
        ScopedTest(id="SR:4.2:CV1-OD:S1", kind="service-request", title="4.2"),
        ScopedTest(id="RC:E11:S1", kind="response-code", title="E11"),
    ),
    descoped=(DescopedItem(kind="response-code", item="E12"),),
    web_services=("non-critical",),
    agreed_at=AT,
)
CERTIFICATE = CertificateIssued(
    number="TCC-1",
    party="SUPP",
    party_name="Supplier plc",
    role="ES",
    srvs=(CertifiedSrv(srv="4.2", route="UEPT", issued_on=AT.date()),),
    issued_at=AT,
    pdf_sha256="0" * 64,
    json_sha256="1" * 64,
    verification_url="http://127.0.0.1/certificates/TCC-1/verification",
)


def result(test: str, outcome: Outcome, purpose: Purpose = "test", at: datetime = AT) -> ResultRecorded:
    return ResultRecorded(
        result_id=uuid4(),
        test=test,
        run="1",
        purpose=purpose,
        outcome=outcome,
        verifies=None,
        script=None,
        recorded_by="mo",
        executed_at=at,
    )


def raised(issue: int, severity: Any) -> IssueRaised:
    return IssueRaised(issue=issue, test="T1", severity=severity, title="It fails", raised_by="mo", raised_at=AT)


def spans_of(folder: Path, id: int) -> list[Any]:
    written = (folder / "gateway.jsonl").read_text().splitlines()
    return [json.loads(line) for line in written if f"{id:016x}" in line]


async def summary(door: Any, engagement: str) -> Any:
    async with door.client(Role.DCC) as dcc:
        return (await dcc.get(f"/engagements/{engagement}")).json()


async def test_figures_are_those_of_the_latest_results_and_the_issues_still_open(door: Any) -> None:
    engagement = str(uuid4())
    for fact in (
        *(NOTIFIED, READY, SCOPE),
        *(result("T1", "failed"), result("T2", "passed"), result("T1", "passed"), result("T2", "failed", "regression")),
        *(raised(1, 3), raised(2, 2), IssueClosed(issue=2, verified_by=uuid4(), closed_at=AT)),
        *(
            IssueFixed(issue=1, fix="Rounded.", fixed_at=AT),
            RemediationPlanAgreed(issue=1, agreed_by="d", agreed_at=AT),
        ),
    ):
        await door.gateway.deliver(fact, engagement)
    shown = await summary(door, engagement)
    assert shown["phase"] == "execution"
    assert shown["results"] == {"passed": 2}
    assert shown["issues"] == {"total": 2, "outstanding": 1, "outstanding_by_severity": {"3": 1}}
    assert shown["scope"]["by_kind"] == {"service-request": 1, "response-code": 1}
    assert shown["scope"]["descoped"] == [{"kind": "response-code", "item": "E12"}]


async def test_of_the_results_of_a_test_the_one_executed_last_counts_in_whatever_order_they_are_recorded(
    door: Any,
) -> None:
    engagement = str(uuid4())
    later, same = AT + timedelta(hours=1), AT + timedelta(hours=2)
    for fact in (
        NOTIFIED,
        *(result("T1", "passed", at=later), result("T1", "failed", at=AT)),
        *(result("T2", "failed", at=AT), result("T2", "passed", at=later)),
        *(result("T3", "failed", at=same), result("T3", "blocked", at=same)),
    ):
        await door.gateway.deliver(fact, engagement)
    assert (await summary(door, engagement))["results"] == {"passed": 2, "blocked": 1}


async def test_facts_that_come_before_their_engagement_count_too(door: Any) -> None:
    engagement = str(uuid4())
    await door.gateway.deliver(READY, engagement)
    await door.gateway.deliver(CERTIFICATE, engagement)
    await door.gateway.deliver(NOTIFIED, engagement)
    shown = await summary(door, engagement)
    assert (shown["phase"], shown["status"], shown["certificate"]["srvs"]) == ("certified", "ended", ["4.2"])


async def test_a_start_that_was_rescheduled_is_the_start_and_stands_in_the_timeline(door: Any) -> None:
    engagement = str(uuid4())
    moved = StartRescheduled(
        was=NOTIFIED.start_date,
        start_date=date(2027, 3, 15),
        earliest=date(2027, 3, 10),
        reason="The test environment is taken until then.",
        rescheduled_by="dee",
        rescheduled_at=AT,
    )
    await door.gateway.deliver(NOTIFIED, engagement)
    await door.gateway.deliver(moved, engagement)
    assert (await summary(door, engagement))["start_date"] == "2027-03-15"
    async with door.client(Role.DCC) as dcc:
        latest = (await dcc.get(f"/engagements/{engagement}/timeline")).json()["facts"][0]
    assert latest["type"] == "notification.start-rescheduled"
    assert (latest["data"]["was"], latest["data"]["start_date"]) == ("2027-03-01", "2027-03-15")


async def test_the_span_of_an_engagement_that_has_ended_is_reported(door: Any) -> None:
    engagement = str(uuid4())
    await door.gateway.deliver(NOTIFIED, engagement)
    await door.gateway.deliver(CERTIFICATE, engagement)
    pool = door.gateway.runtime.pool
    untold = "SELECT true FROM engagement WHERE id = $1 AND NOT traced"
    while await pool.fetchval(untold, UUID(engagement)):
        await door.gateway.runtime.woken(0.05)
    door.gateway.runtime.telemetry._processor.force_flush()
    spans = spans_of(door.gateway.runtime.settings.telemetry, root_id(UUID(engagement)))
    assert [span["name"] for span in spans] == ["engagement"]
    assert spans[0]["start_time"].startswith("2026-12-01")
    assert UUID(spans[0]["context"]["trace_id"].removeprefix("0x")) == UUID(engagement)
