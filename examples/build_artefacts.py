"""Build the test artefacts of the examples: `python examples/build_artefacts.py`.

The scope comes from the rulebook; what a participant would write (approach, steps, data) is written here. An example
whose procedure asks for no artefacts gets none.
"""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from artefact_review import templates
from artefact_review.domain.events import Proposal
from artefact_review.domain.kinds import kinds_of
from artefact_review.files.writing import Row, csv_file, xlsx
from artefact_review.templates import Engagement
from rulebook.engine.profile import profile
from rulebook.engine.scope.scope import Item, Test, role_name, srv_name, tests_of

DAYS = 5

SEND = {
    "CV1": (
        "Send the request with command variant 1 for remote execution.",
        "Service Response with the result code I0",
    ),
    "CV2": ("Send the request with command variant 2 for local delivery.", "Command returned for local delivery"),
    "CV3": (
        "Send the request with command variant 3 for remote and local delivery.",
        "Command returned for local delivery, and a Service Response with I0",
    ),
    "CV4": (
        "Send the unsigned request, check the Pre-Command against it, and keep it for signing.",
        "Pre-Command returned and correct against the request",
    ),
    "CV5": (
        "Sign the checked Pre-Command and send it with command variant 5 for remote execution.",
        "Signed Pre-Command accepted, and a Service Response with I0",
    ),
    "CV6": (
        "Sign the checked Pre-Command and send it with command variant 6 for local delivery.",
        "Signed Pre-Command accepted, and the Command returned for local delivery",
    ),
    "CV7": (
        "Sign the checked Pre-Command and send it with command variant 7 for remote and local delivery.",
        "Signed Pre-Command accepted, the Command returned, and a Service Response with I0",
    ),
    "CV8": ("Send the request to the DCC-only web service.", "Synchronous Service Response with the result code I0"),
}
PROVOKE = {
    "E11": "Send a Service Request to a Device of a type that does not support it.",
    "E13": "Send a non-critical Service Request to the URL of the DCC-only web service.",
    "E19": "Send a Service Request to a Device ID that is not in the inventory.",
    "E60": "Send a Service Request that SMETS1 Devices do not support to a SMETS1 Device.",
    "E61": "Send a Service Request with a command variant that SMETS1 does not allow to a SMETS1 Device.",
}
APPROACH = (
    "Each test has a script of its own, executed by one tester and witnessed by a second. SMETS2+ tests come first "
    "each morning, SMETS1 tests after noon. Every message is kept with its time and identifier as evidence. A failed "
    "test raises a Testing Issue on the same day; its fix is verified by a retest of the same script and a regression "
    "run of the scripts of the same Service Request. Progress is reported on the daily dashboard."
)
RESOURCES = (
    "One test manager, two testers and one integration engineer for the whole period; two SMETS2+ and two SMETS1 "
    "electricity meters on our bench; the pre-production head-end, release 7.4, connected to the DCC User Interface."
)
READINGS = ("4.",)
BUILT_FOR = date(2027, 3, 1)


def build(
    role: str, descoped: Sequence[Proposal], folder: Path, procedure: str = "uept", chosen: Sequence[str] = ()
) -> None:
    """Write the four artefacts of a role, and a first draft of the Test Scripts that forgot one test."""
    items = [Item(one.kind, one.item) for one in descoped]
    tests = tests_of(profile(procedure), {"role": role}, chosen, (), items)
    engagement = Engagement(role_name(role), BUILT_FOR, tests, descoped)
    folder.mkdir(parents=True, exist_ok=True)
    scripts = test_scripts(engagement)
    written = {
        "test-plan.xlsx": xlsx(test_plan(engagement)),
        "requirements-traceability-matrix.xlsx": xlsx({"Requirements": matrix(engagement)}),
        "test-scripts-draft.csv": csv_file(draft_of(scripts)),
        "test-scripts.csv": csv_file(scripts),
        "test-data-plan.xlsx": xlsx({"Test Data": test_data_plan(engagement)}),
    }
    for name, data in written.items():
        (folder / name).write_bytes(data)


def build_example(folder: Path) -> None:
    """Write the artefacts of an example: for what its notice chooses, less what it descopes."""
    notice = json.loads((folder / "notification.json").read_text())
    if kinds_of(profile(notice["procedure"])):
        chosen = notice.get("service_requests", ())
        build("ES", proposals(folder / "descoping.json"), folder / "artefacts", notice["procedure"], chosen)


def proposals(file: Path) -> Sequence[Proposal]:
    """The descoping that a notification proposes, from its JSON, where there is one."""
    return tuple(Proposal(**each) for each in json.loads(file.read_text())) if file.exists() else ()


def test_plan(engagement: Engagement) -> dict[str, Sequence[Row]]:
    """The template, with approach and resources, over five Working Days, or as many as there are tests."""
    sheets, tests = dict(templates.test_plan(engagement)), len(engagement.scope.tests)
    days = min(DAYS, tests)
    written = {
        "d": APPROACH,
        "e": f"The sheet Schedule plans {tests} tests over {days} Working Days; D1 is the start.",
        "f": RESOURCES,
    }
    sheets["Plan"] = [(row[0], row[1], written.get(str(row[0]), row[2])) for row in sheets["Plan"]]
    sheets["Schedule"] = [("day", "tests"), *templates.schedule(tests, days)]
    return sheets


def matrix(engagement: Engagement) -> Sequence[Row]:
    """The template, with two requirements that no test can show."""
    return [
        *templates.matrix(engagement),
        ("REQ-NF-1", f"Evidence of every test as {engagement.tester} is kept for seven years.", "no", "", ""),
        ("REQ-NF-2", "Testers are trained on the Testing Issue severities before the first day.", "no", "", ""),
    ]


def test_scripts(engagement: Engagement) -> Sequence[Row]:
    """The template, with steps and expected results."""
    header, *rows = templates.test_scripts(engagement)
    tests = {test.id: test for test in engagement.scope.tests}
    return [header, *((*row[:4], *_how(tests[str(row[2])])) for row in rows)]


def draft_of(scripts: Sequence[Row]) -> Sequence[Row]:
    """The scripts with a slip of the pen: a SMETS2+ script that names the SMETS1 test it was copied from."""
    copied = next(
        (n for n in range(1, len(scripts)) if scripts[n][2] == str(scripts[n - 1][2])[:-1] + "2"), len(scripts) - 1
    )
    return [(*row[:2], scripts[n - 1][2], *row[3:]) if n == copied else row for n, row in enumerate(scripts)]


def test_data_plan(engagement: Engagement) -> Sequence[Row]:
    """Test Data for each Service Request, made up or anonymised, none of it personal."""
    header, *_ = templates.test_data_plan(engagement)
    rows: list[Row] = [header]
    for srv in engagement.scope.srvs:
        rows.append((f"TD-{srv}", *_data(srv, srv_name(engagement.scope.role, srv)), srv, "no"))
    rows.append(("TD-ALERTS", "Bench meters and scripts that raise the alerts in scope", "made up", "", "no"))
    return rows


def _data(srv: str, name: str) -> tuple[str, str]:
    if srv.startswith(READINGS):
        return f"{name}: thirteen months of half-hourly registers on each bench meter", "anonymised live data"
    if srv.startswith(("8.", "12.")):
        return f"{name}: Device IDs and install codes of the bench meters and their Communications Hubs", "made up"
    return f"{name}: bench meters with test MPxNs from the range that DCC set aside", "made up"


def _how(test: Test) -> tuple[str, str]:
    match test.kind:
        case "service-request":
            return _service_request(test)
        case "install-and-commission":
            return (
                "1. Check that the steps before are complete.\n"
                f"2. Send {test.srv} for each Device.\n3. Read the inventory.",
                f"Every request is acknowledged and the state of each Device is as after step {test.order}.",
            )
        case "response-code":
            return (
                f"1. {PROVOKE.get(str(test.code), 'Send a request that fails this validation.')}\n"
                "2. Wait for the response.\n3. Read it in the exception queue of the head-end.",
                f"Response Code {test.code} arrives, is shown to the operator and changes nothing on the Device.",
            )
        case "self-service-interface":
            return (
                "1. Open the log-in page with a test user.\n2. Authenticate with our own identity provider.",
                "The Self Service Interface is shown to the test user.",
            )
        case _:
            return (
                f"1. Bring about what raises {test.code}.\n2. Wait for the alert.\n3. Read it in the alert queue.",
                f"Alert {test.code} arrives once, is matched to the Device and shown to the operator.",
            )


def _service_request(test: Test) -> tuple[str, str]:
    send, expected = SEND.get(str(test.variant)[:3], SEND["CV1"])
    later = " Set the execution time to the next quarter of an hour." if str(test.variant).endswith("FD") else ""
    steps = (
        f"1. Choose the bench Device and its test data.\n2. Compose {test.srv} {test.title}.{later}\n"
        f"3. {send}\n4. Keep request and response as evidence."
    )
    return steps, f"{expected}; the content agrees with the test data."


def main() -> None:
    """The artefacts of every example."""
    for notice in sorted(Path(__file__).parent.glob("*/notification.json")):
        build_example(notice.parent)


if __name__ == "__main__":
    main()
