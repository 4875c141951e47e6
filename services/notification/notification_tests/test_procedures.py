"""What differs between procedures follows from their data: other gates or none, other roles, another subject."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from contracts.certification import ExitGateHeld
from kernel.audience import ForeignParty, RoleUnknown, WrongRole
from kernel.engagement import Participant, Subject
from kernel.principal import Principal
from notification.aggregates import ENGAGEMENT
from notification.domain.acknowledging import Acknowledge
from notification.domain.events import DeadlineMissed, FactRecorded, StartRescheduled
from notification.domain.initiation import RecordInitiationMeeting
from notification.domain.refusals import (
    MeetingDayMissing,
    MeetingNotInProcedure,
    NotInProcedure,
    ParticipantNotAsked,
    ProcedureUnknown,
    SubjectFieldMissing,
)
from notification.domain.rescheduling import RescheduleStart
from notification.domain.start_refusals import AlreadyTesting
from notification.emails.templates import emails
from notification.translation import exit_gate_held
from testing.made_up import PROCEDURE, made_up_law
from testing.probe import deciding

from .given import (
    DCC_CONTACT,
    ID,
    REQUEST_OF_TRIAL,
    START,
    Heard,
    Story,
    acknowledged,
    additional_testing,
    at,
    checking,
    confirmed,
    due,
    engagement,
    hearing,
    notified,
    notifying,
    trial,
    trial_requested,
)

GATE = "artefact-review.entry-gate-held"


@pytest.fixture
def law() -> Iterator[None]:
    with made_up_law():
        yield


def moved(story: Story, start: date, now: datetime) -> Heard:
    return story.when(RescheduleStart(ID, start, "timescale-missed", "The laboratory is closed", "dee", now))


def acknowledge(story: Story, meeting: date | None) -> Heard:
    return story.when(Acknowledge(ID, DCC_CONTACT, meeting, "dcc", "dee", at("2026-12-02")))


def test_a_start_whose_gate_is_no_step_of_the_timetable_waits_for_that_gate_again_once_it_is_moved() -> None:
    story, later = additional_testing(), date(2027, 3, 8)
    prevented = hearing(story, GATE, "2027-02-19", outcome="prevented", gate="entry").accepted()
    moved(prevented, later, at("2027-02-19")).accepted()
    ready = hearing(prevented, GATE, "2027-02-22", **confirmed(date(2027, 3, 3))).accepted()
    assert due(ready, "5.11.2.2") == date(2027, 3, 3)
    again = moved(ready, later, at("2027-02-22")).accepted()
    assert not engagement(again).start_is_confirmed
    assert due(again, "5.11.2.2") is None


def test_another_gate_than_the_one_that_the_anchor_names_confirms_nothing() -> None:
    other = hearing(additional_testing(), GATE, "2027-02-22", **confirmed(date(2027, 3, 3), gate="other")).accepted()
    assert due(other, "5.11.2.2") is None
    moved(other, date(2027, 3, 8), at("2027-02-22")).accepted()


def test_execution_waits_for_a_gate_that_is_no_step_to_confirm_its_days() -> None:
    early = hearing(additional_testing(), "execution-tracker.execution-completed", "2027-03-04").accepted()
    assert "5.11.2.2" not in engagement(early).done
    ready = hearing(early, GATE, "2027-02-22", **confirmed(date(2027, 3, 3))).accepted()
    assert not engagement(ready).done["5.11.2.2"].in_time


def test_a_gate_that_is_no_step_is_told_to_who_started_the_engagement() -> None:
    held = {"outcome": "prevented", "gate": "entry", "headline": "start prevented"}
    story = hearing(additional_testing(), GATE, "2027-02-19", details=("- Reason: none.",), **held).accepted()
    [event] = [each for each in story.history if isinstance(each, FactRecorded)]
    [email] = emails(event, engagement(story), ID)
    assert (email.role, email.address) == ("participant", "mo@supplier.invalid")
    assert email.subject == "Supplier plc (SUPP), ES Export Supplier, CTSD 5.8.1: start prevented"
    assert "- Reason: none." in email.body
    assert "may be referred to the Panel" in email.body


def test_a_start_without_any_gate_is_moved_until_execution_has_begun(law: None) -> None:
    story, later = trial(), date(2027, 3, 8)
    heard = moved(story, later, at("2027-02-27"))
    assert isinstance(heard.events[0], StartRescheduled)
    begun = hearing(story, "artefact-review.artefacts-reviewed", "2027-03-01", outcome="accepted").accepted()
    assert "T4" in engagement(begun).done
    assert moved(begun, later, at("2027-03-01")).then_refused(AlreadyTesting(START)).clause == "TRIAL 2.1"


def test_an_acknowledgement_sets_a_meeting_where_the_procedure_has_one_and_only_there() -> None:
    assert acknowledge(notified(), None).then_refused(MeetingDayMissing).clause == "CTSD 5.6.1.3"
    refused = acknowledge(additional_testing(), date(2026, 12, 8)).then_refused(MeetingNotInProcedure)
    assert refused.clause == "CTSD 5.7.2.2"
    acknowledge(additional_testing(), None).accepted()


def test_a_meeting_that_the_procedure_does_not_know_is_not_recorded() -> None:
    held = RecordInitiationMeeting(ID, date(2026, 12, 8), "", "dcc", "dee", at("2026-12-08"))
    additional_testing().when(held).then_refused(NotInProcedure)


def test_a_procedure_of_another_document_with_another_subject_is_begun_by_its_own_starter(law: None) -> None:
    notice = engagement(trial_requested()).notice
    fields = {"devices": "D7", "provider": "P1"}
    assert notice.subject == Subject("combination", "D7/P1", "D7 with P1", fields)
    assert notice.participants == (Participant("requester", "SUPP", "Supplier plc"),)
    assert notice.rulebook == "trial-2026.1"
    missing = replace(REQUEST_OF_TRIAL, subject={"devices": "D7"})
    refused = deciding(ENGAGEMENT).given().when(missing).then_refused(SubjectFieldMissing)
    assert refused.clause == "TRIAL 2.1"
    laboratory = replace(REQUEST_OF_TRIAL, caller=Principal("lea", "laboratory"))
    assert deciding(ENGAGEMENT).given().when(laboratory).then_refused(WrongRole).clause == "TRIAL 2.1"
    named = replace(REQUEST_OF_TRIAL, participants={"laboratory": "LAB"})
    deciding(ENGAGEMENT).given().when(named).then_refused(ParticipantNotAsked("laboratory", "none"))


def test_only_the_organisation_that_holds_a_role_acts_in_an_engagement(law: None) -> None:
    audience = engagement(trial_requested()).audience
    Principal("mo", "requester", "SUPP").must("provide", audience)
    Principal("lea", "laboratory").must("decide", audience)
    with pytest.raises(ForeignParty):
        Principal("x", "requester", "OTHR").must("read", audience)


def test_a_procedure_is_unknown_while_its_document_is_not_read() -> None:
    notifying(procedure=PROCEDURE).then_refused(ProcedureUnknown)


def test_a_step_with_an_hour_is_in_time_until_that_hour(law: None) -> None:
    at_eleven = datetime(2027, 2, 8, 11, 59, tzinfo=UTC)
    acknowledgement = Acknowledge(ID, DCC_CONTACT, None, "laboratory", "dee", at_eleven)
    assert engagement(trial_requested().when(acknowledgement).accepted()).done["T2"].in_time
    late = replace(acknowledgement, now=at("2027-02-08", 12).replace(minute=1))
    assert not engagement(trial_requested().when(late).accepted()).done["T2"].in_time
    missed = checking(trial_requested(), "2027-02-08", hour=12).events
    assert [event.key for event in missed if isinstance(event, DeadlineMissed)] == ["T2"]


def test_the_notice_is_acknowledged_by_the_role_that_owes_it_and_no_other_that_decides(law: None) -> None:
    by_board = Acknowledge(ID, DCC_CONTACT, None, "board", "bo", at("2027-02-02"))
    refusal = trial_requested().when(by_board).then_refused(WrongRole("board", "laboratory"))
    assert refusal.clause == "TRIAL 2.2"


def test_an_initiation_meeting_is_recorded_by_the_role_that_owes_it() -> None:
    held = RecordInitiationMeeting(ID, date(2026, 12, 8), "", "panel", "pat", at("2026-12-08"))
    assert acknowledged().when(held).then_refused(WrongRole).clause == "CTSD 5.6.1.3"


def test_two_subjects_are_never_called_alike(law: None) -> None:
    ids = [
        engagement(
            deciding(ENGAGEMENT).given().when(replace(REQUEST_OF_TRIAL, subject=subject)).accepted()
        ).notice.subject.id
        for subject in ({"devices": "A/B", "provider": "C"}, {"devices": "A", "provider": "B/C"})
    ]
    assert ids == ["A%2FB/C", "A/B%2FC"]


def test_a_role_that_the_procedure_does_not_know_is_told_where_it_says_who_acts(law: None) -> None:
    with pytest.raises(RoleUnknown) as refused:
        Principal("pat", "panel").must("read", engagement(trial_requested()).audience)
    assert refused.value.clause == "TRIAL 2.1"


def test_a_gate_without_a_meeting_is_told_without_one_and_with_the_term_of_each_referrer(law: None) -> None:
    held = exit_gate_held(
        ExitGateHeld(
            gate="agreement",
            body="board",
            outcome="further-testing",
            criteria=(),
            meeting_on=date(2027, 3, 18),
            reason="One test was not tried",
            held_by="bo",
            held_at=at("2027-03-18"),
        )
    )
    executed = hearing(trial(), "execution-tracker.execution-completed", "2027-03-17").accepted()
    heard = executed.when(FactRecorded(held)).accepted()
    (fact,) = (each for each in heard.history if isinstance(each, FactRecorded) and each.occurrence == held)
    (email,) = emails(fact, engagement(heard), ID)
    assert "It was decided on Thu 18 March 2027 that further testing is required." in email.body
    assert "this may be referred to the Tribunal (TRIAL 20.12A)" in email.body
    assert "It may be referred by Supplier plc within 10 Working Days, by DCC laboratory within 14 days." in email.body


def test_a_role_without_a_contact_is_told_at_its_mailbox_and_one_that_acknowledged_at_its_contact(law: None) -> None:
    for story, address in ((trial_requested(), None), (trial(), "dee@dcc.invalid")):
        heard = hearing(story, "artefact-review.artefacts-submitted", "2027-02-10").accepted()
        [event] = [each for each in heard.history if isinstance(each, FactRecorded)]
        [email] = emails(event, engagement(heard), ID)
        assert (email.role, email.address) == ("laboratory", address)
        assert email.subject == "Supplier plc (SUPP), D7, P1, TRIAL T3: Describe the combination: done"
        assert "Describe the combination (TRIAL 2.3)." in email.body
