"""All that the page of an engagement shows, in one call."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.artefact_review import (
    ArtefactFile,
    ArtefactsReviewed,
    ArtefactsSubmitted,
    ArtefactsUpdated,
    EntryGateHeld,
    Outstanding,
    ProvisionalApprovalLapsed,
    ProvisionallyApproved,
)
from contracts.common import CriterionVerdict
from contracts.disputes import HoldBegan, HoldEnded, MatterReferred, ReferralRightArose
from contracts.execution_tracker import IssueChanged
from contracts.notification import DeadlineRow, TimetableChanged
from testing.notice import NOTIFIED_AT, notified
from testing.probe import Probe

PLAN = ArtefactFile(kind="test-plan", file_name="plan.xlsx", sha256="a" * 64, size=10)
DATA = ArtefactFile(kind="test-data-plan", file_name="data.csv", sha256="b" * 64, size=10)
MATRIX = ArtefactFile(kind="requirements-traceability-matrix", file_name="matrix.csv", sha256="c" * 64, size=10)
HOLD = HoldBegan(
    right="right-1",
    route="entry-criteria",
    clause="CTSD 5.8.3",
    body="panel",
    holds=("start",),
    decision="artefact-review.entry-gate-held",
    values={},
    began_at=NOTIFIED_AT,
)
GATE = EntryGateHeld(
    gate="entry",
    body="dcc",
    outcome="prevented",
    criteria=(CriterionVerdict(criterion="5.8.1a", clause="CTSD 5.8.1(a)", met=True, statement="It acceded."),),
    start_date="2027-03-01",
    schedule=(),
    last_day=None,
    reason="The plan is not accepted.",
    held_by="dee",
    held_at=NOTIFIED_AT,
)
FACTS = (
    notified("VIEW"),
    TimetableChanged(
        reason="",
        deadlines=(
            DeadlineRow(
                key="5.6.1.2",
                ref="5.6.1.2",
                action="Acknowledge the notification",
                sender="dcc",
                recipient="participant",
                method="email",
                clause="CTSD 5.6.1.2",
                opens=None,
                due="2026-12-03",
                conditional=False,
                why="",
            ),
        ),
        withdrawn=(),
    ),
    ArtefactsSubmitted(submission=1, artefacts=(PLAN, DATA), findings=(), submitted_by="mo", submitted_at=NOTIFIED_AT),
    ArtefactsReviewed(submission=1, outcome="returned", deficiencies=(), reviewed_by="dee", reviewed_at=NOTIFIED_AT),
    ArtefactsSubmitted(submission=2, artefacts=(PLAN,), findings=(), submitted_by="mo", submitted_at=NOTIFIED_AT),
    ArtefactsUpdated(
        submission=3,
        artefacts=(PLAN, MATRIX),
        changed=("requirements-traceability-matrix",),
        findings=(),
        schedule=(),
        last_day=None,
        updated_by="mo",
        updated_at=NOTIFIED_AT,
    ),
    GATE,
    ReferralRightArose(
        right="right-1",
        route="entry-criteria",
        subject="Entry criteria not met",
        clause="CTSD 5.8.3",
        referred_by=("participant",),
        body="panel",
        meanwhile="Testing is not started",
        arose_at=NOTIFIED_AT,
    ),
    MatterReferred(
        right="right-1",
        route="entry-criteria",
        clause="CTSD 5.8.3",
        body="panel",
        grounds="They are met.",
        role="participant",
        referred_by="mo",
        referred_at=NOTIFIED_AT,
    ),
    HOLD,
    IssueChanged(
        issue=1,
        change="raised",
        test="T1",
        severity=2,
        title="It fails",
        status="open",
        plan_agreed=False,
        verified_by=None,
        raised_by="mo",
        provider=None,
        changed_by="mo",
        changed_at=NOTIFIED_AT,
    ),
)


@pytest.fixture(scope="module")
async def engagement(gateway: Probe) -> str:
    id = str(uuid4())
    for fact in FACTS:
        await gateway.deliver(fact, id)
    return id


async def overview(gateway: Probe, engagement: str, role: str = "dcc", party: str | None = None) -> Any:
    async with gateway.client(role, party) as caller:
        answer = await caller.get(f"/engagements/{engagement}/overview")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_one_call_says_who_takes_part_what_awaits_whom_and_how_everything_stands(
    gateway: Probe, engagement: str
) -> None:
    shown = await overview(gateway, engagement)
    assert {each["role"]: each["organisation"] for each in shown["roles"]}["participant"] == "VIEW"
    awaited = {(each["kind"], each["role"], each["key"]) for each in shown["duties"]}
    assert awaited == {("step", "dcc", "5.6.1.2"), ("referral", "panel", "right-1")}
    assert {each["key"]: each["state"] for each in shown["steps"]}["5.6.1.2"] == "open"
    assert [(each["issue"], each["severity"]) for each in shown["outstanding_issues"]] == [(1, 2)]
    assert (shown["phase"], shown["issues"]["outstanding"], shown["certificates"]) == ("preparation", 1, [])


async def test_each_artefact_stands_as_the_review_of_the_file_that_was_handed_in_last_left_it(
    gateway: Probe, engagement: str
) -> None:
    shown = await overview(gateway, engagement)
    states = {each["kind"]: each["state"] for each in shown["artefacts"]}
    assert states["test-plan"] == "in-review"
    assert states["requirements-traceability-matrix"] == "updated"
    assert states["test-data-plan"] == "returned"
    assert states["test-scripts"] == "awaited"
    assert states["test-readiness-report"] == "kept"


async def test_each_gate_has_all_its_criteria_and_the_verdicts_of_when_it_was_held(
    gateway: Probe, engagement: str
) -> None:
    entry, exit = (await overview(gateway, engagement))["gates"]
    assert (entry["outcome"], entry["reason"], len(entry["criteria"])) == ("prevented", "The plan is not accepted.", 6)
    assert [each["met"] for each in entry["criteria"]] == [True, None, None, None, None, None]
    assert (exit["outcome"], len(exit["criteria"])) == (None, 5)


async def test_a_provisional_approval_stands_with_what_is_outstanding_until_it_lapses_or_the_gate_is_held(
    gateway: Probe,
) -> None:
    outstanding = (Outstanding(criterion="5.8.1d", document="inventory", by="2027-02-26"),)
    approved = ProvisionallyApproved(
        gate="entry",
        body="dcc",
        criteria=(),
        outstanding=outstanding,
        start_date="2027-03-01",
        reason="It comes on Friday.",
        approved_by="dee",
        approved_at=NOTIFIED_AT + timedelta(hours=1),
    )
    lapsed = ProvisionalApprovalLapsed(
        gate="entry", outstanding=outstanding, start_date="2027-03-01", lapsed_at=NOTIFIED_AT + timedelta(hours=2)
    )
    id, shown = str(uuid4()), [{"criterion": "5.8.1d", "document": "inventory", "by": "2027-02-26"}]
    for fact in (notified("VIEW"), GATE, approved):
        await gateway.deliver(fact, id)
    whole = await overview(gateway, id)
    assert (whole["gates"][0]["outcome"], whole["gates"][0]["outstanding"]) == ("provisional", shown)
    assert [(each["kind"], each["due"], each["role"]) for each in whole["duties"]] == [
        ("outstanding", "2027-02-26", "participant")
    ]
    await gateway.deliver(lapsed, id)
    whole = await overview(gateway, id)
    assert (whole["gates"][0]["outcome"], whole["duties"]) == ("lapsed", [])


async def test_a_referral_is_shown_with_all_that_happened_about_it(gateway: Probe, engagement: str) -> None:
    (referral,) = (await overview(gateway, engagement))["referrals"]
    assert (referral["body"], referral["latest"]) == ("panel", "matter-referred")
    assert referral["meanwhile"] == "Testing is not started"
    assert referral["waits"] == ["start"]
    assert [each["type"] for each in referral["events"]] == ["referral-right-arose", "matter-referred", "hold-began"]
    ended = HoldEnded(**{**HOLD.model_dump(), "because": "determined", "ended_at": NOTIFIED_AT})
    await gateway.deliver(ended, engagement)
    assert (await overview(gateway, engagement))["referrals"][0]["waits"] == []


async def test_who_has_it_already_is_told_so_until_something_changes(gateway: Probe, engagement: str) -> None:
    async with gateway.client("participant", "VIEW") as participant:
        path = f"/engagements/{engagement}/overview"
        tag = (await participant.get(path)).headers["etag"]
        again = await participant.get(path, headers={"if-none-match": f'"other", W/{tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        await gateway.deliver(notified("VIEW"), str(uuid4()))
        assert (await participant.get(path, headers={"if-none-match": tag})).status_code == 304
        reviewed = ArtefactsReviewed(
            submission=2, outcome="accepted", deficiencies=(), reviewed_by="dee", reviewed_at=NOTIFIED_AT
        )
        await gateway.deliver(reviewed, engagement)
        changed = await participant.get(path, headers={"if-none-match": tag})
        assert (changed.status_code, changed.headers["etag"] == tag) == (200, False)


async def test_another_party_is_shown_nothing(gateway: Probe, engagement: str) -> None:
    async with gateway.client("participant", "OTHER") as other:
        assert (await other.get(f"/engagements/{engagement}/overview")).status_code == 403
