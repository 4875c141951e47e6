"""The service on a real Kafka and PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote
from uuid import uuid4

import pytest
from httpx import AsyncClient

from chassis.web.http import LARGEST_UPLOAD
from contracts.artefact_review import DescopingDecided
from contracts.certification import ExitGateHeld
from contracts.common import DescopedItem
from contracts.disputes import (
    EvidenceGiven,
    MatterDetermined,
    MatterReferred,
    ReferralRightArose,
    ReferralRightLapsed,
    ReferralSettled,
)
from disputes import read_models
from disputes.wiring import build
from testing.notice import notified
from testing.probe import Kafka, Postgres, Probe, running

AT = datetime(2027, 1, 20, 10, tzinfo=UTC)
NOTIFIED = notified("SUPP")


def decided(agreed: bool) -> DescopingDecided:
    item = DescopedItem(kind="response-code", item="E11")
    return DescopingDecided(item=item, agreed=agreed, reason="It is so.", decided_by="dee", decided_at=AT)


def held(outcome: Literal["complete", "further-testing"]) -> ExitGateHeld:
    return ExitGateHeld(
        gate="exit",
        body="dcc",
        outcome=outcome,
        criteria=(),
        meeting_on=AT.date(),
        reason="One was not tested.",
        held_by="dee",
        held_at=AT,
    )


@pytest.fixture(scope="module")
async def it(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Probe]:
    async with running(build, postgres, kafka) as probe:
        yield probe


async def test_a_right_arises_is_published_is_shown_and_lapses(it: Probe) -> None:
    engagement = str(uuid4())
    address = f"/engagements/{engagement}/referral-rights"
    await it.deliver(NOTIFIED, engagement)
    await it.deliver(decided(agreed=False), engagement)
    arose = await it.published(ReferralRightArose, engagement)
    assert (arose.right, arose.subject) == ("descoping#1", "Descoping refused: response-code E11")
    async with it.client("participant", party="SUPP") as participant:
        (right,) = (await participant.get(address)).json()
        assert (right["state"], right["appeal"], right["final"]) == ("open", "none", "panel")
        assert (right["referred_by"], right["within"]) == (["participant"], {})
        assert right["effect"].startswith("The tests that the Panel decided are descoped")
        await it.deliver(decided(agreed=True), engagement)
        assert (await it.published(ReferralRightLapsed, engagement)).right == "descoping#1"
        assert [right["state"] for right in (await participant.get(address)).json()] == ["lapsed"]


async def test_rights_are_answered_while_another_arises(it: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    engagement, rights = str(uuid4()), read_models.rights
    await it.deliver(NOTIFIED, engagement)

    async def arising(*arguments: Any) -> Any:
        if not await rights(*arguments):
            await it.deliver(decided(agreed=False), engagement)
        return await rights(*arguments)

    monkeypatch.setattr(read_models, "rights", arising)
    async with it.client("participant", party="SUPP") as participant:
        answer = await participant.get(f"/engagements/{engagement}/referral-rights")
    assert [right["id"] for right in answer.json()] == ["descoping#1"]


async def test_a_matter_is_referred_by_who_may_is_published_and_shown(it: Probe) -> None:
    engagement = str(uuid4())
    await it.deliver(NOTIFIED, engagement)
    await it.deliver(decided(agreed=False), engagement)
    await it.published(ReferralRightArose, engagement)
    address, body = f"/engagements/{engagement}/referrals", {"right": "descoping#1", "grounds": "It can't be produced."}
    async with it.client("panel") as panel, it.client("participant", party="SUPP") as participant:
        refused = await panel.post(address, json=body)
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:assay:problem:wrong-role")
        assert (await participant.post(address, json=body)).status_code == 201
        referred = await it.published(MatterReferred, engagement)
        assert (referred.right, referred.body, referred.role) == ("descoping#1", "panel", "participant")
        (right,) = (await panel.get(f"/engagements/{engagement}/referral-rights")).json()
        assert (right["state"], right["referred_role"], right["grounds"]) == (
            "referred",
            "participant",
            body["grounds"],
        )
        again = await participant.post(address, json=body)
        assert (again.status_code, again.json()["type"]) == (409, "urn:assay:problem:matter-referred-already")


async def test_a_referral_is_answered_determined_and_published_and_leaves_the_queue_of_its_body(it: Probe) -> None:
    engagement = str(uuid4())
    await it.deliver(NOTIFIED, engagement)
    await it.deliver(held("further-testing"), engagement)
    right = (await it.published(ReferralRightArose, engagement)).right
    address = f"/engagements/{engagement}/referrals"
    at = f"{address}/{quote(right, safe='')}"
    async with (
        it.client("participant", party="SUPP") as participant,
        it.client("panel") as panel,
        it.client("authority") as authority,
        it.client("dcc") as dcc,
    ):

        async def queue(body: AsyncClient) -> list[tuple[str, str]]:
            rows = (await body.get("/referrals")).json()
            return [(row["stage"], row["subject_name"]) for row in rows if row["engagement"] == engagement]

        named = "SUPP in the User Role ES"
        assert (await participant.post(address, json={"right": right, "grounds": "All was."})).status_code == 201
        assert await queue(panel) == [("referred", named)]
        assert (await panel.post(f"{at}/acknowledgement")).status_code == 200
        asked = {"question": "Which was not?", "of": "dcc", "wanted_by": "2027-02-19"}
        assert (await panel.post(f"{at}/questions", json=asked)).status_code == 200
        assert (await participant.post(f"{at}/information", json={"answer": "None."})).status_code == 409
        assert (await dcc.post(f"{at}/information", json={"answer": "4.2."})).status_code == 200
        said = {"upheld": False, "reasons": "4.2 was not tested."}
        assert (await authority.post(f"{at}/determination", json=said)).status_code == 403
        assert (await panel.post(f"{at}/determination", json=said)).status_code == 200
        assert (await queue(panel), await queue(authority)) == ([], [])
        assert (await participant.post(f"{at}/appeal", json={"grounds": "It was."})).status_code == 200
        assert await queue(authority) == [("appealed", named)]
        said = {"upheld": True, "reasons": "It was."}
        assert (await authority.post(f"{at}/determination", json=said)).status_code == 200
        determined = await it.published(MatterDetermined, engagement, 2)
        assert (determined.body, determined.upheld, determined.final) == ("authority", True, True)
        assert determined.values == {"gate": "exit", "outcome": "further-testing"}
        (referral,) = (await dcc.get(address)).json()
        assert [each["what"] for each in referral["since"]] == [
            *("referral-acknowledged", "information-requested", "information-given", "matter-determined"),
            *("determination-appealed", "matter-determined"),
        ]
        assert (referral["stage"], referral["body"], referral["unanswered"]) == ("final", "authority", [])
        assert await queue(authority) == []
        assert (await dcc.get("/referrals")).status_code == 403


async def test_a_referral_is_settled_by_both_sides_and_leaves_the_queue_of_its_body(it: Probe) -> None:
    engagement = str(uuid4())
    await it.deliver(NOTIFIED, engagement)
    await it.deliver(decided(agreed=False), engagement)
    await it.published(ReferralRightArose, engagement)
    address = f"/engagements/{engagement}/referrals"
    at = f"{address}/descoping%231/settlement"
    body = {"right": "descoping#1", "grounds": "It can't be produced.", "relief": "E11 is descoped."}
    async with (
        it.client("participant", party="SUPP") as participant,
        it.client("participant", party="OTHER") as other,
        it.client("panel") as panel,
        it.client("dcc") as dcc,
    ):
        assert (await participant.post(address, json=body)).status_code == 201
        assert (await it.published(MatterReferred, engagement)).relief == "E11 is descoped."
        for nobody in (panel, other):
            assert (await nobody.post(at, json={"terms": "E12."})).status_code == 403
        assert (await dcc.post(at, json={"terms": "E11, if E12 is tested."})).status_code == 200
        again = await participant.post(at, json={"terms": "E12."})
        assert (again.status_code, again.json()["type"]) == (409, "urn:assay:problem:settlement-proposed-already")
        assert (await dcc.post(f"{at}/answer", json={"agreed": True})).status_code == 403
        assert (await participant.post(f"{at}/answer", json={"agreed": True})).status_code == 200
        settled = await it.published(ReferralSettled, engagement)
        assert (settled.terms, settled.proposed, settled.agreed) == ("E11, if E12 is tested.", "dcc", "participant")
        (referral,) = (await panel.get(address)).json()
        assert (referral["relief"], referral["stage"]) == ("E11 is descoped.", "settled")
        assert [each["what"] for each in referral["since"]] == ["settlement-proposed", "referral-settled"]
        (right,) = (await panel.get(f"/engagements/{engagement}/referral-rights")).json()
        assert right["state"] == "settled"
        assert engagement not in [row["engagement"] for row in (await panel.get("/referrals")).json()]


async def test_evidence_is_read_by_the_body_and_both_sides_and_a_file_that_is_too_large_refused(it: Probe) -> None:
    engagement = str(uuid4())
    await it.deliver(NOTIFIED, engagement)
    await it.deliver(decided(agreed=False), engagement)
    await it.published(ReferralRightArose, engagement)
    address = f"/engagements/{engagement}/referrals"
    at = f"{address}/descoping%231/evidence"
    body = {"right": "descoping#1", "grounds": "It can't be produced."}
    async with (
        it.client("participant", party="SUPP") as participant,
        it.client("participant", party="OTHER") as other,
        it.client("panel") as panel,
        it.client("dcc") as dcc,
    ):
        assert (await participant.post(address, json=body)).status_code == 201
        sent = [("files", ("..\\logs/run 2.log", b"E11 can't be had.")), ("files", ("b.txt", b"Nor E12."))]
        assert (await panel.post(at, files=sent)).status_code == 403
        assert (await participant.post(at)).status_code == 422
        large = await participant.post(at, files=[("files", ("large.bin", bytes(LARGEST_UPLOAD + 1)))])
        assert (large.status_code, large.json()["type"]) == (413, "urn:assay:problem:upload-too-large")
        assert "large.bin has more than 20000000 bytes" in large.json()["detail"]
        larger = await participant.post(at, files=[("files", ("larger.bin", bytes(200_000_000)))])
        assert larger.status_code == 413
        assert "at most 81000000 bytes" in larger.json()["detail"]
        assert (await participant.post(at, files=sent)).status_code == 201
        given = await it.published(EvidenceGiven, engagement)
        assert [each.file_name for each in given.files] == ["run 2.log", "b.txt"]
        (referral,) = (await panel.get(address)).json()
        assert [(each["file_name"], each["role"]) for each in referral["evidence"]] == [
            ("run 2.log", "participant"),
            ("b.txt", "participant"),
        ]
        kept = f"{at}/{referral['evidence'][0]['sha256']}"
        for reader in (panel, participant, dcc):
            file = await reader.get(kept)
            assert (file.status_code, file.content) == (200, b"E11 can't be had.")
            assert "run%202.log" in file.headers["content-disposition"]
        assert (await other.get(kept)).status_code == 403
        unknown = await panel.get(f"{at}/{'0' * 64}")
        assert (unknown.status_code, unknown.json()["type"]) == (404, "urn:assay:problem:evidence-unknown")


async def test_another_party_sees_no_rights(it: Probe) -> None:
    engagement = str(uuid4())
    await it.deliver(NOTIFIED, engagement)
    async with it.client("participant", party="OTHER") as other:
        assert (await other.get(f"/engagements/{engagement}/referral-rights")).status_code == 403


async def test_rights_of_an_unknown_engagement_are_not_found(it: Probe) -> None:
    async with it.client("panel") as panel:
        answer = await panel.get(f"/engagements/{uuid4()}/referral-rights")
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:assay:problem:engagement-unknown")
