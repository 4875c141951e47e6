"""An example of every contract, of one engagement: the Export Supplier's User Entry Process Tests."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from contracts import (
    Contract,
    artefact_review,
    audit,
    certification,
    code_administrator,
    disputes,
    execution_tracker,
    notification,
    rejected,
)
from contracts.common import (
    Contact,
    CriterionVerdict,
    DescopedItem,
    DescopingProposal,
    Participant,
    Subject,
)

SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
RESULT: Final = UUID("0190a1b2-0000-7000-8000-000000000001")
MANAGER: Final = Contact(name="Mo Manager", email="mo@supplier.example", telephone="+44 20 7946 0000")
DCC_CONTACT: Final = Contact(name="Dee Contact", email="dee@dcc.example")
SUBJECT: Final = Subject(
    kind="role", id="SUPP/ES", name="SUPP in the User Role ES", fields={"party": "SUPP", "role": "ES"}
)
PARTICIPANT: Final = Participant(role="participant", organisation="SUPP", name="Supplier plc")
ITEM: Final = DescopedItem(kind="response-code", item="E11")
COUNTS: Final = execution_tracker.TestCounts(passed=40, failed=1, blocked=0, not_run=2, ready=0)
STATUSES: Final[dict[execution_tracker.IssueStatus, int]] = {"open": 0, "planned": 1, "fixed": 0, "closed": 1}
SEVERITIES: Final = {"1": 0, "2": 1, "3": 1, "4": 0, "5": 0}
EXIT_CRITERION: Final = CriterionVerdict(
    criterion="5.19.1b", clause="CTSD 5.19.1(b)", met=True, statement="1 issue of severity 3 outstanding; 5 allowed."
)
ENTRY_CRITERION: Final = CriterionVerdict(
    criterion="5.8.1d",
    clause="CTSD 5.8.1(d)",
    met=True,
    statement="The test environment is in place.",
)


def at(month: int, day: int, year: int = 2027) -> datetime:
    """Ten o'clock of a day."""
    return datetime(year, month, day, 10, tzinfo=UTC)


def examples() -> Sequence[Contract]:
    """One of each type and version."""
    return (*_notification(), *_artefact_review(), *_execution(), *_certification(), *_others())


def _notification() -> Sequence[Contract]:
    return (
        notification.PartyRegistered(
            signifier="SUPP", name="Supplier plc", acceded_on=date(2026, 10, 1), reference="SEC-1024"
        ),
        notification.EngagementNotified(
            procedure="uept",
            rulebook="ctsd-2026.1",
            subject=SUBJECT,
            participants=(PARTICIPANT,),
            start_date=date(2027, 3, 1),
            test_manager=MANAGER,
            confirmations=("code-administrator-notified",),
            service_requests=(),
            descoping=(DescopingProposal(kind="response-code", item="E11", reason="b", rationale="No such case."),),
            notified_at=at(12, 1, 2026),
        ),
        notification.NotificationAcknowledged(
            contact=DCC_CONTACT, initiation_meeting_on=date(2026, 12, 8), acknowledged_at=at(12, 2, 2026)
        ),
        notification.InitiationMeetingHeld(
            held_on=date(2026, 12, 8), guidance="How to reach the test environment.", recorded_at=at(12, 8, 2026)
        ),
        notification.StepRecorded(
            key="7.1",
            ref="7.1",
            outcome=None,
            information={"delivery note": "N 12"},
            done_on=date(2027, 2, 3),
            role="participant",
            recorded_by="mo",
            recorded_at=at(2, 4),
        ),
        notification.StartRescheduled(
            was=date(2027, 2, 23),
            start_date=date(2027, 3, 9),
            earliest=date(2027, 3, 8),
            reason="The revised artefacts came late.",
            rescheduled_by="dee",
            rescheduled_at=at(2, 12),
        ),
        *_deadlines(),
    )


def _deadlines() -> Sequence[Contract]:
    row = notification.DeadlineRow(
        key="5.6.1.4/2027-W05",
        ref="5.6.1.4",
        action="Provide the Test Readiness Report of the week",
        sender="participant",
        recipient="dcc",
        method="email-attachment",
        clause="CTSD 5.6.1.4",
        opens=date(2027, 2, 1),
        due=date(2027, 2, 5),
        conditional=False,
        why="The last Working Day of week 2027-W05.",
    )
    return (
        notification.TimetableChanged(reason="Notified", deadlines=(row,), withdrawn=("5.6.1.7#1",)),
        notification.DeadlineReminded(
            key=row.key, ref=row.ref, due=date(2027, 2, 5), sender="participant", reminded_at=at(2, 4)
        ),
        notification.DeadlineMissed(
            key=row.key, ref=row.ref, due=date(2027, 2, 5), sender="participant", missed_at=at(2, 6)
        ),
        notification.StepCompleted(
            key=row.key, ref=row.ref, due=row.due, done_on=date(2027, 2, 8), done_by="mo", in_time=False
        ),
    )


def _artefact_review() -> Sequence[Contract]:
    return (
        artefact_review.ReadinessReported(week="2027-W05", rag="amber", reported_by="mo", reported_at=at(2, 8)),
        artefact_review.ArtefactsSubmitted(
            submission=1,
            artefacts=(
                artefact_review.ArtefactFile(kind="test-plan", file_name="plan.xlsx", sha256=SHA256, size=18_204),
            ),
            findings=(
                artefact_review.Finding(
                    rule="tests-have-scripts",
                    clause="CTSD 6.7.1",
                    passed=False,
                    message="SR:4.2:CV1-OD:S1 has no script.",
                    artefact="test-scripts",
                    location="Scripts!12",
                    severity="failure",
                ),
            ),
            submitted_by="mo",
            submitted_at=at(1, 22),
        ),
        artefact_review.ArtefactsReviewed(
            submission=1,
            outcome="returned",
            deficiencies=(artefact_review.Deficiency(id="D1", artefact="test-scripts", text="A test has no script."),),
            reviewed_by="dee",
            reviewed_at=at(1, 28),
        ),
        *_scope(),
    )


def _scope() -> Sequence[Contract]:
    return (
        artefact_review.DescopingDecided(
            item=ITEM, agreed=True, reason="It can't be produced.", decided_by="dee", decided_at=at(1, 28)
        ),
        artefact_review.ScopeAgreed(
            rulebook="ctsd-2026.1",
            tests=(
                artefact_review.ScopedTest(
                    id="SR:4.2:CV1-OD:S1",
                    kind="service-request",
                    title="Read Instantaneous Export Registers",
                    srv="4.2",
                    variant="CV1-OD",
                    generation="S1",
                ),
                artefact_review.ScopedTest(
                    id="IC:IC01:1", kind="install-and-commission", title="Install", code="IC01", order=1
                ),
            ),
            descoped=(ITEM,),
            web_services=("non-critical",),
            agreed_at=at(1, 28),
        ),
        artefact_review.GateBodyDecided(gate="entry", body="dcc", reason="", decided_by="dee", decided_at=at(2, 21)),
        artefact_review.EntryGateHeld(
            gate="entry",
            body="dcc",
            outcome="ready",
            criteria=(ENTRY_CRITERION,),
            start_date=date(2027, 3, 1),
            schedule=(artefact_review.PlannedDay(day=date(2027, 3, 1), tests=20),),
            last_day=date(2027, 3, 1),
            reason="",
            held_by="dee",
            held_at=at(2, 22),
        ),
    )


def _execution() -> Sequence[Contract]:
    return (
        execution_tracker.ConnectivityChecked(
            web_service="non-critical", passed=True, checked_by="mo", checked_at=at(3, 1)
        ),
        execution_tracker.ConnectivityConfirmed(
            web_services=("non-critical",), earlier_testing=None, confirmed_by="mo", confirmed_at=at(3, 1)
        ),
        execution_tracker.ResultRecorded(
            result_id=RESULT,
            test="SR:4.2:CV1-OD:S1",
            run="run-2",
            purpose="retest",
            outcome="passed",
            verifies=1,
            script="TS-001",
            recorded_by="mo",
            executed_at=at(3, 3),
        ),
        _issue(),
        _dashboard(),
        execution_tracker.ExecutionCompleted(
            criteria=(EXIT_CRITERION,),
            scheduled=43,
            tests=COUNTS,
            issues_total=2,
            issues_by_status=STATUSES,
            issues_by_severity=SEVERITIES,
            srvs=("4.2", "4.10"),
            completed_by="mo",
            completed_at=at(3, 5),
            unsuccessful=("RC:E13:S1", "SR:8.4:CV8-DCC:S1", "SR:4.2:CV1-OD:S2"),
            runs=(execution_tracker.RunCount(run="Run 1", passed=40, failed=1, blocked=0, not_run=0, ready=0),),
        ),
    )


def _issue() -> Contract:
    return execution_tracker.IssueChanged(
        issue=1,
        change="closed",
        test="SR:4.2:CV1-OD:S1",
        severity=2,
        title="No response",
        status="closed",
        plan_agreed=False,
        verified_by=RESULT,
        changed_by="mo",
        changed_at=at(3, 3),
    )


def _dashboard() -> Contract:
    figures = execution_tracker.DashboardFigures(
        scheduled=43,
        executed=41,
        tests=COUNTS,
        glide_path=(execution_tracker.GlideDay(day=date(2027, 3, 1), planned=20, executed=18),),
        daily=(
            execution_tracker.DailyCount(
                day=date(2027, 3, 1), run="run-1", passed=17, failed=1, blocked=0, not_run=0, ready=0
            ),
        ),
        issues_total=2,
        issues_by_status=STATUSES,
        issues_by_severity=SEVERITIES,
        regression=execution_tracker.TestCounts(passed=0, failed=0, blocked=0, not_run=0, ready=0),
        criteria=(EXIT_CRITERION,),
    )
    return execution_tracker.DashboardPublished(
        day=date(2027, 3, 1),
        name="Supplier plc",
        location="Leeds",
        updated_at=at(3, 1),
        figures=figures,
        risks=("The environment is shared.",),
        rag="green",
        comment="As planned.",
        published_by="mo",
    )


def _certification() -> Sequence[Contract]:
    return (
        certification.CompletionReportSubmitted(
            report=1,
            files=(certification.SubmittedFile(file_name="completion.pdf", sha256=SHA256),),
            submitted_by="mo",
            submitted_at=at(3, 5),
        ),
        certification.ReportReceiptConfirmed(report=1, confirmed_by="dee", confirmed_at=at(3, 8)),
        certification.GateBodyDecided(gate="exit", body="tag", reason="", decided_by="tom", decided_at=at(3, 11)),
        certification.ExitGateHeld(
            gate="exit",
            body="dcc",
            outcome="complete",
            criteria=(EXIT_CRITERION,),
            meeting_on=date(2027, 3, 12),
            reason="",
            held_by="dee",
            held_at=at(3, 12),
        ),
        *_certificate(),
    )


def _certificate() -> Sequence[Contract]:
    number = "TCC-2027-0001"
    fields = {"party": "SUPP", "role": "ES"}
    return (
        certification.CertificateIssued(
            number=number,
            outcome="test-completion-certificate",
            title="UEPT and Additional SR Test Completion Certificate",
            subject=Subject(kind="role", id="SUPP/ES", name="SUPP in the User Role ES", fields=fields),
            recipient=Participant(role="participant", organisation="SUPP", name="Supplier plc"),
            srvs=(certification.CertifiedSrv(srv="4.2", route="UEPT", issued_on=date(2027, 3, 15)),),
            supersedes=None,
            issued_at=at(3, 15),
            pdf_sha256=SHA256,
            json_sha256=SHA256,
            verification_url=f"https://assay.example/certificates/{number}/verification?code=abc",
        ),
        certification.EligibilityRegistered(**fields, srv="4.2", since=date(2027, 3, 15), certificate=number),
        certification.EntryListed(
            list="proven-combinations",
            key="H1/M2",
            name="H1 with M2",
            status="proven",
            since=date(2027, 3, 15),
            certificate="CMB-2027-0001",
        ),
    )


def _others() -> Sequence[Contract]:
    return (
        disputes.ReferralRightArose(
            right="descoping#1",
            route="descoping",
            subject="Descoping refused: response-code E11",
            clause="CTSD 5.2.7",
            referred_by=("participant",),
            body="panel",
            meanwhile="The disputed tests wait; the steps go on for all other tests (CTSD 5.2.9)",
            arose_at=at(1, 28),
        ),
        disputes.ReferralRightLapsed(
            right="descoping#1", route="descoping", because="It can't be produced.", lapsed_at=at(1, 29)
        ),
        code_administrator.PartyAcceded(
            signifier="SUPP", name="Supplier plc", acceded_on=date(2026, 10, 1), reference="SEC-1024"
        ),
        audit.ChainHeadPublished(service="certification", position=118, hash=SHA256, published_at=at(4, 1)),
        rejected.MessageRejected(
            rejected_by="notification",
            topic="dcc.code-administrator",
            partition=0,
            offset=17,
            reason="acceded_on: Field required",
            headers={"ce_type": "dcc.code-administrator.party-acceded.v1"},
            value="e30=",
        ),
    )
