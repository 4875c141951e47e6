"""Giving notice of an engagement (CTSD 5.6.1.1, 5.7.2.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kernel.days import in_words
from kernel.principal import Principal
from kernel.refusal import citing
from notification.domain.completion import completed, overtaken
from notification.domain.editions import profile_on
from notification.domain.engagement import Engagement, State, folded
from notification.domain.events import Contact, EngagementNotified, Event, Proposal
from notification.domain.notice import (
    check_confirmations,
    check_descoping,
    check_service_requests,
    check_starter,
    participants_of,
    subject_of,
)
from notification.domain.occurrence import NOTIFIED, Occurrence
from notification.domain.refusals import AlreadyNotified
from notification.domain.start_date import check_start
from notification.domain.timetabling import redated
from rulebook.engine.dating.working_days import DeclaredDay, calendar, in_force


@dataclass(frozen=True)
class GiveNotice:
    """Notice is given of an engagement of a procedure.

    `subject` are the fields of its key but the caller's organisation, `participants` the organisations of other roles;
    `names` are those of the organisations whose registration is known; `declared` are the days that were declared
    otherwise than the release's calendar has them.
    """

    engagement: str
    procedure: str
    subject: Mapping[str, str]
    participants: Mapping[str, str]
    start_date: date
    test_manager: Contact
    confirmations: tuple[str, ...]
    service_requests: tuple[str, ...]
    descoping: tuple[Proposal, ...]
    names: Mapping[str, str]
    caller: Principal
    now: datetime
    declared: tuple[DeclaredDay, ...] = ()


def give_notice(command: GiveNotice, state: State) -> Sequence[Event]:
    """A notice that keeps the rules starts the engagement and gives every step its dates."""
    today = calendar().day_of(command.now)
    if isinstance(state, Engagement):
        raise citing(AlreadyNotified(), state.profile.notice.clause)
    notified = _checked(command, today)
    begun = folded(state, notified)
    dates = redated(begun, f"notified on {in_words(today)}")
    dated = folded(begun, *dates)
    done = completed(dated, Occurrence(NOTIFIED, "", command.now, command.caller.name))
    return (notified, *dates, *done, *overtaken(folded(dated, *done)))


def _checked(command: GiveNotice, today: date) -> EngagementNotified:
    """What is notified, when it keeps every rule."""
    profile = profile_on(command.procedure, today)
    check_starter(profile, command.caller)
    subject = subject_of(profile, command.subject, command.caller.party)
    participants = participants_of(profile, command.participants, command.caller, command.names)
    check_confirmations(profile.notice, command.confirmations)
    check_start(profile.procedure, command.start_date, today, in_force(command.declared))
    check_service_requests(profile, subject.fields, command.service_requests)
    check_descoping(profile, subject.fields, command.descoping)
    return EngagementNotified(
        procedure=profile.id,
        rulebook=profile.rulebook,
        subject=subject,
        participants=participants,
        start_date=command.start_date,
        test_manager=command.test_manager,
        confirmations=command.confirmations,
        service_requests=tuple(dict.fromkeys(command.service_requests)),
        descoping=command.descoping,
        notified_at=command.now,
        declared=command.declared,
    )
