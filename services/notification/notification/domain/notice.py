"""What a notice must say and may not say, as the profile of its procedure has it."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from kernel.engagement import Participant, Subject, key_of
from kernel.principal import Principal
from kernel.refusal import citing
from notification.domain.events import Proposal
from notification.domain.refusals import (
    ConfirmationMissing,
    ConfirmationNotAsked,
    DescopingNotAsked,
    DescopingRepeated,
    GroundNotOpen,
    OrganisationMissing,
    ParticipantMissing,
    ParticipantNotAsked,
    ServiceRequestsMissing,
    ServiceRequestsNotAsked,
    SubjectFieldMissing,
    SubjectFieldNotAsked,
)
from rulebook.engine.profile import PARTY, Notice, Profile
from rulebook.engine.scope.scope import ROLE_FIELD, Item, matching, tests_of


def check_starter(profile: Profile, caller: Principal) -> None:
    """Refuse who may not start such an engagement, and who acts for no organisation where one is needed."""
    clause, role = profile.notice.clause, profile.roles.get(caller.role)
    if role is not None and role.organisation and not caller.party:
        raise citing(OrganisationMissing(caller.role), clause)
    caller.must("start", profile.audience({caller.role: caller.party or ""}))


def subject_of(profile: Profile, given: Mapping[str, str], organisation: str | None) -> Subject:
    """The subject, when exactly the fields of its key are given and its codes are known."""
    form, clause = profile.subject, profile.notice.clause
    asked = [name for name in form.key if name != PARTY]
    for name in given:
        if name not in asked:
            raise citing(SubjectFieldNotAsked(name, asked=", ".join(asked)), clause)
    for name in asked:
        if not given.get(name):
            raise citing(SubjectFieldMissing(name, asked=", ".join(asked)), clause)
    fields = {name: (organisation or "") if name == PARTY else given[name] for name in form.key}
    form.words(fields)  # refuses an unknown code
    return Subject(form.kind, key_of(fields.values()), form.named(fields), fields)


def participants_of(
    profile: Profile, given: Mapping[str, str], caller: Principal, names: Mapping[str, str]
) -> tuple[Participant, ...]:
    """Who takes part, the starter first; an organisation whose registration is not known yet is called by its sign."""
    wanted = [role.id for role in profile.organisations() if role.id != caller.role]
    clause = profile.notice.clause
    for role in given:
        if role not in wanted:
            raise citing(ParticipantNotAsked(role, asked=", ".join(wanted) or "none"), clause)
    for role in wanted:
        if not given.get(role):
            raise citing(ParticipantMissing(role), clause)
    own = {caller.role: caller.party} if profile.roles[caller.role].organisation and caller.party else {}
    return tuple(Participant(role, sign, names.get(sign, sign)) for role, sign in {**own, **given}.items())


def check_confirmations(notice: Notice, given: Collection[str]) -> None:
    """Refuse a notice that does not confirm what the procedure asks for, or confirms something else."""
    for each in notice.confirmations:
        if each not in given:
            raise citing(ConfirmationMissing(each), notice.clause)
    for each in given:
        if each not in notice.confirmations:
            raise citing(ConfirmationNotAsked(each, asked=", ".join(notice.confirmations) or "none"), notice.clause)


def check_service_requests(profile: Profile, fields: Mapping[str, str], chosen: Sequence[str]) -> None:
    """Refuse chosen Service Requests where none are asked for, none where some are, and those with no test."""
    notice = profile.notice
    if "service-requests" not in notice.asks:
        if chosen:
            raise citing(ServiceRequestsNotAsked(", ".join(chosen)), notice.clause)
        return
    if not chosen:
        raise citing(ServiceRequestsMissing(), notice.clause)
    tests_of(profile, fields, chosen)  # refuses what the rulebook does not know, and what is not tested here


def check_descoping(profile: Profile, fields: Mapping[str, str], proposals: Sequence[Proposal]) -> None:
    """Refuse proposals where none are asked for, and those that can't be made."""
    if not proposals:
        return
    if "descoping" not in profile.notice.asks:
        raise citing(DescopingNotAsked(", ".join(each.item for each in proposals)), profile.notice.clause)
    _check_proposals(fields[ROLE_FIELD], proposals, profile.root)


def _check_proposals(role: str, proposals: Sequence[Proposal], root: Path) -> None:
    """Refuse what is proposed twice, what no test matches, and what can't be descoped at all or on this ground."""
    covered: dict[str, str] = {}
    for proposal in proposals:
        tests = matching(role, Item(proposal.kind, proposal.item), root)
        if other := next((covered[test.id] for test in tests if test.id in covered), None):
            raise DescopingRepeated(proposal.item, other)
        if proposal.reason == "b" and proposal.kind != "response-code":
            raise GroundNotOpen(proposal.kind, proposal.item)
        covered |= {test.id: proposal.item for test in tests}
