"""The service on a real broker and database: from the notice to the completed execution, and what it refuses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contracts.execution_tracker import (
    ConnectivityConfirmed,
    DashboardPublished,
    ExecutionCompleted,
    IssueChanged,
    ResultRecorded,
)
from execution_tracker.settings import Settings
from execution_tracker.wiring import build
from testing import execution_facts as facts
from testing.execution_facts import ALERT, MORNING, PARTY, RC, SR, SR_TOO, START, WEB_SERVICES
from testing.probe import Kafka, Postgres, Probe, running

BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuite><testcase name="&b;"/></testsuite>'

LAST_INSTANT = "9999-12-31T23:59:59-14:00"
"""It lies beyond the calendar in every time zone of ours."""


@dataclass
class Engagement:
    """An engagement in a running service, and its two sides."""

    it: Probe
    id: str

    @property
    def participant(self) -> httpx.AsyncClient:
        return self.it.client("participant", PARTY)

    async def get(self, path: str) -> Any:
        reply = await self.participant.get(f"/engagements/{self.id}/{path}")
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def post(self, path: str, json: Any = None, role: str = "participant", **more: Any) -> httpx.Response:
        client = self.it.client(role, PARTY if role == "participant" else None)
        return await client.post(f"/engagements/{self.id}/{path}", json=json, **more)

    async def done(self, path: str, json: Any = None, role: str = "participant", **more: Any) -> Any:
        reply = await self.post(path, json, role, **more)
        assert reply.is_success, reply.text
        return reply.json()

    async def upload(self, data: bytes, **form: str) -> httpx.Response:
        files = {"file": ("results", data)}
        return await self.post("results/import", files=files, data={"run": "run 1", **form})

    async def connect(self) -> None:
        for web_service in WEB_SERVICES:
            await self.done("connectivity", {"web_service": web_service, "passed": True})

    async def record(self, *results: dict[str, Any], run: str = "run 1") -> Any:
        return await self.done("results", {"run": run, "results": list(results)})


@asynccontextmanager
async def ready(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Engagement]:
    """An engagement on the morning on which its testing starts."""
    async with running(build, postgres, kafka, Settings) as it:
        engagement = Engagement(it, str(uuid4()))
        for fact in (facts.notified(), facts.scope_agreed(), facts.gate_held()):
            await it.deliver(fact, engagement.id)
        it.move_to(MORNING)
        yield engagement


def passed(*tests: str) -> list[dict[str, Any]]:
    return [{"test": test, "outcome": "passed"} for test in tests]


async def publishes_the_dashboard(engagement: Engagement, figures: Any) -> None:
    """The second day's dashboard is told with the figures, published again, and shown item by item."""
    typed = {"day": "2027-03-02", "location": "Leeds", "risks": ["Late meters"], "rag": "green", "comment": "Well."}
    await engagement.done("dashboards", typed)
    dashboard = await engagement.it.published(DashboardPublished, engagement.id)
    assert dashboard.figures.model_dump(mode="json") == figures
    await engagement.done("dashboards", {**typed, "rag": "amber"})
    (entry,) = (await engagement.get("dashboards"))["items"]
    assert (entry["day"], entry["rag"], entry["times"]) == ("2027-03-02", "amber", 2)
    shown = (await engagement.get("dashboards/2027-03-02"))["items"]
    assert [item["clause"] for item in shown] == [f"CTSD 6.5.2({letter})" for letter in "abcdefghij"]
    assert (shown[4]["content"]["executed"], shown[8]["content"]) == (4, ["Late meters"])
    assert shown[9]["content"] == {"rag": "amber", "comment": "Well."}


async def test_an_execution_from_connectivity_to_completion(postgres: Postgres, kafka: Kafka) -> None:
    async with ready(postgres, kafka) as engagement:
        await engagement.connect()
        await engagement.it.published(ConnectivityConfirmed, engagement.id)
        csv = f"test,outcome\n{SR},passed\n{RC},failed\n{SR_TOO},failed\n".encode()
        imported = await engagement.upload(csv)
        assert imported.json()["recorded"] == 3, imported.text
        issue = {"severity": 3, "title": "Wrong text", "description": "The text is of another code."}
        assert (await engagement.done("issues", {"test": RC, **issue}))["issue"] == 1
        assert (await engagement.done("issues", {"test": SR_TOO, **issue, "severity": 2}))["issue"] == 2

        plan = {"steps": "Correct the table.", "resolve_by": "2027-04-01", "workaround": "Read the code."}
        await engagement.done("issues/1/remediation-plan", plan)
        agreed = await engagement.done("issues/1/remediation-plan/agreement", role="dcc")
        assert agreed["status"] == "planned"
        assert (await engagement.it.published(IssueChanged, engagement.id, 4)).change == "plan-agreed"
        await engagement.done("issues/2/fix", {"fix": "Time zone added."})
        early = await engagement.post("execution-completion")
        assert early.status_code == 409
        assert early.json()["clause"] == "CTSD 5.19.1(a)"

        engagement.it.move_to(MORNING + timedelta(days=1))
        junit = f'<testsuite><testcase name="{ALERT}"/></testsuite>'.encode()
        await engagement.upload(junit, run="run 2")
        retest = {"test": SR_TOO, "outcome": "passed", "purpose": "retest", "verifies": 2}
        assert (await engagement.record(retest, run="run 2"))["closed_issues"] == [2]
        closed = await engagement.it.published(IssueChanged, engagement.id, 6)
        assert (closed.issue, closed.change, closed.status, closed.verified_by is None) == (
            2,
            "closed",
            "closed",
            False,
        )

        seen = await engagement.get("dashboard")
        assert seen["up_to_sequence"] == seen["published_sequence"]
        figures = seen["figures"]
        assert (figures["scheduled"], figures["executed"]) == (4, 4)
        assert figures["tests"] == {"passed": 3, "failed": 1, "blocked": 0, "not_run": 0, "ready": 0}
        assert [day["executed"] for day in figures["glide_path"]] == [3, 4]
        assert figures["issues_by_status"] == {"open": 0, "planned": 1, "fixed": 0, "closed": 1}

        await publishes_the_dashboard(engagement, figures)

        await engagement.done("execution-completion")
        completed = await engagement.it.published(ExecutionCompleted, engagement.id)
        assert [verdict.met for verdict in completed.criteria] == [True, True, True]
        assert (completed.srvs, completed.scheduled, completed.issues_total) == (("4.2",), 4, 2)

        listed = (await engagement.get("issues"))["issues"]
        assert [issue["status"] for issue in listed] == ["planned", "closed"]
        kept = (await engagement.get("results"))["results"]
        assert [row["test"] for row in kept] == [SR, RC, SR_TOO, ALERT, SR_TOO]
        assert (await engagement.get("execution"))["phase"] == "completed"
        assert len(await engagement.it.all_published(ResultRecorded, engagement.id, 5)) == 5


async def test_a_forgotten_dashboard_shows_the_figures_of_its_day(postgres: Postgres, kafka: Kafka) -> None:
    async with ready(postgres, kafka) as engagement:
        await engagement.connect()
        await engagement.record(*passed(SR, SR_TOO), {"test": RC, "outcome": "failed"})
        issue = {"test": RC, "severity": 3, "title": "Wrong text", "description": "The text is of another code."}
        await engagement.done("issues", issue)
        engagement.it.move_to(MORNING + timedelta(days=1))
        await engagement.done("issues/1/fix", {"fix": "Text corrected."})
        retest = {"test": RC, "outcome": "passed", "purpose": "retest", "verifies": 1}
        await engagement.record(*passed(ALERT), retest)
        none = await engagement.participant.get(f"/engagements/{engagement.id}/dashboards/{START}")
        assert (none.status_code, none.json()["type"]) == (404, "urn:assay:problem:dashboard-unknown")
        typed = {"day": str(START), "location": "Leeds", "risks": [], "rag": "green", "comment": "Well."}
        await engagement.done("dashboards", typed)
        shown = (await engagement.get(f"dashboards/{START}"))["items"]
        assert [day["executed"] for day in shown[3]["content"]["glide_path"]] == [3, None]
        assert shown[5]["content"]["by_status"] == {"open": 1, "planned": 0, "fixed": 0, "closed": 0}


async def test_an_execution_is_completed_without_a_test_that_cannot_run_when_it_is_said_why(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with ready(postgres, kafka) as engagement:
        await engagement.connect()
        await engagement.record(*passed(SR, SR_TOO))
        await engagement.record(*passed(RC), run="run 2")
        for body in (None, {}, {"unexecuted_reason": None}):
            assert (await engagement.post("execution-completion", body)).json()["clause"] == "CTSD 5.19.1(a)"
        assert (await engagement.post("execution-completion", {"unexecuted_reason": " "})).status_code == 422
        await engagement.done("execution-completion", {"unexecuted_reason": "No such device is on the market."})
        completed = await engagement.it.published(ExecutionCompleted, engagement.id)
        assert [verdict.met for verdict in completed.criteria] == [False, True, True]
        assert (completed.scheduled, completed.tests.passed, completed.tests.not_run) == (4, 3, 1)
        assert completed.unsuccessful == (ALERT,)
        assert [(each.run, each.passed) for each in completed.runs or ()] == [("run 1", 2), ("run 2", 1)]


async def test_further_testing_at_the_exit_gate_opens_execution_again(postgres: Postgres, kafka: Kafka) -> None:
    async with ready(postgres, kafka) as engagement:
        await engagement.connect()
        await engagement.record(*passed(SR, SR_TOO, RC, ALERT))
        await engagement.done("execution-completion")
        assert (await engagement.post("results", {"run": "2", "results": passed(SR)})).status_code == 409
        await engagement.it.deliver(facts.exit_gate_held("further-testing"), engagement.id)
        await engagement.record(*passed(SR))


async def test_a_plan_may_be_agreed_until_the_exit_gate_decides(postgres: Postgres, kafka: Kafka) -> None:
    async with ready(postgres, kafka) as engagement:
        await engagement.connect()
        await engagement.record({"test": RC, "outcome": "failed"}, *passed(SR, SR_TOO, ALERT))
        issue = {"severity": 3, "title": "Wrong text", "description": "The text is of another code."}
        await engagement.done("issues", {"test": RC, **issue})
        await engagement.done("execution-completion")
        plan = {"steps": "Correct the table.", "resolve_by": "2027-04-01", "workaround": "Read the code."}
        await engagement.done("issues/1/remediation-plan", plan)
        await engagement.done("issues/1/remediation-plan/agreement", role="dcc")
        assert (await engagement.it.published(IssueChanged, engagement.id, 3)).plan_agreed
        await engagement.it.deliver(facts.exit_gate_held("complete"), engagement.id)
        reply = await engagement.post("issues/1/remediation-plan", plan)
        assert (reply.status_code, reply.json()["type"]) == (409, "urn:assay:problem:execution-is-concluded")


async def test_a_failed_retest_tells_with_its_result_that_the_fix_did_not_hold(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with ready(postgres, kafka) as engagement:
        await engagement.connect()
        await engagement.record({"test": RC, "outcome": "failed"})
        issue = {"severity": 3, "title": "Wrong text", "description": "The text is of another code."}
        await engagement.done("issues", {"test": RC, **issue})
        await engagement.done("issues/1/fix", {"fix": "Text corrected."})
        engagement.it.move_to(MORNING + timedelta(days=1))
        await engagement.record({"test": RC, "outcome": "failed", "purpose": "retest", "verifies": 1})
        told = await engagement.it.all_published(IssueChanged, engagement.id, 3)
        assert [(each.change, each.status) for each in told] == [
            ("raised", "open"),
            ("fixed", "fixed"),
            ("fix-disproved", "open"),
        ]
        assert [each["status"] for each in (await engagement.get("issues"))["issues"]] == ["open"]
        assert (await engagement.get("dashboard"))["figures"]["issues_by_status"]["open"] == 1


async def test_connectivity_may_be_confirmed_by_earlier_testing(postgres: Postgres, kafka: Kafka) -> None:
    async with ready(postgres, kafka) as engagement:
        assert (await engagement.post("connectivity/earlier-testing", {"earlier_testing": " "})).status_code == 422
        stated = await engagement.done("connectivity/earlier-testing", {"earlier_testing": "The UEPT of 2026."})
        assert (stated["confirmed"], stated["missing"]) == (True, [])
        confirmed = await engagement.it.published(ConnectivityConfirmed, engagement.id)
        assert (confirmed.earlier_testing, confirmed.web_services) == ("The UEPT of 2026.", WEB_SERVICES)
        await engagement.record(*passed(SR))


async def test_what_the_executor_does_and_what_is_reviewed_are_different_duties(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with ready(postgres, kafka) as engagement:
        check = {"web_service": "dcc-only", "passed": True}
        assert (await engagement.post("connectivity", check, role="dcc")).status_code == 403
        assert (await engagement.post("execution-completion", role="dcc")).status_code == 403
        assert (await engagement.post("issues/1/remediation-plan/agreement")).status_code == 403
        for reader in ("dcc", "panel", "operations", "auditor"):
            reply = await engagement.it.client(reader).get(f"/engagements/{engagement.id}/execution")
            assert reply.status_code == 200, reply.text


async def test_a_dry_run_says_what_an_import_would_do_and_does_nothing(postgres: Postgres, kafka: Kafka) -> None:
    async with ready(postgres, kafka) as engagement:
        await engagement.connect()
        tried = await engagement.upload(f"test,outcome\n{SR},failed\n".encode(), dry_run="true")
        assert (tried.status_code, tried.json()["failed"]) == (200, [SR])
        bad = await engagement.upload(b"test,outcome\nSR:nope,passed\n", dry_run="true")
        assert (bad.status_code, bad.json()["clause"]) == (422, "CTSD 8.1")
        assert (await engagement.get("results"))["results"] == []


async def test_bad_files_are_refused_with_a_problem_document_and_nothing_is_kept(
    postgres: Postgres, kafka: Kafka
) -> None:
    async with ready(postgres, kafka) as engagement:
        await engagement.connect()
        bad = {
            BOMB: "urn:assay:problem:hostile-file",
            b"PK\x03\x04": "urn:assay:problem:not-a-results-file",
            b"x" * 4_000_001: "urn:assay:problem:upload-too-large",
            f"test,outcome\n{SR},passed\nSR:nope,passed\n{RC},green\n".encode(): "urn:assay:problem:results-refused",
            f"test,outcome\n{SR},passed\nSR:nope,passed\n".encode(): "urn:assay:problem:results-refused",
            b"test,outcome\n": "urn:assay:problem:no-results",
        }
        for data, type_ in bad.items():
            reply = await engagement.upload(data)
            assert reply.headers["content-type"] == "application/problem+json", reply.text
            assert 400 <= reply.status_code < 500
            assert reply.json()["type"] == type_
        assert (await engagement.get("results"))["results"] == []
        rows = (await engagement.upload(f"test,outcome\n{SR},passed\nSR:nope,passed\n".encode())).json()["facts"][
            "rows"
        ]
        assert [row["row"] for row in rows] == [3]


async def test_another_party_and_other_roles_are_kept_out(postgres: Postgres, kafka: Kafka) -> None:
    async with ready(postgres, kafka) as engagement:
        foreign = engagement.it.client("participant", "OTHER")
        for path in ("results", "issues", "dashboard", "execution"):
            assert (await foreign.get(f"/engagements/{engagement.id}/{path}")).status_code == 403
            assert (await engagement.it.client("dcc").get(f"/engagements/{uuid4()}/{path}")).status_code == 404
        check = {"web_service": "dcc-only", "passed": True}
        assert (await foreign.post(f"/engagements/{engagement.id}/connectivity", json=check)).status_code == 403
        assert (await engagement.post("connectivity", check, "dcc")).status_code == 403
        assert (await engagement.post("issues/1/remediation-plan/agreement")).status_code == 403
        await engagement.connect()
        csv = {"file": ("results", f"test,outcome\n{SR},passed\n".encode())}
        data = {"run": "1", "dry_run": "true"}
        tried = await foreign.post(f"/engagements/{engagement.id}/results/import", files=csv, data=data)
        assert tried.status_code == 403


async def test_the_same_request_counts_once_and_a_stale_version_is_refused(postgres: Postgres, kafka: Kafka) -> None:
    async with ready(postgres, kafka) as engagement:
        await engagement.connect()
        body = {"run": "1", "results": passed(SR)}
        first = await engagement.post("results", body, headers={"idempotency-key": "k1"})
        again = await engagement.post("results", body, headers={"idempotency-key": "k1"})
        assert first.json() == again.json()
        assert len((await engagement.get("results"))["results"]) == 1
        other = await engagement.post("results", {**body, "run": "2"}, headers={"idempotency-key": "k1"})
        assert other.status_code == 422
        assert (await engagement.post("results", body, headers={"if-match": '"1"'})).status_code == 412


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("results", {"run": "1", "results": []}),
        ("results", {"run": "1", "results": [{"test": SR, "outcome": "green"}]}),
        ("results", {"run": "1", "results": [{"test": SR, "outcome": "passed", "executed_at": "2027-03-01T09:00:00"}]}),
        (
            "results",
            {"run": "1", "results": [{"test": SR, "outcome": "passed", "executed_at": "0001-01-01T00:00:00Z"}]},
        ),
        ("results", {"run": "1", "results": [{"test": SR, "outcome": "passed", "executed_at": LAST_INSTANT}]}),
        ("results", {"run": " ", "results": passed(SR)}),
        ("issues", {"test": SR, "severity": 6, "title": "t", "description": "d"}),
        ("issues/0/fix", {"fix": "x"}),
        ("issues/99999999999999999999/fix", {"fix": "x"}),
        ("connectivity", {"web_service": "smtp", "passed": True}),
        ("dashboards", {"day": "2027-03-01", "location": "Leeds", "rag": "blue", "comment": "c"}),
        ("dashboards", {"day": "0001-01-01", "location": "Leeds", "rag": "green", "comment": "c"}),
        ("dashboards", {"day": "9999-12-31", "location": "Leeds", "rag": "green", "comment": "c"}),
        ("results", {"run": "a\u0000b", "results": passed(SR)}),
    ],
)
async def test_a_malformed_request_is_refused(service: Engagement, path: str, body: Any) -> None:
    reply = await service.post(path, body)
    assert 400 <= reply.status_code < 500, reply.text
    assert reply.headers["content-type"] == "application/problem+json"


@pytest.fixture(scope="module")
async def service(postgres: Postgres, kafka: Kafka) -> AsyncIterator[Engagement]:
    """An engagement that is ready, with connectivity confirmed."""
    async with ready(postgres, kafka) as engagement:
        await engagement.connect()
        yield engagement
