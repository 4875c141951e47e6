"""Additional SR Testing by both routes, by a Party that became eligible by a UEPT with descoping (CTSD 5.4)."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from assay_lab.api_client import ApiClient
from assay_lab.demo import example_of, fresh_party, run_example
from assay_lab.scenario import ScenarioResult, Target
from rulebook.engine.profile import profile
from rulebook.engine.scope.scope import tests_of

OpenClient = Callable[..., ApiClient]
ROLE = {"role": "ES"}
ADDITIONAL = "Additional SR Testing"

pytestmark = pytest.mark.timeout(400)


@dataclass(frozen=True)
class Added:
    """A Party that was eligible, and what it then added by a route."""

    procedure: str
    eligible: ScenarioResult
    result: ScenarioResult

    @property
    def chosen(self) -> set[str]:
        """The Service Requests that the notice chose."""
        return set(json.loads((example_of(self.procedure) / "notification.json").read_text())["service_requests"])

    @property
    def steps(self) -> dict[str, dict[str, Any]]:
        """The steps that were asked for, by key."""
        asked_for = (
            step for step in self.result.timeline["steps"] if step["state"] not in ("not-applicable", "withdrawn")
        )
        return {step["key"]: step for step in asked_for}


Adding = Callable[[str], Added]


@pytest.fixture(scope="module")
def adding(there: Target) -> Adding:
    """Goes through a route, each once."""

    @cache
    def added(procedure: str) -> Added:
        example = example_of(procedure)
        return Added(procedure, *run_example(there, example, fresh_party(example), lambda *_: None))

    return added


@pytest.fixture(params=["additional-sr-uept", "additional-sr-dust"])
def added(adding: Adding, request: pytest.FixtureRequest) -> Added:
    return adding(request.param)


@pytest.fixture
def by_dust(adding: Adding) -> Added:
    return adding("additional-sr-dust")


def test_every_step_of_the_route_is_done_in_time(added: Added) -> None:
    assert {step["ref"] for step in added.steps.values()} == {
        step.ref for step in profile(added.procedure).procedure.steps
    }
    late = [key for key, step in added.steps.items() if step["state"] != "done"]
    assert [key.partition("/")[0] for key in late] == (["5.6.1.4"] if added.procedure == "additional-sr-uept" else [])


def test_the_scope_is_the_chosen_service_requests_less_those_certified(added: Added, open_client: OpenClient) -> None:
    scope = open_client("dcc", None).get(f"/engagements/{added.result.engagement}/scope")
    certified = {row["srv"] for row in added.eligible.certificate["srvs"]}
    wanted = tests_of(profile(added.procedure), ROLE, chosen=sorted(added.chosen), certified=certified)
    assert scope["status"] == "agreed"
    assert {test["id"] for test in scope["tests"]} == {test.id for test in wanted.tests}
    assert {test["srv"] for test in scope["tests"]} == added.chosen


def test_the_eligibility_register_grows_by_exactly_the_added_service_requests(added: Added) -> None:
    before = {row["srv"]: row for row in added.eligible.eligibility}
    after = {row["srv"]: row for row in added.result.eligibility}
    assert set(after) - set(before) == added.chosen
    assert {srv: row["since"] for srv, row in after.items() if srv in before} == {
        srv: row["since"] for srv, row in before.items()
    }


def test_the_test_completion_certificate_is_issued_again_with_all_to_date_and_their_route(added: Added) -> None:
    former, latest = added.eligible.certificate, added.result.certificate
    assert latest["supersedes"] == former["number"]
    routes = {row["srv"]: row["route"] for row in latest["srvs"]}
    assert set(routes) == {row["srv"] for row in former["srvs"]} | added.chosen
    assert {srv for srv, route in routes.items() if route == ADDITIONAL} == added.chosen


def test_the_certificate_that_was_superseded_says_so_and_the_new_one_is_valid(
    added: Added, open_client: OpenClient
) -> None:
    anybody = open_client(None)
    former = anybody.get(added.eligible.certificate["links"]["verification"])
    assert former["superseded_by"] == added.result.certificate["number"]
    assert added.result.verification["valid"] is True


def test_the_dust_route_has_neither_reports_nor_artefacts_nor_a_quality_gate_meeting(
    by_dust: Added, open_client: OpenClient
) -> None:
    refs = {step["ref"] for step in by_dust.steps.values()}
    assert {ref.rpartition(".")[0] for ref in refs} == {"5.7.2", "5.11.2", "5.18.1"}
    read = open_client("dcc", None)
    assert read.get(f"/engagements/{by_dust.result.engagement}/artefacts")["submissions"] == []
    [submitted] = read.get(f"/engagements/{by_dust.result.engagement}/completion-report")
    assert submitted["report"] is None


def test_the_dust_route_ends_in_an_authority_to_proceed_and_the_certificate_issued_again(by_dust: Added) -> None:
    forms = [certificate["form"] for certificate in by_dust.result.certificates]
    assert forms == ["authority-to-proceed", "test-completion-certificate"]
    authority, _ = by_dust.result.certificates
    assert authority["supersedes"] is None
    assert authority["status"] == "issued"
