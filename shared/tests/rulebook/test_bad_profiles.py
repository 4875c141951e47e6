"""A profile that could not be driven is refused as it is read: file, line, what is wrong and what would be right."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rulebook.engine.validation import mistakes
from testing.edits import EditedCopy
from testing.edits import edited as copied
from testing.made_up import FOLDER, PROCEDURE_FILE, made_up_law

CHAIN = 'chain = [{ body = "board", clause = "TRIAL 4.2(a)" }, { body = "tribunal", clause = "TRIAL 4.2(b)" }]'
PROVIDER = 'source = "subject.provider"'


@pytest.fixture
def edited(tmp_path: Path) -> Iterator[EditedCopy]:
    """Makes a copy of the made-up document."""

    def edit(file: str, old: str, new: str) -> Path:
        return copied(FOLDER, tmp_path / "law", (file, old, new))

    with made_up_law():
        yield edit


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("criteria.toml", '"pass-rate"', '"pass-mark"', r"line \d+, .*judge is 'pass-mark'\. Known: evidence-given, "),
        ("criteria.toml", "at_least = 75\n", "", r"line \d+, .*the judge pass-rate lacks at_least\. Write at_least"),
        ("criteria.toml", "at_least = 75", "at_least = 175", r"line \d+, .*at_least is more than a hundred"),
        (
            "criteria.toml",
            '"all-executed"',
            '"all-executed"\nkind = "description"',
            r"line \d+, .*the judge all-executed takes no kind\. It takes no parameter",
        ),
        (
            "criteria.toml",
            '"all-executed"',
            '"report-approved"\nkind = "memo"',
            r"line \d+, .*kind is 'memo'\. Known: description",
        ),
        (
            "criteria.toml",
            '"all-executed"',
            '"evidence-given"\nevidence_by = "nobody"',
            r"line \d+, .*evidence_by is 'nobody'\. Known: requester",
        ),
        (
            PROCEDURE_FILE,
            CHAIN,
            "chain = []",
            r"line \d+, .*the chain ends nowhere: no body decides\. Write chain = .*board",
        ),
        (
            PROCEDURE_FILE,
            '{ body = "tribunal", clause',
            '{ body = "board", clause',
            r"line \d+, .*the chain goes round: 'board' decides twice\. Name each body once",
        ),
        (
            PROCEDURE_FILE,
            '{ body = "tribunal", clause',
            '{ body = "requester", clause',
            r"line \d+, .*body is 'requester'\. Known: laboratory, board, tribunal",
        ),
        (
            PROCEDURE_FILE,
            'criteria = ["all-tried", "enough-passed", "few-issues", "record-kept", "agreed"]',
            "criteria = []",
            r"line \d+, .*no c",
        ),
        (
            PROCEDURE_FILE,
            "[anchors.tried]",
            '[anchors.waited]\nwords = "the wait"\n\n[anchors.tried]',
            r"line \d+, \[anchors\.waited\]: nothing sets the anchor 'waited'\. Write sets = \"waited\"",
        ),
        (
            PROCEDURE_FILE,
            'words = "delivery of the devices"',
            'words = "delivery"\nconfirmed_by = "agreement"',
            r"line \d+, .*confirmed_by is of a chosen anchor\. Write chosen = true",
        ),
        (
            PROCEDURE_FILE,
            'words = "delivery of the devices"',
            'words = "delivery"\nrenewed_by = "execution-tracker.further-testing-begun"',
            r"line \d+, .*renewed_by is of a chosen anchor\. Write chosen = true",
        ),
        (
            PROCEDURE_FILE,
            "chosen = true",
            'chosen = true\nrenewed_by = "execution-tracker.further-testing"',
            r"line \d+, \[anchors\.start\]: 'execution-tracker\.further-testing' is no public event\. Name .*-begun",
        ),
        (
            "certificates.toml",
            f'{{ label = "Provider", {PROVIDER} }}',
            '{ label = "Provider" }',
            r"line \d+, .*source is None\. Write a text in quotes",
        ),
        (
            "certificates.toml",
            PROVIDER,
            'source = "provider"',
            r"line \d+, .*source is 'provider'\. Known: recipient\.name",
        ),
        (
            "certificates.toml",
            '"list:combinations"',
            '"list:meters"',
            r"line \d+, .*effect is 'list:meters'\. Known: elig.*list:c",
        ),
        (
            "certificates.toml",
            '"list:combinations"',
            '"fame"',
            r"line \d+, .*effect is 'fame'\. Known: eligibility, none",
        ),
        ("certificates.toml", '"outcome"', '"mark"', r"line \d+, .*source is 'mark'\. Known: test, title, route"),
        (
            "lists.toml",
            'statuses = ["listed", "withdrawn"]',
            "statuses = []",
            r"line \d+, .*statuses is empty\. Write at least",
        ),
        ("artefacts.toml", 'reader = "file"\n', "", r"line \d+, .*reader is None\. Write a text"),
        (
            "artefacts.toml",
            '"file"',
            '"crystal-ball"',
            r"line \d+, .*reader is 'crystal-ball'\. Known: plan-workbook, ",
        ),
        (
            PROCEDURE_FILE,
            'may = ["decide", "read"]',
            "may = []",
            r"line \d+, \[roles\.board\]: the role 'board' does nothing\. Give",
        ),
        (
            PROCEDURE_FILE,
            '"start", "withdraw", "provide"',
            '"begin", "provide"',
            r"line \d+, \[roles\.requester\]: 'begin' is not a duty\. Known",
        ),
        (
            PROCEDURE_FILE,
            '"start", "withdraw", "provide"',
            '"provide"',
            r"line \d+, head: no role starts it\. Give one may",
        ),
        (
            PROCEDURE_FILE,
            'key = ["devices", "provider"]',
            "key = []",
            r"line \d+, \[subject\]: key is empty\. Name the fields",
        ),
        (
            PROCEDURE_FILE,
            '"{devices} with',
            '"{device} with',
            r"line \d+, \[subject\]: name is .*Name it with its fields in braces",
        ),
        (PROCEDURE_FILE, 'pack = "combination"\n', "", r"line \d+, \[scope\]: a pack belongs to the scope from a pack"),
        (
            PROCEDURE_FILE,
            'pack = "combination"',
            'pack = "comb"',
            r"line \d+, \[scope\]: pack is 'comb'\. Known: combination",
        ),
        (
            PROCEDURE_FILE,
            "asks = []",
            'asks = ["money"]',
            r"line \d+, \[notice\]: 'money' is not what a notice can ask",
        ),
        (PROCEDURE_FILE, "[execution]", "[exekution]", r"line \d+, head: unknown key 'exekution'"),
        (
            PROCEDURE_FILE,
            'begins_with = "nothing"',
            'begins_with = "luck"',
            r"line \d+, \[execution\]: begins_with is 'luck'\. K",
        ),
        (
            "routes.toml",
            'referred_by = ["requester", "laboratory"]',
            "referred_by = []",
            r"line \d+, .*nobody may refer it",
        ),
        (
            "routes.toml",
            "laboratory = { days = 14 }",
            "laboratory = {}",
            r"line \d+, .*it counts in nothing\. Write one of",
        ),
    ],
)
def test_what_can_not_be_driven_is_refused_as_it_is_read(
    edited: EditedCopy, file: str, old: str, new: str, told: str
) -> None:
    found = mistakes(edited(file, old, new))
    assert found
    assert re.match(rf"rulebook/{file}, {told}", found[0]), found


def test_a_pack_without_tests_is_refused(edited: EditedCopy) -> None:
    root = edited("packs/combination.toml", "[[test]]", "[[test]]")
    text = (root / "packs/combination.toml").read_text(encoding="utf-8")
    (root / "packs/combination.toml").write_text(text[: text.index("[[test]]")], encoding="utf-8")
    assert "rulebook/packs/combination.toml, [[test]]: there is none. Write at least one [[test]] table." in mistakes(
        root
    )


@pytest.mark.parametrize(("key", "role"), [("body", "crown"), ("appeal", "crown"), ("final", "crown")])
def test_a_route_to_a_body_without_a_role_is_refused(edited: EditedCopy, key: str, role: str) -> None:
    old = {"body": 'body = "tribunal"', "appeal": 'appeal = "none"', "final": 'final = "tribunal"'}[key]
    [mistake] = mistakes(edited("routes.toml", old, f'{key} = "{role}"'))
    assert re.match(
        rf"rulebook/{PROCEDURE_FILE}, line \d+, head: the route 'combination-refused' names '{role}'", mistake
    )
    assert "Name one of requester, laboratory, board, tribunal, or give the procedure the role." in mistake


def test_an_artefact_that_a_stranger_provides_is_refused(edited: EditedCopy) -> None:
    [mistake] = mistakes(edited("artefacts.toml", '"requester"', '"stranger"'))
    assert "the artefact 'description' names 'stranger', which is no role of the procedure." in mistake
