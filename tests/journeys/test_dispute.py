"""DCC refuses to descope an item, the Party refers that, the Panel upholds it, and the scope is changed by itself."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from assay_lab.api_client import ApiClient, Refused, eventually
from assay_lab.demo import EXAMPLE, fresh_party
from assay_lab.scenario import Scenario, Target

pytestmark = pytest.mark.timeout(300)
REFUSAL = {"kind": "response-code", "item": "E11", "agreed": False, "reason": "A meter of the other kind produces it."}


@dataclass(frozen=True)
class Dispute:
    """An engagement in which DCC refused to descope E11, and who acts in it."""

    engagement: str
    participant: ApiClient
    dcc: ApiClient
    panel: ApiClient
    authority: ApiClient

    def of(self, *path: str) -> str:
        """An address of the engagement."""
        return "/".join((f"/engagements/{self.engagement}", *(quote(part, safe="") for part in path)))

    def standing(self, wanted: str) -> bool:
        """Whether the proposal stands so."""
        (proposal,) = self.participant.get(self.of("scope"))["descoping"]
        return bool(proposal["status"] == wanted)


@pytest.fixture(scope="module")
def it(there: Target) -> Iterator[Dispute]:
    scenario = Scenario(there, EXAMPLE, fresh_party(EXAMPLE), lambda *_: None)
    scenario.begin()
    with ExitStack() as opened:

        def client(role: str, party: str | None = None) -> ApiClient:
            return opened.enter_context(closing(ApiClient(there.gateway, there.token(role, party))))

        opened.callback(scenario.close)
        dispute = Dispute(
            str(scenario.engagement),
            client("participant", scenario.party),
            client("dcc"),
            client("panel"),
            client("authority"),
        )
        dispute.dcc.post(dispute.of("descoping-decisions"), REFUSAL)
        yield dispute


def refused(call: Any, *arguments: Any) -> tuple[int, str]:
    with pytest.raises(Refused) as error:
        call(*arguments)
    return error.value.status, error.value.problem["clause"]


def test_a_refusal_is_referred_asked_about_and_determined_and_nobody_types_it_a_second_time(it: Dispute) -> None:
    (right,) = eventually(lambda: it.participant.get(it.of("referral-rights")), "The right of referral")
    assert (right["id"], right["body"], right["last_days"]) == ("descoping#1", "panel", {})
    referral = it.of("referrals", right["id"])
    it.participant.post(it.of("referrals"), {"right": right["id"], "grounds": "None of ours does."})
    mine = [each for each in it.panel.get("/referrals") if each["engagement"] == it.engagement]
    assert [(each["stage"], each["matter"]) for each in mine] == [("referred", "response-code E11")]

    it.panel.post(f"{referral}/acknowledgement", None)
    it.panel.post(f"{referral}/questions", {"question": "Which meter does?", "of": "dcc"})
    it.dcc.post(f"{referral}/information", {"answer": "The one of the other maker."})
    reasons = {"upheld": True, "reasons": "The Party installs no such meter."}
    assert refused(it.authority.post, f"{referral}/determination", reasons) == (403, "CTSD 5.2.7")
    it.panel.post(f"{referral}/determination", reasons)

    assert eventually(lambda: it.standing("agreed"), "The scope as it was determined")
    (seen,) = it.dcc.get(it.of("referrals"))
    assert (seen["stage"], seen["since"][-1]["particulars"]["reasons"]) == ("final", reasons["reasons"])
    assert refused(it.participant.post, f"{referral}/appeal", {"grounds": "More."}) == (409, "CTSD 5.2.7")
    assert it.participant.get(it.of("referral-rights"))[0]["state"] == "final", "carrying it out settles nothing"
    facts = [fact["type"] for fact in it.participant.get(it.of("timeline"))["facts"]]
    assert facts.index("disputes.matter-determined") < len(facts) - 1 - facts[::-1].index(
        "artefact-review.descoping-decided"
    )


def test_a_determination_is_made_once(it: Dispute) -> None:
    referral = it.of("referrals", "descoping#1")
    again = {"upheld": False, "reasons": "On reflection."}
    assert refused(it.panel.post, f"{referral}/determination", again) == (409, "CTSD 5.2.7")
