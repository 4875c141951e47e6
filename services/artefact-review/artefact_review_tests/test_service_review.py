"""The review loop in the running service: kept and submitted, discussed with files, decided by one of two reviewers."""

import asyncio
from typing import Any

import httpx
import pytest

from contracts import artefact_review as facts
from testing.probe import Probe

from .scenario import NOW, Scenario

REMARK = {"artefact": "test-scripts", "text": "SSI is unclear.", "location": "Scripts!37"}
EVIDENCE = ("bench.txt", b"The bench as it stands.")


@pytest.fixture
async def scenario(service: Probe, engagement: str) -> Scenario:
    service.move_to(NOW)
    return Scenario(service, engagement)


async def discuss(who: httpx.AsyncClient, scenario: Scenario, turn: str, text: str, *files: Any) -> httpx.Response:
    side = "answers" if who is scenario.dcc else "responses"
    path, form = f"{scenario.path}/deficiencies/1.1/{side}", {"turn": turn, "text": text}
    return await who.post(path, data=form, files=[("attachments", each) for each in files])


async def test_what_is_kept_is_submitted_for_review_by_an_act_of_its_own(
    service: Probe, engagement: str, scenario: Scenario
) -> None:
    files = await scenario.files()
    kept = await scenario.sends("artefacts?keep=true", {"test_plan": files.pop("test_plan")})
    assert [each["kind"] for each in kept.json()["kept"]] == ["test-plan"]
    assert (await scenario.reads("artefacts"))["submissions"] == []
    sha256 = kept.json()["kept"][0]["sha256"]
    assert (await scenario.participant.get(f"{scenario.path}/artefacts/{sha256}")).status_code == 200
    early = await scenario.does(scenario.participant, "artefacts/submission", 422)
    assert early["type"] == "urn:assay:problem:artefacts-missing"
    assert (await scenario.sends("artefacts?keep=true", files)).status_code == 201
    submitted = await scenario.does(scenario.participant, "artefacts/submission", 201)
    assert (submitted["submission"], submitted["passed"]) == (1, True)
    assert len((await service.published(facts.ArtefactsSubmitted, engagement)).artefacts) == 4
    assert (await scenario.reads("artefacts"))["awaited"] == [{"role": "dcc", "reviewers": []}]


async def test_a_deficiency_is_discussed_by_both_sides_with_files_until_it_is_resolved(
    service: Probe, engagement: str, scenario: Scenario
) -> None:
    await scenario.sends("artefacts", await scenario.files())
    await scenario.does(scenario.dcc, "review", outcome="returned", deficiencies=[REMARK])
    assert (await discuss(scenario.dcc, scenario, "comment", "Which bench?")).status_code == 200
    proposed = await discuss(scenario.participant, scenario, "resolution-proposed", "See the file.", EVIDENCE)
    assert proposed.status_code == 200, proposed.text
    assert (await discuss(scenario.participant, scenario, "resolution-accepted", "")).status_code == 422
    assert (await discuss(scenario.dcc, scenario, "resolution-accepted", "")).status_code == 200
    (found,) = (await scenario.reads("deficiencies"))["deficiencies"]
    assert (found["id"], found["location"], found["standing"]) == ("1.1", "Scripts!37", "resolved")
    assert [each["role"] for each in found["conversation"]] == ["dcc", "participant", "dcc"]
    (attachment,) = found["conversation"][1]["attachments"]
    file = await scenario.dcc.get(f"{scenario.path}/artefacts/{attachment['sha256']}")
    assert file.content == EVIDENCE[1]
    said = await service.all_published(facts.DeficiencyDiscussed, engagement, 3)
    assert [each.turn for each in said] == ["comment", "resolution-proposed", "resolution-accepted"]


async def test_of_two_reviewers_who_decide_at_once_one_wins_and_the_other_learns_it(
    service: Probe, engagement: str, scenario: Scenario
) -> None:
    await scenario.sends("artefacts", await scenario.files())
    other = service.client("dcc")
    body = {"outcome": "returned", "deficiencies": [REMARK], "submission": 1}
    replies = await asyncio.gather(*(who.post(f"{scenario.path}/review", json=body) for who in (scenario.dcc, other)))
    assert sorted(each.status_code for each in replies) == [200, 409]
    (lost,) = (each.json() for each in replies if each.status_code == 409)
    assert lost["type"] == "urn:assay:problem:reviewed-before"
    assert lost["detail"] == "Submission 1 was returned by someone already."
    assert len((await scenario.reads("artefacts"))["submissions"][0]["review"]["deficiencies"]) == 1
    assert len((await scenario.reads("deficiencies"))["deficiencies"]) == 1
