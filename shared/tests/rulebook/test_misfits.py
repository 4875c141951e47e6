"""What in a profile needs another part: whoever leaves that out is told the file, the line and what would be right."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from rulebook.engine.origins import ORIGINS
from rulebook.engine.profile import procedures, profile
from rulebook.engine.validation import mistakes
from testing.edits import Edit, EditedCopies, edited
from testing.made_up import FOLDER, NO_CERTIFICATE, PROCEDURE_FILE, made_up_law

RECORDED = "notification.step-recorded"


def put(old: str, new: str) -> Edit:
    """An edit of the made-up procedure."""
    return (PROCEDURE_FILE, old, new)


def criterion(new: str) -> Edit:
    """An edit of what judges whether the tribunal agrees."""
    return ("criteria.toml", 'judge = "decision"', new)


def form(old: str, new: str) -> Edit:
    """An edit of the made-up certificate."""
    return ("certificates.toml", old, new)


STEP_5 = f'"{RECORDED}"'
AT_ENTRY = put(
    '[[steps]]\nref = "T1"\n',
    """[[gates]]
id = "before"
phase = "entry"
title = "decision before the trial"
clause = "TRIAL 4.2"
chain = [{ body = "board", clause = "TRIAL 4.2(a)" }]
criteria = ["agreed"]

[[steps]]
ref = "T1"
""",
)
NOT_AT_EXIT = put('"record-kept", "agreed"]', '"record-kept"]')
BY_NOTICE = put('agreed_by = "artefacts"', 'agreed_by = "notice"')
NO_DESCRIPTION = (
    put("artefact-review.artefacts-submitted", RECORDED),
    put("artefact-review.artefacts-reviewed", RECORDED),
)

MISFITS: dict[str, tuple[list[Edit], str]] = {
    "two roles start it": (
        [put('"decide", "read"', '"start", "decide", "read"')],
        "[roles.laboratory]: 'requester' starts it already. Give one role alone may = [\"start\", ...].",
    ),
    "descoping without a User Role": (
        [put("asks = []", 'asks = ["descoping"]')],
        "[notice]: descoping is proposed of a User Role's tests, and decided until artefacts are accepted. Write",
    ),
    "Service Requests of a pack": (
        [put("asks = []", 'asks = ["service-requests"]')],
        "[notice]: asks is ['service-requests'], and the scope comes from \"pack\". Ask for",
    ),
    "a start that no gate confirms": (
        [put("chosen = true", 'chosen = true\nconfirmed_by = "entry"')],
        "[anchors.start]: confirmed_by is 'entry', which is no entry gate. Leave it out, or give",
    ),
    "a start that another gate confirms": (
        [put("chosen = true", 'chosen = true\nconfirmed_by = "agreement"'), AT_ENTRY],
        "[anchors.start]: confirmed_by is 'agreement', which is no entry gate. Name 'before'.",
    ),
    "a start that nothing renews": (
        [put("chosen = true", 'chosen = true\nrenewed_by = "execution-tracker.connectivity-confirmed"')],
        "[anchors.start]: renewed_by is 'execution-tracker.connectivity-confirmed', which never comes. Give the",
    ),
    "a day that nobody gives": (
        [put('words = "delivery', 'chosen = true\nwords = "delivery'), put('sets = "devices-delivered"\n', "")],
        "[anchors.devices-delivered]: nobody says on which day 'devices-delivered' is. Choose 'start', and",
    ),
    "a matrix for what is no User Role": (
        [put('from = "pack"', 'from = "matrix"'), put('pack = "combination"\n', "")],
        '[scope]: the scope from "matrix" is that of a User Role, which the subject does not have. Give [subject] key',
    ),
    "a scope that artefacts agree which nobody hands in": (
        [put('artefacts = ["description"]', "artefacts = []"), *NO_DESCRIPTION],
        "[scope]: the scope is agreed as the artefacts are accepted, and none is handed in. Write agreed_by",
    ),
    "an artefact by whom may not provide": (
        [put('"start", "withdraw", "provide"', '"start"')],
        "head: the role 'requester' is to provide the artefact 'description', and may not. Give [roles.requester]",
    ),
    "two gates of a phase": (
        [AT_ENTRY, put('phase = "entry"', 'phase = "exit"')],
        ": there is a gate of the phase exit already. Put criteria and bodies into the one gate of the phase.",
    ),
    "tests before the trial": (
        [AT_ENTRY, put('criteria = ["agreed"]', 'criteria = ["all-tried"]')],
        "all-executed judges the criterion 'all-tried' on tests. At a gate of the phase entry are known: ",
    ),
    "tests of no scope": (
        [put('from = "pack"', 'from = "none"'), put('pack = "combination"\n', "")],
        "all-executed judges the criterion 'all-tried', and the scope has no tests. Give [scope] another source",
    ),
    "a judge of thresholds without any": (
        [put('thresholds = ["of-a-provider"]', "thresholds = []")],
        "the criterion 'few-issues', and the procedure has no thresholds. Name rows of thresholds.toml",
    ),
    "a registration of nobody": (
        [AT_ENTRY, NOT_AT_EXIT, criterion('judge = "registered"'), put("organisation = true\n", "")],
        "the criterion 'agreed', and 'requester' is no organisation. Write organisation = true at [roles.requester].",
    ),
    "a report that the gate does not approve": (
        [criterion('judge = "report-approved"\nkind = "description"')],
        "the criterion 'agreed', and the gate does not approve 'description'. Name it in approves.",
    ),
    "documents without an acknowledgement": (
        [
            AT_ENTRY,
            NOT_AT_EXIT,
            criterion('judge = "documents-final"'),
            put("notification.notification-acknowledged", RECORDED),
        ],
        "the criterion 'agreed', and nothing acknowledges the notice. Give a step completed_by",
    ),
    "documents that nobody hands in": (
        [
            AT_ENTRY,
            NOT_AT_EXIT,
            criterion('judge = "documents-final"\nkinds = ["description"]'),
            *NO_DESCRIPTION,
            BY_NOTICE,
        ],
        "the criterion 'agreed', and 'description' is neither handed in nor approved by the gate. Name it",
    ),
    "a statement of what the subject does not have": (
        [criterion('judge = "subject-identified"\nsays = "the maker {maker}"')],
        "and says 'the maker {maker}'. Say it with the subject's fields in braces: {devices}, {provider}.",
    ),
    "connectivity to nothing": (
        [put('begins_with = "nothing"', 'begins_with = "connectivity"')],
        "[execution]: it begins with connectivity, and the scope reaches no web service. Write begins_with",
    ),
    "tests that nobody executes": (
        [put('"execute", "review"', '"review"')],
        'head: no role may execute. Give one may = ["execute", ...].',
    ),
    "a report that nobody reviews": (
        [
            put('"execute", "review"', '"execute"'),
            put('ends_with = "nothing"', 'ends_with = "report"'),
            *NO_DESCRIPTION,
            BY_NOTICE,
        ],
        'head: no role may review. Give one may = ["review", ...].',
    ),
    "a step of connectivity without it": (
        [put(STEP_5, '"execution-tracker.connectivity-confirmed"')],
        'connectivity-confirmed never comes. Give the procedure execution that begins_with = "connectivity", or',
    ),
    "a step of a receipt of nothing": (
        [put(STEP_5, '"certification.report-receipt-confirmed"')],
        'receipt-confirmed never comes. Give the procedure execution that ends_with = "report"',
    ),
    "a step of a gate without it": (
        [put(STEP_5, '"artefact-review.entry-gate-held"')],
        "entry-gate-held never comes. Give the procedure a gate of the phase entry, or leave the step out.",
    ),
    "a step of descoping without it": (
        [put(STEP_5, '"artefact-review.descoping-decided"')],
        'descoping-decided never comes. Give the procedure a notice that asks = ["descoping"]',
    ),
    "a step of a certificate without it": (
        [NO_CERTIFICATE[0]],
        "certificate-issued never comes. Give the procedure a certificate, or leave the step out.",
    ),
    "a step of a review of nothing": (
        [NO_DESCRIPTION[0], BY_NOTICE],
        "artefacts-reviewed never comes. Give the procedure an artefact of the phase initiation with a reader",
    ),
    "a sender who may not": (
        [put('sender = "tribunal"', 'sender = "requester"')],
        "exit-gate-held comes from a role that may decide, and the sender 'requester' may not. Name a role",
    ),
    "a report of a week that is no weekly step": (
        [put(STEP_5, '"artefact-review.readiness-reported"')],
        'readiness-reported tells of a week before the start. Write { rule = "each-week", anchor = "start"',
    ),
    "a report of a day that is no daily step": (
        [put(STEP_5, '"execution-tracker.dashboard-published"'), put('"start", ', '"start", "execute", ')],
        'dashboard-published tells of a day. Write { rule = "daily", ... }.',
    ),
    "issues of a pool": (
        [("thresholds.toml", 'count = "provider"', 'count = "pool"')],
        "head: the row 'of-a-provider' counts over a pool of engagements, which nothing does yet. Let it",
    ),
    "a right that never arises": (
        [
            (
                "routes.toml",
                'certification.exit-gate-held", outcome = "further',
                'artefact-review.artefacts-reviewed", reviewed_by = "',
            ),
            put('artefacts = ["description"]', "artefacts = []"),
            *NO_DESCRIPTION,
            BY_NOTICE,
        ],
        "head: the route 'combination-refused' waits for the event artefact-review.artefacts-reviewed, which never",
    ),
    "certificates that nobody decides on": (
        [
            put('phase = "exit"', 'phase = "entry"'),
            put('"all-tried", "enough-passed", "few-issues", ', ""),
            put("certification.exit-gate-held", RECORDED),
            put('routes = ["combination-refused"]', "routes = []"),
        ],
        "head: no gate decides on them. Give the procedure a gate of the phase exit.",
    ),
    "certificates for nobody": (
        [put("organisation = true\n", "")],
        "head: no organisation can be given one. Write organisation = true at the role that gets them.",
    ),
    "a list of Service Requests without any": (
        [
            form('rows = "tests"', 'rows = "srvs"'),
            form('source = "test"', 'source = "srv"'),
            form('source = "title"', 'source = "route"'),
            form('source = "outcome"', 'source = "issued-on"'),
        ],
        "head: the form 'combination-certificate' lists Service Requests, and the scope has none. Give the form",
    ),
    "a certificate that does not know as what was tested": (
        [put('tested_as = "Trial"\n', ""), form('"title" }', '"route" }')],
        "head: the form 'combination-certificate' says as what each row was tested, and tested_as does not.",
    ),
    "a list by what the subject does not have": (
        [("lists.toml", '"devices", "provider"', '"maker"')],
        "head: the list 'combinations' is known by 'maker', which the subject does not have. The subject has devices",
    ),
    "a field of what the subject does not have": (
        [form('"subject.provider"', '"subject.maker"')],
        "head: the field 'Provider' of the form 'combination-certificate' comes from 'maker', which the subject",
    ),
}


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[EditedCopies]:
    """Returns a copy of the made-up document with other texts in its files."""
    with made_up_law():
        yield partial(edited, FOLDER, tmp_path / "law")


@pytest.mark.parametrize("misfit", MISFITS)
def test_what_a_part_needs_and_does_not_have_is_told_where_it_is_asked_for(trial: EditedCopies, misfit: str) -> None:
    edits, told = MISFITS[misfit]
    found = mistakes(trial(*edits))
    assert found
    assert told in found[0]
    assert re.match(rf"rulebook/{PROCEDURE_FILE}, line \d+, ", found[0])


def test_a_notice_chooses_the_start(trial: EditedCopies) -> None:
    root = trial()
    file = root / PROCEDURE_FILE
    text = file.read_text(encoding="utf-8").replace('anchor = "start"', 'anchor = "begin"')
    file.write_text(text.replace("[anchors.start]", "[anchors.begin]"), encoding="utf-8")
    assert mistakes(root)[0].endswith(
        "the notice chooses 'start', which is no such anchor. Write [anchors.start] with chosen = true."
    )


def test_a_procedure_that_is_only_planned_may_count_over_a_pool(trial: EditedCopies) -> None:
    planned = put('id = "combination-trial"', 'planned_only = true\nid = "combination-trial"')
    assert mistakes(trial(("thresholds.toml", 'count = "provider"', 'count = "pool"'), planned)) == ()


def test_every_event_that_completes_a_step_has_an_origin_or_is_recorded() -> None:
    steps = (step for each in procedures() for step in profile(each).procedure.steps)
    assert {event for step in steps for event in step.completed_by} <= {*ORIGINS, RECORDED}
