"""Giving notice of the intention to test (CTSD 5.6.1.1)."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from kernel.audience import RoleUnknown, WrongRole
from kernel.engagement import Participant, Subject
from kernel.principal import Principal
from kernel.refusal import Refusal
from notification.domain.events import EngagementNotified, ParticipantNamed, Proposal, StepCompleted, TimetableChanged
from notification.domain.naming import NameParticipant
from notification.domain.refusals import (
    AlreadyNotified,
    ConfirmationMissing,
    ConfirmationNotAsked,
    DescopingNotAsked,
    DescopingRepeated,
    GroundNotOpen,
    OrganisationMissing,
    ParticipantNotAsked,
    ProcedureUnknown,
    ServiceRequestsMissing,
    ServiceRequestsNotAsked,
    SubjectFieldMissing,
    SubjectFieldNotAsked,
)
from notification.domain.start_date import check_start
from notification.domain.start_refusals import StartInThePast, StartNotAWorkingDay, StartTooEarly, StartTooLate
from notification.emails.names import engagement_named
from rulebook.engine.dating.working_days import DayOutsideCalendar, calendar
from rulebook.engine.files import adding
from rulebook.engine.procedures import procedure
from rulebook.engine.scope.scope_refusals import ItemUnknown, NotDescopable, UserRoleUnknown
from testing.made_up import FOLDER, PROCEDURE

from .given import ID, NOTICE_OF_UEPT, at, due, engagement, notice_of_additional_testing, notified, notifying

RESPONSE_CODE = Proposal("response-code", "E11", "b", "The system never produces it.")


def test_a_notice_starts_an_engagement_and_gives_every_step_its_dates() -> None:
    kinds = [type(event) for event in notifying().events]
    assert kinds == [EngagementNotified, TimetableChanged, StepCompleted]
    assert due(notified(), "5.6.1.2") == date(2026, 12, 3)
    assert due(notified(), "5.6.1.5") == date(2027, 1, 25)


def test_the_notice_itself_is_the_first_step_and_is_done_in_time() -> None:
    done = engagement(notified()).done["5.6.1.1"]
    notice = ("notification.engagement-notified", "")
    assert done == StepCompleted("5.6.1.1", "5.6.1.1", date(2026, 12, 2), date(2026, 12, 1), "mo", True, notice)


def test_a_start_that_leaves_exactly_60_working_days_is_accepted() -> None:
    notifying(start_date=date(2027, 2, 26)).accepted()


def test_a_start_that_leaves_less_than_60_working_days_is_refused_with_the_earliest_that_would_do() -> None:
    early = date(2027, 2, 25)
    notifying(start_date=early).then_refused(StartTooEarly(early, given=59, needed=60, earliest=date(2027, 2, 26)))


def test_a_notice_given_at_the_weekend_counts_from_the_next_working_day() -> None:
    early = date(2027, 3, 3)
    refused = StartTooEarly(early, given=59, needed=60, earliest=date(2027, 3, 4))
    notifying(start_date=early, now=at("2026-12-05")).then_refused(refused)


def test_a_start_in_the_past_is_refused() -> None:
    gone = date(2026, 11, 30)
    notifying(start_date=gone).then_refused(StartInThePast(gone, earliest=date(2027, 2, 26)))


def test_a_start_on_a_day_when_nobody_works_is_refused_with_the_next_working_day() -> None:
    good_friday, after_easter = date(2027, 3, 26), date(2027, 3, 30)
    notifying(start_date=good_friday).then_refused(StartNotAWorkingDay(good_friday, next=after_easter))


def test_a_start_beyond_the_published_bank_holidays_is_refused() -> None:
    notifying(start_date=date(2126, 3, 1)).then_refused(DayOutsideCalendar)


def test_a_start_that_leaves_less_than_120_working_days_of_calendar_is_refused() -> None:
    last = calendar().last
    latest = calendar().subtract(last, 120)
    notifying(start_date=latest).accepted()
    start = calendar().add(latest, 1)
    notifying(start_date=start).then_refused(StartTooLate(start, needed=120, last=last, latest=latest))


def test_a_party_whose_accession_is_not_confirmed_is_taken_and_called_by_its_signifier() -> None:
    """The entry gate needs the accession, not the notice (CTSD 5.8.1a)."""
    events = notifying(names={}).events
    assert isinstance(events[0], EngagementNotified)
    assert events[0].participants == (Participant("participant", "SUPP", "SUPP"),)


def test_a_participant_is_called_as_its_registration_says_once_that_is_known() -> None:
    unknown = notifying(names={}).accepted()
    assert engagement_named(engagement(unknown)).startswith("SUPP, ES")
    known = unknown.when(NameParticipant(ID, "SUPP", "Supplier plc")).then(ParticipantNamed("SUPP", "Supplier plc"))
    assert engagement_named(engagement(known)).startswith("Supplier plc (SUPP), ES")
    known.when(NameParticipant(ID, "SUPP", "Supplier plc")).then_nothing()
    known.when(NameParticipant(ID, "OTHER", "Other plc")).then_nothing()


def test_a_notice_says_what_is_tested_and_who_takes_part() -> None:
    notice = engagement(notified()).notice
    fields = {"party": "SUPP", "role": "ES"}
    assert notice.subject == Subject("role", "SUPP/ES", "SUPP in the User Role ES", fields)
    assert notice.participants == (Participant("participant", "SUPP", "Supplier plc"),)


@pytest.mark.parametrize(
    ("caller", "refusal"),
    [
        (Principal("dee", "dcc"), WrongRole("dcc", "participant")),
        (Principal("x", "wizard"), RoleUnknown("wizard", "participant, dcc, panel, authority, code-administrator")),
        (Principal("mo", "participant"), OrganisationMissing("participant")),
    ],
)
def test_only_who_may_start_such_an_engagement_gives_notice(caller: Principal, refusal: Refusal) -> None:
    assert notifying(caller=caller).then_refused(refusal).clause == "CTSD 5.6.1.1"


def test_a_notice_that_does_not_say_what_is_tested_is_refused() -> None:
    refused = SubjectFieldMissing("role", asked="role")
    assert notifying(subject={}).then_refused(refused).clause == "CTSD 5.6.1.1"


@pytest.mark.parametrize("field", ["party", "devices"])
def test_a_notice_that_says_more_of_what_is_tested_than_is_asked_is_refused(field: str) -> None:
    notifying(subject={"role": "ES", field: "X"}).then_refused(SubjectFieldNotAsked(field, asked="role"))


def test_a_notice_that_names_another_participant_than_the_procedure_knows_is_refused() -> None:
    notifying(participants={"dcc": "DCC"}).then_refused(ParticipantNotAsked("dcc", asked="none"))


def test_an_unknown_role_is_refused() -> None:
    notifying(subject={"role": "XX"}).then_refused(UserRoleUnknown)


def test_an_unknown_procedure_is_refused() -> None:
    notifying(procedure="../uept").then_refused(ProcedureUnknown)


def test_a_notice_without_the_code_administrator_being_told_is_refused() -> None:
    refused = notifying(confirmations=()).then_refused(ConfirmationMissing("code-administrator-notified"))
    assert refused.clause == "CTSD 5.6.1.1"


def test_a_notice_that_confirms_what_nobody_asked_for_is_refused() -> None:
    both = ("code-administrator-notified", "paid")
    notifying(confirmations=both).then_refused(ConfirmationNotAsked("paid", asked="code-administrator-notified"))


def test_service_requests_can_not_be_chosen_where_the_role_decides_what_is_tested() -> None:
    refused = notifying(service_requests=("4.2",)).then_refused(ServiceRequestsNotAsked("4.2"))
    assert refused.clause == "CTSD 5.6.1.1"


def test_service_requests_must_be_chosen_where_the_procedure_asks_for_them() -> None:
    refused = notice_of_additional_testing(service_requests=()).then_refused(ServiceRequestsMissing)
    assert refused.clause == "CTSD 5.7.2.1"
    story = notice_of_additional_testing(service_requests=("4.2", "4.6.2", "4.2")).accepted()
    assert engagement(story).notice.service_requests == ("4.2", "4.6.2")


@pytest.mark.parametrize("unknown", ["99.9", "SSI", "1.1.1"])
def test_a_chosen_service_request_that_the_role_does_not_test_is_refused(unknown: str) -> None:
    notice_of_additional_testing(service_requests=("4.2", unknown)).then_refused(ItemUnknown)


def test_descoping_is_refused_where_the_procedure_knows_none() -> None:
    refused = notice_of_additional_testing(descoping=(RESPONSE_CODE,)).then_refused(DescopingNotAsked)
    assert refused.clause == "CTSD 5.7.2.1"


def test_a_confirmation_is_refused_where_the_procedure_asks_for_none() -> None:
    given = ("code-administrator-notified",)
    notice_of_additional_testing(confirmations=given).then_refused(ConfirmationNotAsked(given[0], asked="none"))


def test_a_proposal_to_descope_a_response_code_of_the_role_is_kept() -> None:
    events = notifying(descoping=(RESPONSE_CODE,)).events
    assert isinstance(events[0], EngagementNotified)
    assert events[0].descoping == (RESPONSE_CODE,)


def test_a_proposal_that_no_test_of_the_role_matches_is_refused() -> None:
    notifying(descoping=(Proposal("response-code", "E9999", "a", "Unused."),)).then_refused(ItemUnknown)


def test_the_self_service_interface_can_not_be_descoped() -> None:
    interface = Proposal("self-service-interface", "SSI", "a", "Unused.")
    notifying(descoping=(interface,)).then_refused(NotDescopable)


def test_the_same_item_proposed_twice_is_refused() -> None:
    notifying(descoping=(RESPONSE_CODE, RESPONSE_CODE)).then_refused(DescopingRepeated("E11", "E11"))


@pytest.mark.parametrize(("first", "second"), [("4.2", "4.2:CV1-OD"), ("4.2:CV1-OD", "4.2")])
def test_a_service_request_and_one_of_its_command_variants_are_not_both_proposed(first: str, second: str) -> None:
    both = tuple(Proposal("service-request", item, "a", "It is not used.") for item in (first, second))
    notifying(descoping=both).then_refused(DescopingRepeated(second, first))


@pytest.mark.parametrize(("kind", "item"), [("service-request", "4.2"), ("dcc-alert", "N55")])
def test_only_a_response_code_is_descoped_because_the_system_can_not_produce_it(kind: str, item: str) -> None:
    refused = GroundNotOpen(kind, item)
    notifying(descoping=(Proposal(kind, item, "b", "It never produces it."),)).then_refused(refused)
    notifying(descoping=(Proposal(kind, item, "a", "It is not used."),)).accepted()


def test_a_start_is_refused_with_the_clause_that_asks_for_the_notice() -> None:
    dust, today, friday = procedure("additional-sr-dust"), date(2026, 12, 1), date(2027, 3, 26)
    early, gone = date(2026, 12, 2), date(2026, 11, 2)
    for start, refusal in ((early, StartTooEarly), (gone, StartInThePast), (friday, StartNotAWorkingDay)):
        with pytest.raises(refusal) as refused:
            check_start(dust, start, today, calendar())
        assert refused.value.clause == "CTSD 5.7.2.1"


@pytest.mark.parametrize("day", ["2026-12-01", "2026-11-25", "2026-10-01"])
def test_an_engagement_begins_under_the_edition_in_force_on_the_day_of_notice(day: str) -> None:
    """On a day before the first edition, in rehearsal, under the first."""
    story = notifying(now=at(day)).accepted()
    assert engagement(story).notice.rulebook == "ctsd-2026.1"
    assert due(story, "5.6.1.5") == date(2027, 1, 25)


def test_an_engagement_is_notified_once() -> None:
    notified().when(NOTICE_OF_UEPT).then_refused(AlreadyNotified)


def test_every_date_says_why_it_is_what_it_is() -> None:
    assert all(row.why for row in engagement(notified()).rows.values())
    assert "Christmas Day" in engagement(notified()).rows["5.6.1.1"].why


def test_a_procedure_that_can_only_be_planned_so_far_is_refused(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "law"))
    file = folder / "procedures" / f"{PROCEDURE}.toml"
    file.write_text(f"planned_only = true\n{file.read_text()}")
    with adding(folder):
        notifying(procedure=PROCEDURE).then_refused(ProcedureUnknown)
