"""What others' facts change, in whatever order they come."""

from certification.domain.completion import (
    CertificatePrepared,
    Completion,
    IssueNoted,
    IssueStatus,
    ParticipantNamed,
    ScopedTest,
    ScopeNoted,
)
from certification.domain.inbound import Inbound
from kernel.engagement import EngagementIsWithdrawn, EngagementWithdrawn

from .events import (
    CONFIRMED,
    EXECUTED,
    HOLD,
    NOW,
    OPENED,
    PLANNED_ISSUE,
    RECORD,
    REQUEST,
    SUBMIT,
    SUBMITTED,
    completion,
    reviewed,
)


def test_a_notice_opens_the_completion_once() -> None:
    completion.given().when(OPENED).then(OPENED).when(OPENED).then_nothing()


def test_a_recipient_is_called_as_it_is_registered_when_the_certificate_is_prepared() -> None:
    organisation = OPENED.participants[0].organisation
    renamed = ParticipantNamed(organisation, "Renamed plc")
    spec = completion.given(*reviewed.history).when(HOLD).accepted().when(renamed).then(renamed)
    spec.when(renamed).then_nothing()
    (prepared,) = spec.when(REQUEST).events
    assert isinstance(prepared, CertificatePrepared)
    assert prepared.certificate.recipient.name == "Renamed plc"


def test_who_takes_no_part_is_not_noted() -> None:
    completion.given(OPENED).when(ParticipantNamed("ELSE", "Else plc")).then_nothing()
    completion.given().when(ParticipantNamed("ELSE", "Else plc")).then_nothing()


def test_each_change_of_an_issue_is_noted_once() -> None:
    noted = IssueNoted(1, 2, "open", False)
    raised = completion.given(OPENED).when(noted).then(noted)
    raised.when(noted).then_nothing()
    changes: tuple[tuple[IssueStatus, bool], ...] = (
        *(("planned", True), ("fixed", True), ("planned", True), ("closed", True)),
    )
    for status, agreed in changes:
        change = IssueNoted(1, 2, status, agreed)
        raised.when(change).then(change).when(change).then_nothing()


def test_each_scope_is_noted_once_and_the_latest_counts() -> None:
    agreed, none = ScopeNoted((ScopedTest("SR:8.9:CV1-OD:S1", "Read a meter"),)), ScopeNoted(())
    noted = completion.given(OPENED).when(agreed).then(agreed)
    noted.when(agreed).then_nothing()
    assert noted.when(none).then(none).state.scope == ()


def test_an_agreed_plan_that_is_replaced_must_be_agreed_anew() -> None:
    agreed, replaced = IssueNoted(1, 3, "planned", True), IssueNoted(1, 3, "open", False)
    completion.given(OPENED, agreed).when(replaced).then(replaced).when(agreed).then(agreed)


def test_an_issue_of_which_nothing_was_known_is_known_as_it_stands_now() -> None:
    closed = completion.given(OPENED).when(IssueNoted(4, 1, "closed", True)).accepted()
    assert closed.state.issues == {4: IssueNoted(4, 1, "closed", True)}


def test_facts_that_come_before_the_notice_lead_to_the_same_state() -> None:
    def after(*commands: Inbound) -> Completion:
        spec = completion.given()
        for command in commands:
            spec = spec.when(command).accepted()
        return spec.state

    assert (
        after(PLANNED_ISSUE, EXECUTED, OPENED)
        == after(EXECUTED, OPENED, PLANNED_ISSUE)
        == after(OPENED, PLANNED_ISSUE, EXECUTED)
    )
    assert after(PLANNED_ISSUE, EXECUTED).audience is None
    completion.given(PLANNED_ISSUE, EXECUTED, OPENED, SUBMITTED, CONFIRMED).when(HOLD).accepted()


def test_the_same_execution_told_twice_changes_nothing() -> None:
    reviewed.when(EXECUTED).then_nothing()


WITHDRAWN = EngagementWithdrawn("The system is replaced.", "participant", "mo", NOW)


def test_in_a_withdrawn_engagement_nothing_is_reported_decided_or_requested_any_more() -> None:
    withdrawn = reviewed.when(WITHDRAWN).then(WITHDRAWN)
    withdrawn.when(WITHDRAWN).then_nothing()
    assert withdrawn.when(HOLD).then_refused(EngagementIsWithdrawn).clause == "CTSD 5.6.1.1"
    withdrawn.when(SUBMIT).then_refused(EngagementIsWithdrawn)


def test_a_certificate_that_was_made_out_before_the_withdrawal_is_issued_and_stays() -> None:
    prepared = reviewed.when(HOLD).accepted().when(REQUEST).accepted().when(WITHDRAWN).accepted()
    issued = prepared.when(RECORD).accepted()
    assert issued.state.issued == {RECORD.number}
    unrequested = reviewed.when(HOLD).accepted().when(WITHDRAWN).accepted()
    unrequested.when(REQUEST).then_refused(EngagementIsWithdrawn)


def test_execution_that_is_heard_to_be_complete_after_the_withdrawal_leads_nowhere() -> None:
    late = completion.given(OPENED, WITHDRAWN).when(EXECUTED).accepted()
    late.when(SUBMIT).then_refused(EngagementIsWithdrawn)
