"""A real profile whose parts do not fit together is refused as it is read."""

import re
import shutil
from functools import partial
from pathlib import Path

import pytest

from rulebook.engine.errors import RulebookError
from rulebook.engine.files import ROOT
from rulebook.engine.profile import profile_in
from rulebook.engine.scope.matrix import service_requests
from testing.edits import Edit, EditedCopies, edited

UEPT = "procedures/uept.toml"
DUST = "procedures/additional-sr-dust.toml"
ADDITIONAL = "procedures/additional-sr-uept.toml"
LAST_DAY = 'words = "the last day of the Test Schedule"\nchosen = true\n'

MISFITS: dict[str, tuple[list[Edit], tuple[str, str]]] = {
    "a matrix without the role's code": (
        [(UEPT, 'codes = { role = "user-role" }\n', "")],
        (UEPT, '[scope]: the scope from "matrix" is that of a User Role'),
    ),
    "chosen Service Requests without a role": (
        [
            (DUST, '["party", "role"]', '["party", "house"]'),
            (DUST, "User Role {role}", "house {house}"),
            (DUST, 'codes = { role = "user-role" }\n', ""),
        ],
        (DUST, '[scope]: the scope from "chosen" is that of a User Role'),
    ),
    "a Party that is no organisation": (
        [(UEPT, "organisation = true\n", "")],
        (UEPT, "[subject]: the field 'party' is the organisation that starts, and 'participant' is none"),
    ),
    "a choice that the notice does not ask for": (
        [(ADDITIONAL, '["descoping", "service-requests"]', '["descoping"]')],
        (ADDITIONAL, "[notice]: asks is ['descoping'], and the scope comes from \"chosen\""),
    ),
    "descoping that the notice agrees": (
        [(DUST, '["service-requests"]', '["descoping", "service-requests"]')],
        (DUST, "[notice]: descoping is proposed of a User Role's tests"),
    ),
    "a last day that no gate confirms": (
        [(UEPT, f'{LAST_DAY}confirmed_by = "entry"\n', LAST_DAY)],
        (UEPT, "[anchors.planned-last-day]: nobody says on which day 'planned-last-day' is"),
    ),
    "a reader of two kinds": (
        [("artefacts.toml", '"matrix-table"', '"script-table"')],
        (UEPT, "'requirements-traceability-matrix' and 'test-scripts' have the reader 'script-table', which reads one"),
    ),
    "a reviewer who may not": (
        [("artefacts.toml", 'reviewed_by = "dcc"', 'reviewed_by = "panel"')],
        (UEPT, "the role 'panel' is to review the artefact 'test-plan', and may not"),
    ),
    "a statement that reaches into a field": (
        [("criteria.toml", "{role}", "{role.name}")],
        (DUST, "'5.8.1b', and says 'the User Role {role.name}'"),
    ),
    "a name that reaches into a field": (
        [(DUST, "{party} in the", "{party.name} in the")],
        (DUST, "[subject]: name is '{party.name} in the User Role {role}'"),
    ),
    "a report that no gate approves": (
        [(UEPT, 'approves = ["test-completion-report"]\n', "")],
        (UEPT, "'5.19.1d', and the gate does not approve 'test-completion-report'"),
    ),
    "eligibility of no Party": (
        [
            (UEPT, '["party", "role"]', '["firm", "role"]'),
            (UEPT, "{party} in", "{firm} in"),
            ("certificates.toml", '"subject.party"', '"subject.firm"'),
        ],
        (UEPT, "the form 'test-completion-certificate' makes eligible by 'party', which the subject does not have"),
    ),
    "eligibility for nothing": (
        [
            ("certificates.toml", 'rows = "srvs"', 'rows = "tests"'),
            ("certificates.toml", 'source = "srv"', 'source = "test"'),
        ],
        ("certificates.toml", "it makes eligible for the Service Requests that it lists, and lists none"),
    ),
    "a term of whom may not refer": (
        [("routes.toml", '["participant"]', '["participant"]\nwithin = { dcc = { days = 5 } }')],
        ("routes.toml", "'dcc' has a term and may not refer it. Name it in referred_by."),
    ),
    "a ref that reads like a round": (
        [(UEPT, 'ref = "5.10.1.4"', 'ref = "5.10.1#4"')],
        (UEPT, "ref is '5.10.1#4'. Write a ref without # and /"),
    ),
    "days that nothing ends": (
        [(UEPT, ', ended_by = "execution-completed"', "")],
        (UEPT, "ended_by is None"),
    ),
    "a term of ten years": (
        [(UEPT, "working_days = 25", "working_days = 2500")],
        (UEPT, "working_days is 2500. Write at most 500: two years."),
    ),
    "a number that no address takes": (
        [("certificates.toml", '"TCC"', '"T/C"')],
        ("certificates.toml", "number_prefix is 'T/C'. Write capitals"),
    ),
    "a route named twice": (
        [(UEPT, '["descoping", "entry', '["descoping", "descoping", "entry')],
        (UEPT, "'descoping' stands twice in routes. Write each once."),
    ),
    "an information without a name": (
        [(UEPT, '"Test Readiness Report", "Test Schedule"', '"", "Test Schedule"')],
        (UEPT, "information is ['', 'Test Schedule'"),
    ),
    "a title that says nothing": (
        [(UEPT, 'title = "User Entry Process Tests"', 'title = " "')],
        (UEPT, "title is empty. Write what it is"),
    ),
    "a field that no event has": (
        [("routes.toml", "agreed = false", "agred = false")],
        ("routes.toml", "'agred' is no field of artefact-review.descoping-decided. Known: item, agreed, "),
    ),
    "a sameness that no event has": (
        [("routes.toml", 'same = ["item"]', 'same = ["items"]')],
        ("routes.toml", "'items' is no field of artefact-review.descoping-decided. Known: item, agreed, "),
    ),
    "a table in the place of one role": (
        [(DUST, '[roles.panel]\ntitle = "Panel"\nmay = ["read"]', '[roles]\npanel = "read"')],
        (DUST, "[roles.panel]: it is 'read'. Write a table."),
    ),
    "settlements that are no list": (
        [
            (
                "routes.toml",
                'lapses_on = [{ fact = "certification.exit-gate-held", outcome = "complete" }]',
                "lapses_on = 5",
            )
        ],
        ("routes.toml", "lapses_on is 5. Write a list of tables"),
    ),
}


@pytest.fixture
def ctsd(tmp_path: Path) -> EditedCopies:
    """Returns a copy of the real document with other texts in its files."""
    return partial(edited, ROOT, tmp_path / "law")


@pytest.mark.parametrize("misfit", MISFITS)
def test_what_does_not_fit_is_told_with_file_and_line(ctsd: EditedCopies, misfit: str) -> None:
    edits, (file, told) = MISFITS[misfit]
    procedure = Path(file).stem if file.startswith("procedures/") else "uept"
    with pytest.raises(RulebookError, match=rf"rulebook/{file}, line \d+, .*{re.escape(told)}"):
        profile_in(procedure, ctsd(*edits))


def test_a_document_without_a_matrix_has_no_scope_from_one(ctsd: EditedCopies) -> None:
    root = ctsd()
    shutil.rmtree(root / "matrix")
    with pytest.raises(
        RulebookError, match=r'the scope from "matrix" is read from matrix/, which CTSD does not have\.'
    ):
        profile_in("uept", root)


def test_a_file_that_is_not_there_is_told(ctsd: EditedCopies) -> None:
    root = ctsd()
    (root / "matrix" / "es.csv").unlink()
    with pytest.raises(RulebookError, match=r"rulebook/matrix/es\.csv, file: there is none\. Write it, or copy"):
        service_requests("ES", root)
