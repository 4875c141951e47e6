"""Bad input through the gateway of a real stack: a problem document each time, never a 500, nothing half-done."""

import base64
import json
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from assay_lab.demo import EXAMPLE, fresh_party
from assay_lab.scenario import Scenario, Target
from assay_stack.home import Home
from assay_stack.keys import AUDIENCE, ISSUER, issuer_key

BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY a "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<testsuite><testcase name="&c;"/></testsuite>"""
EXTERNAL = """<?xml version="1.0"?>
<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
<testsuite><testcase name="&secret;"/></testsuite>"""


@pytest.fixture(scope="module")
def scenario(there: Target) -> Iterator[Scenario]:
    """A Party that has notified its intention, and nothing more."""
    scenario = Scenario(there, EXAMPLE, fresh_party(EXAMPLE), lambda *_: None)
    scenario.begin()
    yield scenario
    scenario.close()


@pytest.fixture
def client(there: Target, scenario: Scenario) -> Iterator[httpx.Client]:
    token = there.token("participant", scenario.party)
    with httpx.Client(base_url=there.gateway, headers={"authorization": f"Bearer {token}"}, timeout=60) as client:
        yield client


def notification(scenario: Scenario, **changes: Any) -> dict[str, Any]:
    said = json.loads((EXAMPLE / "notification.json").read_text())
    return {**said, "subject": {"role": "ES"}, "start_date": scenario.start.isoformat(), **changes}


def problem(reply: httpx.Response, status: int) -> dict[str, Any]:
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = reply.json()
    assert document["type"].startswith("urn:assay:problem:")
    assert document["detail"]
    assert document["remedy"]
    return document


def version(client: httpx.Client, scenario: Scenario) -> Any:
    return client.get(f"/engagements/{scenario.engagement}/artefacts").headers["etag"]


def test_an_unknown_role_is_refused_with_the_roles_there_are(client: httpx.Client, scenario: Scenario) -> None:
    refused = problem(client.post("/engagements", json=notification(scenario, subject={"role": "XX"})), 422)
    assert "ES" in refused["remedy"]


def test_an_unknown_srv_in_a_descoping_is_refused(client: httpx.Client, scenario: Scenario) -> None:
    item = {"kind": "service-request", "item": "99.9", "reason": "a", "rationale": "not used"}
    refused = problem(client.post("/engagements", json=notification(scenario, descoping=[item])), 422)
    assert "99.9" in refused["detail"]


def test_the_self_service_interface_can_not_be_descoped(client: httpx.Client, scenario: Scenario) -> None:
    item = {"kind": "self-service-interface", "item": "SSI", "reason": "a", "rationale": "not used"}
    assert "5.2.2" in str(problem(client.post("/engagements", json=notification(scenario, descoping=[item])), 422))


def test_the_wrong_partys_token_is_refused(there: Target, scenario: Scenario) -> None:
    headers = {"authorization": f"Bearer {there.token('participant', 'OTHER')}"}
    with httpx.Client(base_url=there.gateway, headers=headers) as foreign:
        for refused in (
            problem(foreign.get(f"/engagements/{scenario.engagement}"), 403),
            problem(foreign.post(f"/engagements/{scenario.engagement}/entry-evidence", json={}), 403),
        ):
            assert (refused["type"], refused["clause"]) == ("urn:assay:problem:foreign-party", "CTSD 5.6.1.1")


def test_evidence_is_taken_only_of_whom_a_criterion_asks_for_it(there: Target, scenario: Scenario) -> None:
    with httpx.Client(base_url=there.gateway, headers={"authorization": f"Bearer {there.token('dcc', None)}"}) as dcc:
        refused = problem(dcc.post(f"/engagements/{scenario.engagement}/entry-evidence", json={}), 403)
    assert (refused["type"], refused["clause"]) == ("urn:assay:problem:wrong-role", "CTSD 5.6.1.1")
    assert refused["remedy"] == "Act in one of these roles: participant."


def test_a_participant_may_not_do_what_is_dccs(client: httpx.Client, scenario: Scenario) -> None:
    problem(client.post(f"/engagements/{scenario.engagement}/entry-gate", json={"outcome": "ready"}), 403)


def token(key: ECKey, **claims: Any) -> str:
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": AUDIENCE, "sub": "x", "iat": now, "exp": now + 60, "roles": ["dcc"]}
    return jwt.encode({"alg": "ES256", "kid": key.kid}, {**usual, **claims}, key)


def issuer(home: Home) -> ECKey:
    return ECKey.import_key(json.loads(issuer_key(home).read_text()))


def unsigned() -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "x", "exp": int(time.time()) + 60, "roles": ["dcc"]}
    return f"{head}.{base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b'=').decode()}."


def test_expired_unsigned_and_foreign_tokens_are_refused(there: Target, home: Home) -> None:
    own = there.token("dcc", None)
    body = own.rpartition(".")[0]
    stranger = ECKey.generate_key("P-256")
    stranger.ensure_kid()
    expired = token(issuer(home), exp=int(time.time()) - 1)
    bad = [unsigned(), f"{body}.AAAA", token(stranger), expired, "nonsense"]
    for each in bad:
        reply = httpx.get(f"{there.gateway}/engagements", headers={"authorization": f"Bearer {each}"})
        assert problem(reply, 401)["type"] == "urn:assay:problem:not-authenticated"
    problem(httpx.get(f"{there.gateway}/engagements"), 401)


def test_a_file_that_is_not_what_it_says_is_refused(client: httpx.Client, scenario: Scenario) -> None:
    before = version(client, scenario)
    files = {"test_plan": ("test-plan.xlsx", b"%PDF-1.7 this is no workbook", "application/vnd.ms-excel")}
    refused = problem(client.post(f"/engagements/{scenario.engagement}/artefacts", files=files), 422)
    assert "test-plan.xlsx" in refused["detail"]
    assert version(client, scenario) == before


def test_an_xlsx_bomb_is_refused(client: httpx.Client, scenario: Scenario) -> None:
    before = version(client, scenario)
    bomb = BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 500_000_000)
    files = {"test_plan": ("test-plan.xlsx", bomb.getvalue(), "application/zip")}
    problem(client.post(f"/engagements/{scenario.engagement}/artefacts", files=files), 422)
    assert version(client, scenario) == before


@pytest.mark.parametrize("document", [BOMB, EXTERNAL])
def test_a_junit_file_with_entities_is_refused(client: httpx.Client, scenario: Scenario, document: str) -> None:
    files = {"file": ("results.xml", document.encode(), "application/xml")}
    reply = client.post(f"/engagements/{scenario.engagement}/results/import", files=files, data={"run": "1"})
    assert "root:" not in problem(reply, 422)["detail"]


def test_an_idempotency_key_with_another_body_is_refused(client: httpx.Client, scenario: Scenario) -> None:
    path = f"/engagements/{scenario.engagement}/entry-evidence"
    evidence = json.loads((EXAMPLE / "entry-evidence.json").read_text())
    key = {"idempotency-key": f"evidence-{scenario.engagement}"}
    first = client.post(path, json=evidence[0], headers=key)
    again = client.post(path, json=evidence[0], headers=key)
    assert (first.status_code, again.json()) == (200, first.json())
    other = problem(client.post(path, json=evidence[1], headers=key), 422)
    assert other["type"] == "urn:assay:problem:idempotency-key-reused"


def test_a_stale_if_match_is_refused(client: httpx.Client, scenario: Scenario) -> None:
    evidence = json.loads((EXAMPLE / "entry-evidence.json").read_text())[2]
    before = version(client, scenario)
    path = f"/engagements/{scenario.engagement}/entry-evidence"
    problem(client.post(path, json=evidence, headers={"if-match": '"999"'}), 412)
    assert version(client, scenario) == before


def test_a_command_in_the_wrong_phase_is_refused_with_the_clause(there: Target, scenario: Scenario) -> None:
    headers = {"authorization": f"Bearer {there.token('dcc', None)}"}
    body = {"outcome": "ready", "start_date": scenario.start.isoformat(), "reason": "now"}
    with httpx.Client(base_url=there.gateway, headers=headers) as dcc:
        refused = problem(dcc.post(f"/engagements/{scenario.engagement}/entry-gate", json=body), 409)
    assert refused["clause"].startswith("CTSD 5.")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b'{"role": 1}', b'{"role": "\\u0000"}', b"\xff\xfe", b"[" * 50_000]
)
def test_any_nonsense_gets_a_problem_document(client: httpx.Client, body: bytes) -> None:
    reply = client.post("/engagements", content=body, headers={"content-type": "application/json"})
    assert 400 <= reply.status_code < 500, reply.text
    assert reply.headers["content-type"] == "application/problem+json"


def test_paths_that_name_nothing_are_not_found(client: httpx.Client) -> None:
    for path in (
        "/nothing",
        "/engagements/not-a-uuid/scope",
        "/engagements/9f0c2a52-8a50-4d43-9d9c-2f4f3c3a8d10/scope",
    ):
        assert client.get(path).status_code in (404, 422), path
