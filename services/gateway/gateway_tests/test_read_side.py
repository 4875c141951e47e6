"""What the gateway keeps of what all services publish, in whatever order it comes."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.observability.telemetry import root_span
from contracts.artefact_review import (
    DescopingDecided,
    EntryGateHeld,
    ProposalWithdrawn,
    ScopeAgreed,
    ScopedTest,
)
from contracts.certification import CertificateIssued, CertifiedSrv
from contracts.common import DescopedItem, DescopingProposal
from contracts.execution_tracker import IssueChanged, Outcome, Purpose, ResultRecorded
from contracts.notification import ParticipantNamed, StartRescheduled
from testing.notice import notified
from testing.probe import Probe

AT = datetime(2027, 3, 1, 10, tzinfo=UTC)
NOTIFIED = notified("SUPP")
READY = EntryGateHeld(
    gate="entry",
    body="dcc",
    outcome="ready",
    criteria=(),
    start_date=AT.date(),
    schedule=(),
    last_day=None,
    reason="",
    held_by="dee",
    held_at=AT,
)
SCOPE = ScopeAgreed(
    rulebook="ctsd-2026.1",
    tests=(
        ScopedTest(id="SR:4.2:CV1-OD:S1", kind="service-request", title="4.2"),
        ScopedTest(id="RC:E11:S1", kind="response-code", title="E11"),
    ),
    descoped=(DescopedItem(kind="response-code", item="E12"),),
    web_services=("non-critical",),
    agreed_at=AT,
)


def certificate(form: str, number: str, supersedes: str | None = None) -> CertificateIssued:
    return CertificateIssued(
        number=number,
        outcome=form,
        title="Certificate",
        subject=NOTIFIED.subject,
        recipient=NOTIFIED.participants[0],
        srvs=(CertifiedSrv(srv="4.2", route="UEPT", issued_on=AT.date()),),
        supersedes=supersedes,
        issued_at=AT,
        pdf_sha256="0" * 64,
        json_sha256="1" * 64,
        verification_url=f"http://127.0.0.1/certificates/{number}/verification",
    )


CERTIFICATE = certificate("test-completion-certificate", "TCC-1")


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


def changed(issue: int, severity: Any, status: Any = "open", **changes: Any) -> IssueChanged:
    return IssueChanged(
        issue=issue,
        change=changes.get("change", "raised"),
        test="T1",
        severity=severity,
        title="It fails",
        status=status,
        plan_agreed=changes.get("plan_agreed", False),
        verified_by=changes.get("verified_by"),
        raised_by="mo",
        provider=None,
        changed_by="mo",
        changed_at=AT,
    )


def decided(item: DescopedItem, agreed: bool) -> DescopingDecided:
    return DescopingDecided(item=item, agreed=agreed, reason="It is so.", decided_by="dee", decided_at=AT)


def spans_of(folder: Path, id: int) -> list[Any]:
    written = (folder / "gateway.jsonl").read_text().splitlines()
    return [json.loads(line) for line in written if f"{id:016x}" in line]


async def summary(gateway: Probe, engagement: str) -> Any:
    async with gateway.client("dcc") as dcc:
        return (await dcc.get(f"/engagements/{engagement}")).json()


async def test_figures_are_those_of_the_latest_results_and_the_issues_still_open(gateway: Probe) -> None:
    engagement = str(uuid4())
    for fact in (
        *(NOTIFIED, READY, SCOPE),
        *(result("T1", "failed"), result("T2", "passed"), result("T1", "passed"), result("T2", "failed", "regression")),
        *(changed(1, 3), changed(2, 2), changed(2, 2, "closed", change="closed", verified_by=uuid4())),
        *(changed(1, 3, "fixed", change="fixed"), changed(1, 3, "fixed", change="plan-agreed", plan_agreed=True)),
    ):
        await gateway.deliver(fact, engagement)
    shown = await summary(gateway, engagement)
    assert shown["phase"] == "execution"
    assert shown["results"] == {"passed": 2}
    assert shown["issues"] == {"total": 2, "outstanding": 1, "outstanding_by_severity": {"3": 1}}
    assert shown["scope"]["by_kind"] == {"service-request": 1, "response-code": 1}
    assert shown["scope"]["descoped"] == [{"kind": "response-code", "item": "E12"}]


async def test_every_proposal_to_descope_is_shown_with_what_came_of_it(gateway: Probe) -> None:
    engagement = str(uuid4())
    items = [DescopedItem(kind="response-code", item=code) for code in ("E11", "E12", "E13", "E14")]
    proposals = tuple(
        DescopingProposal(kind=item.kind, item=item.item, reason="b", rationale="It can't be produced.")
        for item in items
    )
    for fact in (
        notified("SUPP", descoping=proposals),
        decided(items[0], agreed=True),
        decided(items[1], agreed=False),
        ProposalWithdrawn(item=items[2], withdrawn_by="mo", withdrawn_at=AT),
    ):
        await gateway.deliver(fact, engagement)
    shown = [(each["item"], each["status"]) for each in (await summary(gateway, engagement))["descoping"]]
    assert shown == [("E11", "agreed"), ("E12", "refused"), ("E13", "withdrawn"), ("E14", "proposed")]


async def test_of_the_results_of_a_test_the_one_executed_last_counts_in_whatever_order_they_are_recorded(
    gateway: Probe,
) -> None:
    engagement = str(uuid4())
    later, same = AT + timedelta(hours=1), AT + timedelta(hours=2)
    for fact in (
        NOTIFIED,
        *(result("T1", "passed", at=later), result("T1", "failed", at=AT)),
        *(result("T2", "failed", at=AT), result("T2", "passed", at=later)),
        *(result("T3", "failed", at=same), result("T3", "blocked", at=same)),
    ):
        await gateway.deliver(fact, engagement)
    assert (await summary(gateway, engagement))["results"] == {"passed": 2, "blocked": 1}


async def test_facts_that_come_before_their_engagement_count_too(gateway: Probe) -> None:
    engagement = str(uuid4())
    await gateway.deliver(READY, engagement)
    await gateway.deliver(CERTIFICATE, engagement)
    await gateway.deliver(NOTIFIED, engagement)
    shown = await summary(gateway, engagement)
    assert (shown["phase"], shown["status"], len(shown["certificates"])) == ("certified", "ended", 1)
    (issued,) = shown["certificates"]
    assert (issued["form"], issued["srvs"]) == ("test-completion-certificate", ["4.2"])


async def test_a_start_that_was_rescheduled_is_the_start_and_stands_in_the_timeline(gateway: Probe) -> None:
    engagement = str(uuid4())
    moved = StartRescheduled(
        was=NOTIFIED.start_date,
        start_date=date(2027, 3, 15),
        earliest=date(2027, 3, 10),
        reason="The test environment is taken until then.",
        rescheduled_by="dee",
        rescheduled_at=AT,
    )
    await gateway.deliver(NOTIFIED, engagement)
    await gateway.deliver(moved, engagement)
    assert (await summary(gateway, engagement))["start_date"] == "2027-03-15"
    async with gateway.client("dcc") as dcc:
        latest = (await dcc.get(f"/engagements/{engagement}/timeline")).json()["facts"][0]
    assert latest["type"] == "notification.start-rescheduled"
    assert (latest["data"]["was"], latest["data"]["start_date"]) == ("2027-03-01", "2027-03-15")


async def test_the_span_of_an_engagement_that_has_ended_is_reported(gateway: Probe) -> None:
    engagement = str(uuid4())
    await gateway.deliver(NOTIFIED, engagement)
    await gateway.deliver(CERTIFICATE, engagement)
    pool = gateway.runtime.pool
    untold = "SELECT true FROM engagement WHERE id = $1 AND NOT traced"
    while await pool.fetchval(untold, UUID(engagement)):
        await gateway.runtime.woken(0.05)
    gateway.runtime.telemetry._processor.force_flush()
    spans = spans_of(gateway.runtime.settings.telemetry, root_span(UUID(engagement)).span_id)
    assert [span["name"] for span in spans] == ["engagement"]
    assert spans[0]["start_time"].startswith("2026-12-01")
    assert UUID(spans[0]["context"]["trace_id"].removeprefix("0x")) == UUID(engagement)


async def seen(gateway: Probe, acting_as: str, party: str | None = None, **wanted: str) -> set[str]:
    """The ids of the engagements that a caller finds."""
    async with gateway.client(acting_as, party) as caller:
        page = (await caller.get("/engagements", params={"limit": "200", **wanted})).json()
    assert page["next"] is None
    return {row["id"] for row in page["items"]}


@pytest.fixture
async def three(gateway: Probe) -> tuple[str, str, str]:
    """Two engagements of one Party in two User Roles, and one of another."""
    ids = (str(uuid4()), str(uuid4()), str(uuid4()))
    for id, notice in zip(ids, (notified("ONE"), notified("ONE", "IS"), notified("TWO")), strict=True):
        await gateway.deliver(notice, id)
    return ids


async def test_everybody_finds_exactly_the_engagements_that_the_procedure_lets_them_read(
    gateway: Probe, three: tuple[str, str, str]
) -> None:
    first, second, third = three
    assert await seen(gateway, "participant", "ONE") & {*three} == {first, second}
    assert await seen(gateway, "participant", "TWO") & {*three} == {third}
    for role in ("dcc", "panel", "authority", "code-administrator", "operations", "auditor"):
        assert await seen(gateway, role, "ONE") >= {*three}, role
    for party in (None, "three"):
        assert await seen(gateway, "participant", party) == set()


async def test_what_is_found_can_be_opened_and_nothing_else(gateway: Probe, three: tuple[str, str, str]) -> None:
    for role, party in (("participant", "ONE"), ("participant", "TWO"), ("panel", None), ("participant", None)):
        found = await seen(gateway, role, party)
        async with gateway.client(role, party) as caller:
            for id in three:
                for path in (f"/engagements/{id}", f"/engagements/{id}/timeline"):
                    assert ((await caller.get(path)).status_code == 200) == (id in found), f"{role} {party} {path}"


async def test_engagements_are_found_by_organisation_user_role_procedure_phase_and_status(
    gateway: Probe, three: tuple[str, str, str]
) -> None:
    first, second, third = three
    assert await seen(gateway, "dcc", organisation="ONE", role="ES") >= {first}
    assert second not in await seen(gateway, "dcc", organisation="ONE", role="ES")
    assert await seen(gateway, "dcc", role="IS", procedure="uept", phase="notified", status="open") >= {second}
    assert await seen(gateway, "dcc", procedure="additional-sr-dust") == set()
    assert await seen(gateway, "participant", "TWO", organisation="ONE") == set()
    assert third in await seen(gateway, "dcc", organisation="TWO")


async def test_an_engagement_is_shown_with_its_subject_and_who_takes_part(
    gateway: Probe, three: tuple[str, str, str]
) -> None:
    shown = await summary(gateway, three[0])
    assert shown["subject"] == NOTIFIED.subject.model_dump() | {
        "id": "ONE/ES",
        "name": "ONE in the User Role ES",
        "fields": {"party": "ONE", "role": "ES"},
    }
    assert shown["participants"] == [{"role": "participant", "organisation": "ONE", "name": "Supplier plc"}]


async def test_a_participant_is_shown_under_the_name_that_it_has_now(gateway: Probe) -> None:
    engagement = str(uuid4())
    await gateway.deliver(NOTIFIED, engagement)
    await gateway.deliver(ParticipantNamed(organisation="SUPP", name="Renamed plc"), engagement)
    await gateway.deliver(ParticipantNamed(organisation="ELSE", name="Else plc"), engagement)
    shown = (await summary(gateway, engagement))["participants"]
    assert shown == [{"role": "participant", "organisation": "SUPP", "name": "Renamed plc"}]


async def test_every_certificate_of_an_engagement_is_shown_in_the_order_of_issue(gateway: Probe) -> None:
    engagement = str(uuid4())
    await gateway.deliver(NOTIFIED, engagement)
    await gateway.deliver(certificate("authority-to-proceed", "ATP-1"), engagement)
    await gateway.deliver(certificate("test-completion-certificate", "TCC-2", supersedes="TCC-1"), engagement)
    shown = [
        (each["form"], each["number"], each["supersedes"])
        for each in (await summary(gateway, engagement))["certificates"]
    ]
    assert shown == [("authority-to-proceed", "ATP-1", None), ("test-completion-certificate", "TCC-2", "TCC-1")]


async def test_who_holds_several_roles_sees_what_the_one_acted_in_may_see(
    gateway: Probe, three: tuple[str, str, str]
) -> None:
    token = gateway.issuer.token("dcc", roles=["participant", "dcc", "offline_access"], party=["TWO", "ELSE"])
    async with gateway.client(authorization=f"Bearer {token}") as someone:
        unsaid = await someone.get("/engagements")
        assert (unsaid.status_code, unsaid.json()["type"]) == (422, "urn:assay:problem:acting-as-missing")
        for chosen, readable in (("participant/TWO", {three[2]}), ("participant/ELSE", set()), ("dcc", {*three})):
            page = await someone.get("/engagements", params={"limit": 200}, headers={"assay-acting-as": chosen})
            assert {row["id"] for row in page.json()["items"]} & {*three} == readable
