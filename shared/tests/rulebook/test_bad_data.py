"""Whoever edits the data and errs is told the file, the place, what is wrong and what would be right."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from rulebook.engine import certificates, documents, errata, procedures, routes, severities, thresholds
from rulebook.engine.editions import editions, root_of
from rulebook.engine.errors import RulebookError
from rulebook.engine.files import ROOT, read_json
from rulebook.engine.profile import profile_in
from rulebook.engine.scope import matrix
from rulebook.engine.validation import mistakes
from testing.edits import EditedCopy
from testing.edits import edited as copied


@pytest.fixture
def edited(tmp_path: Path) -> EditedCopy:
    """Makes a copy of the rulebook's data; a comment is none of them, so its text is not replaced."""

    def edit(file: str, old: str, new: str) -> Path:
        return copied(ROOT, tmp_path / "rulebook", (file, old, new))

    return edit


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'anchor = "report-received"',
            'anchor = "gate-held"',
            r"the anchors go round: 5\.\S+ waits for .* waits for .*Count one of them from the start",
        ),
        ('sets = "gate-held"\n', "", r"5\.17\.1\.3.*no step sets the anchor 'gate-held'\. Write sets = \"gate-held\""),
        ('sets = "gate-held"', 'sets = "notified"', r"'notified' is set by another step too"),
        ('sets = "gate-held"', 'sets = "start"', r"sets is 'start'\. Known: acknowledged, "),
        ("or_agreed = true", "or_agreed = 1", r"or_agreed is 1\. Write true or false"),
        ('day_off = "next"', 'day_off = "later"', r"day_off is 'later'\. Known: stay, next, previous"),
    ],
)
def test_anchors_that_can_not_be_counted_from_are_refused(edited: EditedCopy, old: str, new: str, told: str) -> None:
    with pytest.raises(RulebookError, match=told):
        procedures.procedure("uept", edited("procedures/uept.toml", old, new))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'steps_of = "uept"',
            'steps_of = "dmct"',
            r"head: steps_of is 'dmct'\. Known: additional-sr-dust, uept",
        ),
        ('ref = "5.10.1.2"', 'ref = "5.10.1.9"', r"'5\.10\.1\.9'\): is no step of the procedure it is based on"),
        ('"CTSD 5.3"', '"CTSD 5.33"', r"CTSD 5\.33 is an unknown clause"),
    ],
)
def test_a_procedure_based_on_another_is_checked_as_well(edited: EditedCopy, old: str, new: str, told: str) -> None:
    with pytest.raises(RulebookError, match=told):
        procedures.procedure("additional-sr-uept", edited("procedures/additional-sr-uept.toml", old, new))


def test_what_is_wrong_is_told_with_its_line(edited: EditedCopy) -> None:
    root = edited("procedures/uept.toml", "working_days = 25", "working_days = -25")
    lines = (root / "procedures/uept.toml").read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, start=1) if "-25" in text)
    with pytest.raises(RulebookError, match=rf"procedures/uept\.toml, line {line}, \[\[steps\]\] 5 "):
        procedures.procedure("uept", root)


def test_a_step_sets_only_an_anchor_that_the_procedure_names(edited: EditedCopy) -> None:
    root = edited("procedures/additional-sr-dust.toml", "[anchors.gate-held]", "[anchors.gate-hold]")
    with pytest.raises(RulebookError, match=r"line \d+, .*sets is 'gate-held'\. Known: acknowledged, .*gate-hold"):
        procedures.procedure("additional-sr-dust", root)


def test_the_copy_itself_is_sound(edited: EditedCopy) -> None:
    root = edited("procedures/uept.toml", "60", "60")
    assert procedures.procedure("uept", root).steps == procedures.procedure("uept").steps


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('rule = "before"', 'rule = "befor"', r"\[\[steps\]\] 1 .*5\.6\.1\.1.*'befor'.*Known: before, after, within"),
        (
            'anchor = "acknowledged"',
            'anchor = "acknowleged"',
            r"5\.6\.1\.3.*'acknowleged'.*Known: start, planned-last-day, notified",
        ),
        ("working_days = 25", "working_days = -25", r"5\.6\.1\.5.*-25.*whole number that is not negative"),
        ("working_days = 25", 'working_days = "25"', r"5\.6\.1\.5.*without quotes"),
        (
            'returned = "5.6.1.7"',
            'returned = "5.6.5.1"',
            r"step 5\.6\.1\.6: then\.returned is '5\.6\.5\.1', not a step",
        ),
        ('clause = "CTSD 5.6.1.5"', 'clause = "CTSD 5.6.5.1"', r"CTSD 5\.6\.5\.1 is an unknown clause\. Cite one of"),
        ('clause = "CTSD 5.6.1.5"', 'clause = "5.6.1.5"', r"'5\.6\.1\.5' is not a clause\. Cite it like"),
        ('sender = "dcc"', 'sender = "DCC"', r"sender is 'DCC'\. Known: participant, dcc"),
        ('ref = "5.6.1.2"', 'ref = "5.6.1.1"', r"step 5\.6\.1\.1: the ref stands twice"),
        ("conditional = true\nonly_if", "only_if", r"conditional and only_if belong together"),
        ("information =", "infomation =", r"unknown key 'infomation'\. Known keys: action, "),
        ('completed_by = ["notification.engagement-notified"]', "completed_by = []", r"completed_by is empty"),
        ('id = "uept"', 'id = "uept', r"procedures/uept\.toml, syntax: .*line \d+"),
        ('id = "uept"', 'id = "other"', r"head: id is 'other'\. Known: uept"),
        ("each_round = true\nconditional", "conditional", r"5\.6\.1\.7.*number is 'later'"),
        ("until =", "untill =", r"5\.10\.1\.3.*timing.*unknown key 'untill'"),
    ],
)
def test_a_broken_procedure_is_refused(edited: EditedCopy, old: str, new: str, told: str) -> None:
    with pytest.raises(RulebookError, match=told):
        procedures.procedure("uept", edited("procedures/uept.toml", old, new))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("4.2,Read", "4,Read", r"matrix/es\.csv, line 2: '4' is no SRV\. Write it as text"),
        ("4.6.2,", "4.60000001,", r"matrix/es\.csv, line 3: '4\.60000001' is no SRV"),
        ("mandatory", "mandatry", r"line 2: CV1-OD is 'mandatry'\. Known: n/a, mandatory"),
        (",no,", ",maybe,", r"line 2: critical is 'maybe'\. Known: yes, no"),
        ("CV2-OD", "CV9-OD", r"line 1: the columns are .*They must be srv, name, critical"),
        (",n/a\n", "\n", r"line 2: the number of cells is not that of the header"),
        ("4.6.2,", "4.2,", r"line 3: 4\.2 stands twice"),
    ],
)
def test_a_broken_matrix_is_refused(edited: EditedCopy, old: str, new: str, told: str) -> None:
    with pytest.raises(RulebookError, match=told):
        matrix.service_requests("ES", edited("matrix/es.csv", old, new))


def test_a_minimum_set_names_only_srvs_of_the_role(edited: EditedCopy) -> None:
    with pytest.raises(RulebookError, match=r"minimum-set\.csv, line \d+: 6\.21 is not in the role's matrix"):
        matrix.minimum_rows("ES", edited("matrix/minimum-set.csv", "ES,8.2,", "ES,6.21,"))


def test_an_alert_of_an_unknown_role_is_refused(edited: EditedCopy) -> None:
    with pytest.raises(RulebookError, match=r"device-alerts\.csv, line 2: role is 'SI'\. Known: IS, GS"):
        matrix.coded_tests("device-alerts", "IS", edited("matrix/device-alerts.csv", "IS,", "SI,"))


def test_a_scenario_step_without_a_number_is_refused(edited: EditedCopy) -> None:
    with pytest.raises(RulebookError, match=r"line 2: order is 'first'"):
        matrix.install_and_commission("GS", edited("matrix/install-and-commission.csv", "GS,1,", "GS,first,"))


@pytest.mark.parametrize(
    ("load", "file", "old", "new", "told"),
    [
        (thresholds.thresholds, "thresholds.toml", "5, 10,", "5,", r"limits is .*Write five"),
        (thresholds.thresholds, "thresholds.toml", "[3, 4, 5]", "[6]", r"severities from 1"),
        (
            lambda root: profile_in("uept", root),
            "routes.toml",
            'body = "panel"',
            'body = "pannel"',
            r"the route 'descoping' names 'pannel', which is no role of the procedure\. Name one of participant, dcc",
        ),
        (routes.routes, "routes.toml", "{ fact =", "{ fakt =", r"is no event\. Write \{ fact"),
        (errata.errata, "errata.toml", "CTSD 8.1.5", "CTSD 8.1.50", r"CTSD 8\.1\.50 is an unknown clause"),
        (errata.errata, "errata.toml", '["5.10.1.2"]', '["5.6.5.1"]', r"line \d+, .*'5\.6\.5\.1' in steps is unknown"),
        (errata.errata, "errata.toml", 'roles = ["IS"]', 'roles = ["SI"]', r"line \d+, .*'SI' in roles is unknown"),
        (documents.documents, "artefacts.toml", "entry = true", 'entry = "yes"', r"Write true or false"),
        (
            lambda root: documents.documents_of("uept", root),
            "artefacts.toml",
            '"planned-last-day"',
            '"gate-held"',
            r"counted from 'gate-held'\. Count it from a day that people choose: planned-last-day, start",
        ),
        (severities.severities, "severities.toml", 'id = "1"', 'id = "6"', r"id is '6'\. Known: 1, 2"),
        (
            certificates.certificate_forms,
            "certificates.toml",
            "columns =",
            "cols =",
            r"'cols'",
        ),
        (
            certificates.certificate_forms,
            "certificates.toml",
            '"eligibility"',
            '"eligible"',
            r"effect is 'eligible'\. Known: eligibility, none",
        ),
    ],
)
def test_any_broken_file_is_refused(
    edited: EditedCopy, load: Callable[[Path], object], file: str, old: str, new: str, told: str
) -> None:
    with pytest.raises(RulebookError, match=told):
        load(edited(file, old, new))


def test_a_criterion_that_nothing_judges_is_refused(edited: EditedCopy) -> None:
    root = edited("criteria.toml", '"all-executed"', '"all-excuted"')
    with pytest.raises(RulebookError, match=r"5\.19\.1a.*judge is 'all-excuted'\. Known: evidence-given, "):
        profile_in("uept", root)


def test_broken_json_is_told_with_its_line(edited: EditedCopy) -> None:
    with pytest.raises(RulebookError, match=r"bank-holidays\.json, line \d+"):
        read_json("bank-holidays.json", edited("bank-holidays.json", '"date": ', '"date" '))


def test_a_whole_edition_is_read_at_once_and_every_mistake_is_told(edited: EditedCopy) -> None:
    root = edited("procedures/uept.toml", "working_days = 25", "working_days = -25")
    (root / "suspension.toml").unlink()
    found = "\n".join(mistakes(root))
    assert re.search(r"procedures/uept\.toml, line \d+.*-25", found)
    assert "suspension.toml, file: there is none" in found


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("matrix/rsa.csv", "6.30,", "6.3,", r"line 11: '6\.3' is no SRV\. Write it as text, for example 6\.30"),
        ("matrix/is.csv", "4.10,", "4.1,", r"line 29: '4\.1' is no SRV\. Write it as text, for example 4\.10"),
        (
            "matrix/es.csv",
            "Read Inventory",
            "Read Stock",
            r"line 13: 'Read Stock' is not the name of 8\.2\. Write 'Read I",
        ),
        (
            "matrix/is.csv",
            "1.5,Update Meter Balance",
            "4.2,Update Meter Balance",
            r"line 6: '.*' is not the name of 4\.2",
        ),
        ("matrix/minimum-set.csv", "IS,8.2,", "IS,8.1.1,", r"line 6: IS 8\.1\.1 stands twice"),
        (
            "matrix/install-and-commission.csv",
            "1,Pre-Installation,12.2",
            "1,Pre-Installation,99.9",
            r"line 2: '99\.9' is",
        ),
        ("matrix/install-and-commission.csv", "6.21,", "4.2,", r"line 5: 4\.2 is not in the role's matrix"),
        ("matrix/install-and-commission.csv", "GS,2,", "GS,1,", r"line 3: IC01 1 stands twice"),
        ("matrix/install-and-commission.csv", "IC02,", "IC03,", r"line 8: scenario is 'IC03'\. Known: IC01, IC02"),
        ("matrix/install-and-commission.csv", "IC02,IS", "IC02,GS", r"line 8: role is 'GS'\. Known: IS"),
        ("matrix/device-alerts.csv", "IS,0x8183", "IS,0x8F32", r"line 3: IS 0x8F32 stands twice"),
        ("matrix/device-alerts.csv", "0x8F66", "8F66zz", r"line 4: '8F66zz' is no code .*Write it like 0x8F32"),
        (
            "matrix/install-and-commission.csv",
            "Device Pre-notification,5",
            "Device Pre-notification,0",
            r"line 2: no_la",
        ),
        ("matrix/device-alerts.csv", ",yes", ",Y", r"line 2: critical is 'Y'\. Known: yes, no"),
        ("matrix/dcc-alerts.csv", "N24", "24", r"line 3: '24' is no code .*Write it like N24"),
        ("matrix/response-codes.csv", "E11", "E1", r"line 2: 'E1' is no code .*Write it like E11"),
        ("criteria.toml", "5.8.1(b)", "5.8.1(q)", r"line \d+, .*5\.8\.1\(q\) is an unknown .* has the letters a to f"),
        ("criteria.toml", "CTSD 5.8.1(b)", "SEC Z99.9", r"line \d+, .*SEC Z99\.9 is an unknown clause\. Cite one of"),
        ("criteria.toml", 'id = "5.8.1b"', 'id = "5.8.1a"', r"line \d+, .*5\.8\.1a stands twice"),
        (
            "procedures/uept.toml",
            '["5.8.1a"',
            '["5.8.1z"',
            r"line \d+, .*'5\.8\.1z' is not a criterion\. Known: 5\.8\.1a",
        ),
        (
            "procedures/uept.toml",
            '["test-comp',
            '["tst-comp',
            r"line \d+, .*'tst-completion-certificate' is not one of c",
        ),
        (
            "procedures/uept.toml",
            '"uept-exit"',
            '"upet-exit"',
            r"line \d+, .*'upet-exit' is not one of routes\.toml\. Known",
        ),
        (
            "routes.toml",
            "descoping-decided",
            "descoping-decides",
            r"line \d+, .*is no public event\. Name artefact-review\.d",
        ),
        (
            "routes.toml",
            '"prevented"',
            '"preventd"',
            r"line \d+, .*'preventd' is no outcome of .*Known: ready, prevented",
        ),
        ("routes.toml", '["start"]', '["begin"]', r"line \d+, .*'begin' is not what can be held\. Known: disp"),
        ("artefacts.toml", 'gate_of = ["', 'gate_of = ["x', r"line \d+, .*'xadditional-sr-dust' is not a procedure"),
        ("certificates.toml", '"srvs"', '"srv"', r"line \d+, .*rows is 'srv'\. Known: srvs, tests, none"),
        (
            "certificates.toml",
            'source = "srv"',
            'source = "test"',
            r"line \d+, .*source is 'test'\. Known: srv, route, issued-on",
        ),
        (
            "certificates.toml",
            'closing = ["Yours faithfully", "Name", "Position", "Acting on behalf of the DCC"]',
            'closing = ["Yours faithfully"]',
            r"line \d+, .*closing is \['Yours faithfully'\]\. Write the farewell first",
        ),
        (
            "procedures/uept.toml",
            '["uept"]',
            '["upet"]',
            r"line \d+, .*'upet' is not one of thresholds\.toml\. Known: uept",
        ),
        (
            "thresholds.toml",
            '"engagement"',
            '"engagment"',
            r"line \d+, .*count is 'engagment'\. Known: engagement, prov",
        ),
        ("artefacts.toml", '"test-scripts"', '"test-plan"', r"line \d+, .*test-plan stands twice"),
        ("artefacts.toml", "number = 3", "number = 2", r"line \d+, .*2 stands twice"),
        (
            "artefacts.toml",
            '"data-not-personal"',
            '"data-personal"',
            r"line \d+, .*'data-personal' is not a check of checks\.toml\. Known: tests-have-scripts, ",
        ),
        ("checks.toml", "CTSD 6.8.1", "CTSD 6.8.9", r"line \d+, .*CTSD 6\.8\.9 is an unknown clause"),
        ("errata.toml", 'roles = ["RSA"]', 'roles = ["RAS"]', r"line \d+, .*'RAS' in roles is unknown"),
        ("suspension.toml", 'id = "b"', 'id = "a"', r"line \d+, .*a stands twice"),
        ("severities.toml", 'id = "2"', 'id = "1"', r"line \d+, .*1 stands twice"),
        (
            "procedures/uept.toml",
            "entry-gate-held",
            "gate-held",
            r"line \d+, .*is no public event\. Name artefact-review\.",
        ),
        ("procedures/uept.toml", '"ready"', '"redy"', r"line \d+, .*'redy' is no outcome .*Known: prevented, ready"),
        (
            "procedures/uept.toml",
            "{ accepted",
            "{ acceptd",
            r"line \d+, .*'acceptd' is no outcome .*Known: accepted, ret",
        ),
        (
            "procedures/uept.toml",
            "days = 60",
            "days = 6",
            r"line \d+, \[notice\]: working_days is 6\. Write 60, or change",
        ),
    ],
)
def test_each_mistake_in_an_edition_is_told_once_with_file_and_line_and_what_would_be_right(
    edited: EditedCopy, file: str, old: str, new: str, told: str
) -> None:
    [mistake] = mistakes(edited(file, old, new))
    assert re.match(rf"rulebook/{file}, {told}", mistake)


def test_a_mistake_that_several_readers_meet_is_told_once(edited: EditedCopy) -> None:
    root = edited("errata.toml", '["5.10.1.2"]', '["5.6.5.1"]')
    assert len(mistakes(root)) == 1


@pytest.mark.parametrize("version", [each.version for each in editions()])
def test_every_edition_that_is_kept_is_sound(version: str) -> None:
    assert mistakes(root_of(version)) == ()
