"""Templates of the artefacts, prefilled from an engagement and its scope (CTSD 6.4.2, 9 Annex D).

What is left empty is the participant's to write; a template that is completed passes the checks.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from artefact_review.domain.events import Proposal
from artefact_review.files.writing import Row, Sheets
from kernel.days import in_words
from rulebook.engine.scope.scope import Scope, Test, role_name, srv_name

TESTS_A_DAY = 40
FEWEST_DAYS = 5
KINDS: Mapping[str, str] = {
    "install-and-commission": "SMETS2+ Install and Commission",
    "service-request": "Service Requests",
    "device-alert": "Device Alerts",
    "dcc-alert": "DCC Alerts",
    "response-code": "Response Codes",
    "self-service-interface": "Self Service Interface",
}


@dataclass(frozen=True)
class Engagement:
    """What a template is prefilled from: `subject` is what is tested; `scope` is less what `descoping` leaves out."""

    subject: str
    start_date: date
    scope: Scope
    descoping: Sequence[Proposal]

    @property
    def tester(self) -> str:
        """In which role, or with what, messages are sent and received."""
        return role_name(self.scope.role) if self.scope.role else self.subject


def sheets(reader: str, engagement: Engagement) -> Sheets:
    """The template of an artefact that a reader reads."""
    return READERS[reader](engagement)


def test_plan(engagement: Engagement) -> Sheets:
    """The parts of CTSD 6.4.3, the Test Schedule spread evenly, and what the notification proposed to descope."""
    return {
        "Plan": [("section", "heading", "content"), *_parts(engagement)],
        "Schedule": [("day", "tests"), *schedule(len(engagement.scope.tests))],
        "Descoping": [
            ("kind", "item", "reason", "rationale"),
            *((one.kind, one.item, one.reason, one.rationale) for one in engagement.descoping),
        ],
    }


def schedule(tests: int, days: int | None = None) -> Sequence[Row]:
    """Tests spread over so many Working Days, the first ones taking one more, and their total."""
    count = days or max(FEWEST_DAYS, -(-tests // TESTS_A_DAY))
    spread = [tests // count + (1 if day < tests % count else 0) for day in range(count)]
    return [*((f"D{day}", planned) for day, planned in enumerate(spread, start=1)), ("Total", tests)]


def _parts(engagement: Engagement) -> Sequence[Row]:
    counts = engagement.scope.counts()
    named = [f"{counts[kind]} tests of {KINDS[kind]}" for kind in KINDS if counts.get(kind)]
    clauses: dict[str, str] = {test.kind: test.clause for test in engagement.scope.tests}
    features = [f"{KINDS[kind]} ({clauses[kind]})" for kind in KINDS if counts.get(kind)]
    out = ", ".join(f"{one.kind} {one.item}" for one in engagement.descoping) or "nothing"
    return (
        ("a", "Scope of testing", f"{', '.join(named)}. Proposed to be descoped: {out}."),
        ("b", "Items out of scope", f"Proposed to be descoped: {out}. Live operation and other User Roles."),
        ("c", "Features to be tested", "; ".join(features)),
        ("d", "Approach to testing", ""),
        ("e", "Test Schedule", f"See the sheet Schedule; D1 is the start date, {in_words(engagement.start_date)}."),
        ("f", "Resources", ""),
    )


def matrix(engagement: Engagement) -> Sequence[Row]:
    """One requirement for each Service Request, alert and code in scope, with its tests and scripts."""
    rows: list[Row] = [("requirement", "description", "testable", "tests", "scripts")]
    for key, tests in by_requirement(engagement.scope).items():
        rows.append(
            (
                key,
                requirement_of(tests[0], engagement.tester),
                "yes",
                "; ".join(test.id for test in tests),
                "; ".join(script_id(test) for test in tests),
            )
        )
    return rows


def test_scripts(engagement: Engagement) -> Sequence[Row]:
    """One script for each test in scope, in the prescribed order; steps and expected result are left to write."""
    rows: list[Row] = [("script", "title", "tests", "requirements", "steps", "expected_result")]
    for test in engagement.scope.tests:
        rows.append((script_id(test), title_of(test), test.id, requirement_id(test), "", ""))
    return rows


def test_data_plan(engagement: Engagement) -> Sequence[Row]:
    """One set of Test Data for each Service Request in scope; description and source are left to write."""
    rows: list[Row] = [("item", "description", "source", "services", "personal_data")]
    for srv in engagement.scope.srvs:
        rows.append((f"TD-{srv}", f"Data for {srv} {srv_name(engagement.scope.role, srv)}: ", "", srv, "no"))
    return rows


def by_requirement(scope: Scope) -> Mapping[str, Sequence[Test]]:
    """The tests in scope by the requirement that they show to be met."""
    found: dict[str, list[Test]] = {}
    for test in scope.tests:
        found.setdefault(requirement_id(test), []).append(test)
    return found


def requirement_id(test: Test) -> str:
    """The requirement a test belongs to: without variant, generation or step."""
    parts = test.id.split(":")
    return f"REQ-{parts[0]}-{parts[1]}" if len(parts) > 1 else f"REQ-{parts[0]}"


def script_id(test: Test) -> str:
    """The script that executes a test."""
    return "TS-" + re.sub(r"[^A-Za-z0-9.]+", "-", test.id)


def title_of(test: Test) -> str:
    """What a script's title says of its test."""
    generation = {"S1": " on a SMETS1 Device", "S2": " on a SMETS2+ Device"}.get(test.generation or "", "")
    variant = f" ({test.variant})" if test.variant else ""
    name = test.srv if test.kind == "service-request" else test.code
    return f"{name or ''} {test.title}{variant}{generation}".strip()


def requirement_of(test: Test, name: str) -> str:
    """What must be shown, in words; `name` is who sends and receives."""
    match test.kind:
        case "service-request":
            return f"As {name}, send {test.srv} {test.title} and process its response."
        case "install-and-commission":
            return f"As {name}, install and commission devices in the order of scenario {test.code}."
        case "response-code":
            return f"As {name}, receive and process Response Code {test.code}: {test.title}."
        case "self-service-interface":
            return f"As {name}, log in to the Self Service Interface."
        case _:
            return f"As {name}, receive and process alert {test.code}: {test.title}."


def readiness_report(week: str, due: date) -> Mapping[str, Any]:
    """The shape of a Test Readiness Report (CTSD 6.3.3 a to j), for a week and the day on which it is due."""
    return {
        "week": week,
        "previous_stage_exit_criteria": None,
        "test_tool_available": False,
        "key_items": [
            {
                "kind": "risk",
                "description": "",
                "priority": "medium",
                "severity": None,
                "action_taken": "",
                "target_close": due.isoformat(),
                "owner": "",
                "rag": None,
            }
        ],
        "rag": "amber",
        "test_plan_produced": False,
        "test_schedule_produced": False,
        "requirements": {
            "identified": 0,
            "testable_in_progress": 0,
            "testable_not_started": 0,
            "not_testable": 0,
            "percent_complete": 0,
        },
        "scripts": {"planned": 0, "produced": 0, "in_progress": 0, "not_started": 0, "percent_complete": 0},
        "test_data_percent": 0,
        "resources": "",
        "environment": {"user_roles": [], "configuration_approved": False, "hardware": ""},
    }


READERS: Mapping[str, Callable[[Engagement], Sheets]] = {
    "plan-workbook": test_plan,
    "matrix-table": lambda engagement: {"Requirements": matrix(engagement)},
    "script-table": lambda engagement: {"Scripts": test_scripts(engagement)},
    "data-table": lambda engagement: {"Test Data": test_data_plan(engagement)},
}
"""The template for each reader that has one."""
OF_ONE_TABLE = frozenset(READERS) - {"plan-workbook"}
"""The readers whose artefact is a single table, and so may come as csv."""
