"""The running service: what the procedure asks for, other services' facts in any order, and withdrawn proposals."""

from datetime import date
from typing import Any
from uuid import uuid4

from contracts import artefact_review as facts
from testing.notice import notified
from testing.probe import Probe

from .scenario import ACCESSION, ACKNOWLEDGED, FIELDS, NOTICE, Scenario, issued, weekly


async def test_a_notice_before_the_accession_is_taken_and_criterion_a_is_met_once_it_is_known(service: Probe) -> None:
    id = str(uuid4())
    await service.deliver(notified("NEW"), id)
    async with service.client("dcc") as dcc:

        async def met() -> dict[str, bool]:
            reply = await dcc.get(f"/engagements/{id}/entry-criteria")
            return {each["criterion"]: each["met"] for each in reply.json()["criteria"]}

        assert (await met())["5.8.1a"] is False
        assert (await met())["5.8.1b"] is True
        gate = {"outcome": "prevented", "reason": "Not yet.", "start_date": NOTICE.start_date.isoformat()}
        assert (await dcc.post(f"/engagements/{id}/entry-gate", json=gate)).status_code == 200
        await service.deliver(ACCESSION.model_copy(update={"signifier": "NEW"}), "NEW")
        assert (await met())["5.8.1a"] is True


async def test_facts_before_the_notice_are_taken_and_count_once_it_comes(service: Probe) -> None:
    id = str(uuid4())
    await service.deliver(ACKNOWLEDGED, id)
    assert (await service.client("dcc").get(f"/engagements/{id}/scope")).status_code == 404
    await service.deliver(NOTICE, id)
    reply = await service.client("dcc").get(f"/engagements/{id}/entry-criteria")
    said = {each["criterion"]: each["statement"] for each in reply.json()["criteria"]}
    assert "acknowledgement" not in said["5.8.1c"]


async def test_every_document_of_table_8_says_who_does_what_with_it_for_which_gate_and_how_it_comes(
    service: Probe, engagement: str
) -> None:
    documents = (await Scenario(service, engagement).reads("artefacts"))["documents"]
    plan, readiness, report = documents[0], documents[4], documents[7]
    assert len(documents) == 9
    assert (plan["kind"], plan["phase"], plan["gates"], plan["comes"]) == (
        "test-plan",
        "initiation",
        ["entry", "exit"],
        "submitted",
    )
    assert (plan["provided_by"], plan["reviewed_by"], plan["signed_off_by"]) == ("participant", "dcc", "DCC")
    assert (readiness["gates"], readiness["comes"], report["gates"]) == (["entry"], "recorded", ["exit"])


async def test_what_no_step_hands_in_is_kept_all_the_same(service: Probe) -> None:
    id = str(uuid4())
    srvs = ("4.2", "4.8.3")
    await service.deliver(notified("ACME", procedure="additional-sr-dust", service_requests=srvs), id)
    scenario = Scenario(service, id)
    documents = (await scenario.reads("artefacts"))["documents"]
    assert [(each["kind"], each["comes"]) for each in documents if each["comes"] == "updated"] == [
        ("test-scripts", "updated"),
        ("test-data-plan", "updated"),
    ]
    data = b"item,description,source,services,personal_data\nTD,d,s,all,no\n"
    refused = await scenario.sends("artefacts", {"test_data_plan": ("d.csv", data)})
    assert refused.json()["type"] == "urn:assay:problem:artefacts-not-asked-for"
    kept = await scenario.sends("artefacts/updates", {"test_data_plan": ("d.csv", data)})
    assert (kept.status_code, kept.json()["passed"]) == (201, True), kept.text
    assert (await scenario.reads("artefacts/test-data-plan/versions"))["versions"][0]["file_name"] == "d.csv"


async def test_a_form_field_that_names_no_artefact_of_the_procedure_is_refused_with_the_known_ones(
    service: Probe, engagement: str
) -> None:
    scenario = Scenario(service, engagement)
    reply = await scenario.sends("artefacts", {"risk_register": ("r.xlsx", b"x")})
    assert (reply.status_code, reply.json()["type"]) == (422, "urn:assay:problem:artefact-kind-unknown")
    assert ", ".join(FIELDS.values()) in reply.json()["remedy"]
    text = await scenario.participant.post(f"{scenario.path}/artefacts", files={"test_plan": (None, "as text")})
    assert (text.status_code, text.json()["type"]) == (422, "urn:assay:problem:not-a-file")


async def test_a_proposal_is_withdrawn_by_the_party_is_told_and_no_more_decided_by_dcc(
    service: Probe, engagement: str
) -> None:
    scenario = Scenario(service, engagement)
    item: dict[str, Any] = {"kind": "response-code", "item": "E11"}
    await scenario.does(scenario.dcc, "descoping-withdrawals", 403, **item)
    await scenario.does(scenario.participant, "descoping-withdrawals", **item)
    told = await service.published(facts.ProposalWithdrawn, engagement)
    assert told.item.model_dump() == item
    scope = await scenario.reads("scope")
    assert scope["descoping"][0]["status"] == "withdrawn"
    assert sum(scope["counts"].values()) == 38
    refused = await scenario.does(scenario.dcc, "descoping-decisions", 409, **item, agreed=True)
    assert refused["type"] == "urn:assay:problem:proposal-withdrawn-before"


async def test_additional_testing_without_artefacts_goes_from_the_notice_to_the_gate(service: Probe) -> None:
    id = str(uuid4())
    await service.deliver(ACCESSION, "ACME")
    await service.deliver(issued("4.2"), str(uuid4()))
    chosen: dict[str, Any] = {"procedure": "additional-sr-dust", "service_requests": ("4.2", "4.8.3")}
    await service.deliver(notified("ACME", confirmations=(), **chosen), id)
    scenario = Scenario(service, id)
    scope = await scenario.reads("scope")
    assert (scope["srvs"], scope["certified"]) == (["4.8.3"], ["4.2"])
    refused = await scenario.sends("artefacts", {"test_plan": ("p.xlsx", b"x")})
    assert refused.json()["type"] == "urn:assay:problem:artefacts-not-asked-for"
    await scenario.does(scenario.participant, "readiness-reports", 422, **weekly("2027-W03"))
    assert (await scenario.participant.get(f"{scenario.path}/templates/readiness-report")).status_code == 404
    for criterion in ("5.8.1d", "5.8.1e", "5.8.1f"):
        await scenario.does(scenario.participant, "entry-evidence", criterion=criterion, statement="It is so.")
    await scenario.does(scenario.dcc, "entry-evidence", criterion="5.4.2", statement="It is active in DUST.")
    days = [{"day": "2027-03-02", "tests": 1}, {"day": "2027-03-01", "tests": 2}]
    await scenario.does(scenario.dcc, "entry-gate", outcome="ready", start_date="2027-03-01", schedule=days)
    assert {test.srv for test in (await service.published(facts.ScopeAgreed, id)).tests} == {"4.8.3"}
    held = await service.published(facts.EntryGateHeld, id)
    assert (held.gate, held.body, held.last_day) == ("entry", "dcc", date(2027, 3, 2))
