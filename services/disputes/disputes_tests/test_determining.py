"""What becomes of a matter that was referred: asked about, withdrawn, settled, determined, appealed; final is final."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from disputes.aggregates import MATTERS
from disputes.domain.determining import AcknowledgeReferral, CorrectDetermination, DetermineMatter, RequestInformation
from disputes.domain.events import (
    DeterminationAppealed,
    EngagementNoted,
    Fact,
    InformationGiven,
    InformationRequested,
    MatterDetermined,
    ReferralAcknowledged,
    ReferralWithdrawn,
)
from disputes.domain.referral import Referral
from disputes.domain.referring import AppealDetermination, GiveInformation, ReferMatter, WithdrawReferral
from disputes.domain.refusals import (
    AcknowledgedAlready,
    AppealedAlready,
    AskedOfNobody,
    DayPassed,
    DeterminationFinal,
    DeterminedAlready,
    MatterReferredAlready,
    NoReferrer,
    NotDetermined,
    NothingAsked,
    NothingCorrected,
    NotReferred,
    NotTheBody,
    ReferralEnded,
    RightLapsed,
    RightUnknown,
    WordsMissing,
)
from kernel.engagement import EngagementUnknown, Participant, Subject
from testing.probe import Spec, deciding

AT = datetime(2027, 5, 20, 10, tzinfo=UTC)
SUBJECT = Subject("role", "SUPP/ES", "SUPP in the User Role ES", {"party": "SUPP", "role": "ES"})
NOTICE = EngagementNoted("uept", "ctsd-2026.1", SUBJECT, (Participant("participant", "SUPP", "Supplier plc"),))
DESCOPING, EXIT = "descoping#1", "uept-exit#1"
REFUSED = Fact(
    "artefact-review.descoping-decided",
    {"item.kind": "response-code", "item.item": "E11", "agreed": False},
    "response-code E11",
    "No.",
    AT,
)
FURTHER = Fact(
    "certification.exit-gate-held", {"gate": "exit", "outcome": "further-testing"}, "CTSD 5.19.1(a)", "No.", AT
)
COMPLETE = replace(FURTHER, values={"gate": "exit", "outcome": "complete"}, reason="All was tested.")


def refer(right: str) -> ReferMatter:
    return ReferMatter(right, "It can't be produced.", "participant", "mo", AT)


def acknowledge(right: str, role: str = "panel") -> AcknowledgeReferral:
    return AcknowledgeReferral(right, role, "pat", AT)


def determine(right: str, upheld: bool, role: str = "panel") -> DetermineMatter:
    return DetermineMatter(right, upheld, "The law says so.", role, "pat", AT)


def appeal(right: str, role: str = "participant") -> AppealDetermination:
    return AppealDetermination(right, "It was tested.", role, "mo", AT)


def ask(right: str, of: str = "dcc", wanted_by: date | None = None) -> RequestInformation:
    return RequestInformation(right, "Which response did you see?", of, wanted_by, "panel", "pat", AT)


def answer(right: str, role: str = "dcc") -> GiveInformation:
    return GiveInformation(right, "None.", role, "dee", AT)


def withdraw(right: str, role: str = "participant") -> WithdrawReferral:
    return WithdrawReferral(right, "We test it.", role, "mo", AT)


def noted() -> Spec[Any, Any, Any]:
    return deciding(MATTERS).given(NOTICE).when(REFUSED).accepted().when(FURTHER).accepted()


def referred(right: str) -> Spec[Any, Any, Any]:
    return noted().when(refer(right)).accepted()


def of(spec: Spec[Any, Any, Any], right: str) -> Referral:
    referrals: Mapping[str, Referral] = spec.state.referrals
    return referrals[right]


def test_the_body_of_the_route_says_once_that_the_referral_has_come() -> None:
    come = referred(DESCOPING).when(acknowledge(DESCOPING)).then(ReferralAcknowledged(DESCOPING, "panel", "pat", AT))
    assert of(come, DESCOPING).stage == "acknowledged"
    refusal = come.when(acknowledge(DESCOPING)).then_refused(AcknowledgedAlready(DESCOPING, "panel"))
    assert refusal.clause == "CTSD 5.2.7"


def test_what_the_body_asks_is_answered_by_the_role_that_was_asked() -> None:
    asked = (
        referred(DESCOPING)
        .when(ask(DESCOPING, wanted_by=date(2027, 5, 28)))
        .then(
            InformationRequested(DESCOPING, "Which response did you see?", "dcc", date(2027, 5, 28), "panel", "pat", AT)
        )
    )
    asked.when(answer(DESCOPING, "participant")).then_refused(NothingAsked("participant", "dcc"))
    answered = asked.when(answer(DESCOPING)).then(InformationGiven(DESCOPING, "None.", "dcc", "dee", AT))
    assert of(answered, DESCOPING).unanswered == ()
    answered.when(answer(DESCOPING)).then_refused(NothingAsked("dcc", "nobody"))


def test_questions_to_several_are_answered_in_any_order_and_each_by_its_own() -> None:
    asked = referred(DESCOPING).when(ask(DESCOPING, "participant")).accepted().when(ask(DESCOPING, "dcc")).accepted()
    answered = asked.when(answer(DESCOPING, "dcc")).accepted()
    assert [each.role for each in of(answered, DESCOPING).unanswered] == ["participant"]


def test_who_only_reads_or_decides_is_not_asked_and_no_answer_is_wanted_by_a_day_that_is_over() -> None:
    for role in ("authority", "panel", "code-administrator", "nobody"):
        referred(DESCOPING).when(ask(DESCOPING, role)).then_refused(AskedOfNobody(role, "participant, dcc"))
    yesterday = date(2027, 5, 19)
    referred(DESCOPING).when(ask(DESCOPING, wanted_by=yesterday)).then_refused(DayPassed(yesterday, AT.date()))


@pytest.mark.parametrize("upheld", [True, False])
def test_where_the_route_has_no_appeal_the_determination_is_final(upheld: bool) -> None:
    determined = (
        referred(DESCOPING)
        .when(determine(DESCOPING, upheld))
        .then(
            MatterDetermined(
                right=DESCOPING,
                route="descoping",
                clause="CTSD 5.2.7",
                body="panel",
                upheld=upheld,
                reasons="The law says so.",
                final=True,
                decision="artefact-review.descoping-decided",
                values={"item.kind": "response-code", "item.item": "E11", "agreed": False},
                determined_by="pat",
                determined_at=AT,
                decided_at=AT,
            )
        )
    )
    assert of(determined, DESCOPING).stage == "final"
    determined.when(determine(DESCOPING, not upheld)).then_refused(DeterminedAlready(DESCOPING, "panel", AT))
    determined.when(appeal(DESCOPING)).then_refused(DeterminationFinal(DESCOPING, "panel", AT))
    determined.when(withdraw(DESCOPING)).then_refused(DeterminedAlready(DESCOPING, "panel", AT))
    determined.when(refer(DESCOPING)).then_refused(MatterReferredAlready(DESCOPING, "participant", AT))


def test_who_disagrees_with_the_panel_takes_the_matter_to_the_authority_whose_word_is_final() -> None:
    dismissed = referred(EXIT).when(determine(EXIT, upheld=False)).accepted()
    assert of(dismissed, EXIT).stage == "determined"
    appealed = dismissed.when(appeal(EXIT)).then(
        DeterminationAppealed(EXIT, "authority", "It was tested.", "participant", "mo", AT)
    )
    appealed.when(appeal(EXIT)).then_refused(AppealedAlready(EXIT, "authority"))
    appealed.when(determine(EXIT, upheld=True)).then_refused(NotTheBody("panel", EXIT, "authority"))
    come = appealed.when(acknowledge(EXIT, "authority")).accepted()
    upheld = come.when(determine(EXIT, upheld=True, role="authority")).accepted()
    determined = of(upheld, EXIT).determination
    assert determined
    assert (determined.body, determined.upheld, determined.final) == ("authority", True, True)
    upheld.when(appeal(EXIT)).then_refused(DeterminationFinal(EXIT, "authority", AT))


def test_a_determination_is_appealed_once_whatever_becomes_of_the_appeal() -> None:
    appealed = referred(EXIT).when(determine(EXIT, upheld=False)).accepted().when(appeal(EXIT)).accepted()
    come = appealed.when(acknowledge(EXIT, "authority")).accepted()
    come.when(appeal(EXIT)).then_refused(AppealedAlready(EXIT, "authority"))
    withdrawn = come.when(withdraw(EXIT)).accepted()
    withdrawn.when(appeal(EXIT)).then_refused(ReferralEnded(EXIT))


def test_who_got_what_they_asked_for_has_nothing_to_appeal() -> None:
    upheld = referred(EXIT).when(determine(EXIT, upheld=True)).accepted()
    assert of(upheld, EXIT).stage == "final"
    upheld.when(appeal(EXIT)).then_refused(DeterminationFinal(EXIT, "panel", AT))


def test_an_appeal_is_brought_by_who_referred_the_matter_against_a_determination() -> None:
    referred(EXIT).when(appeal(EXIT)).then_refused(NotDetermined(EXIT, "panel"))
    dismissed = referred(EXIT).when(determine(EXIT, upheld=False)).accepted()
    dismissed.when(appeal(EXIT, "dcc")).then_refused(NoReferrer("dcc", "participant"))


def test_who_referred_the_matter_takes_it_back_until_it_is_determined() -> None:
    referred(EXIT).when(withdraw(EXIT, "dcc")).then_refused(NoReferrer("dcc", "participant"))
    withdrawn = (
        referred(EXIT).when(withdraw(EXIT)).then(ReferralWithdrawn(EXIT, "We test it.", "participant", "mo", AT))
    )
    for command in (determine(EXIT, upheld=True), acknowledge(EXIT), ask(EXIT), withdraw(EXIT)):
        withdrawn.when(command).then_refused(ReferralEnded(EXIT))


def test_a_matter_that_is_settled_meanwhile_is_not_determined() -> None:
    settled = referred(EXIT).when(COMPLETE).accepted()
    assert of(settled, EXIT).stage == "settled"
    settled.when(determine(EXIT, upheld=True)).then_refused(RightLapsed(EXIT))


def test_a_decision_that_carries_out_a_determination_settles_nothing_any_more() -> None:
    upheld = referred(EXIT).when(determine(EXIT, upheld=True)).accepted()
    upheld.when(COMPLETE).then_nothing()
    assert of(upheld, EXIT).stage == "final"


def test_another_body_than_that_of_the_route_does_not_act() -> None:
    for command in (acknowledge(EXIT, "authority"), determine(EXIT, True, "authority")):
        refusal = referred(EXIT).when(command).then_refused(NotTheBody("authority", EXIT, "panel"))
        assert refusal.clause == "CTSD 5.19.3"


def test_what_was_not_referred_or_is_not_known_is_not_acted_on() -> None:
    noted().when(determine(EXIT, upheld=True)).then_refused(NotReferred(EXIT))
    noted().when(withdraw("suspension#1")).then_refused(RightUnknown("suspension#1", f"{DESCOPING}, {EXIT}"))
    deciding(MATTERS).given().when(determine(EXIT, upheld=True)).then_refused(EngagementUnknown)


@pytest.mark.parametrize(
    ("command", "what"),
    [
        (replace(determine(EXIT, upheld=True), reasons=" "), "reasons"),
        (replace(ask(EXIT), question=" "), "question"),
        (replace(withdraw(EXIT), reason=" "), "reason"),
    ],
)
def test_each_of_them_is_said_in_words(command: object, what: str) -> None:
    referred(EXIT).when(command).then_refused(WordsMissing(what))


def correct(reasons: str = "The law says so in 5.2.7.", role: str = "panel") -> CorrectDetermination:
    return CorrectDetermination(DESCOPING, reasons, "The clause was missing.", role, "pat", AT)


def test_a_slip_in_the_reasons_is_corrected_by_the_body_that_gave_them_and_the_outcome_stands() -> None:
    determined = referred(DESCOPING).when(determine(DESCOPING, upheld=True)).accepted()
    corrected = determined.when(correct()).accepted()
    referral = of(corrected, DESCOPING)
    assert referral.determination == of(determined, DESCOPING).determination
    assert (referral.stage, referral.reasons) == ("final", "The law says so in 5.2.7.")
    determined.when(correct(role="authority")).then_refused(NotTheBody("authority", DESCOPING, "panel"))
    determined.when(correct("The law says so.")).then_refused(NothingCorrected(DESCOPING))
    determined.when(correct(" ")).then_refused(WordsMissing("reasons"))
    referred(DESCOPING).when(correct()).then_refused(NotDetermined(DESCOPING, "panel"))
    corrected.when(determine(DESCOPING, upheld=False)).then_refused(DeterminedAlready(DESCOPING, "panel", AT))
