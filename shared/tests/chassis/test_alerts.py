"""Every alert asks for what a service tells, and has its page."""

import re
from pathlib import Path

from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from chassis.observability.metrics import Metrics

ROOT = Path(__file__).parents[3]
RULE = re.compile(
    r"- alert: (?P<alert>\w+)\n +expr: (?P<expr>.+)\n(?: +for: \w+\n)? +labels: \{severity: (?:page|ticket)\}\n"
    r" +annotations:\n +summary: \".+\"\n +runbook: (?P<runbook>\S+)\n"
)
TEXT = (ROOT / "deploy/alerts/assay.rules.yaml").read_text()
RULES = [match.groupdict() for match in RULE.finditer(TEXT)]
ELSEWHERE = {"up"}
WITHOUT_ALERT = {ROOT / "deploy/runbooks/restore.md"}
"""What people decide upon, and no metric."""


def told() -> set[str]:
    """What every service tells, and what single ones tell besides."""
    families = text_string_to_metric_families(generate_latest(Metrics().registry).decode())
    measures = "".join(path.read_text() for path in (ROOT / "services").glob("*/*/gauges.py"))
    own = set(re.findall(r'"(assay_\w+)"', measures))
    return {sample.name for family in families for sample in family.samples} | own | ELSEWHERE


def test_every_rule_is_written_as_the_others() -> None:
    assert len(RULES) == TEXT.count("- alert:")


def test_every_alert_asks_for_metrics_that_exist() -> None:
    names = {name for rule in RULES for name in re.findall(r"\b(?:assay|process)_\w+|\bup\b", rule["expr"])}
    assert names <= told()
    assert len(names) >= 10


def test_every_alert_has_its_page_and_every_page_its_alert() -> None:
    pages = {ROOT / rule["runbook"]: rule["alert"] for rule in RULES}
    assert set(pages) == set((ROOT / "deploy/runbooks").glob("*.md")) - WITHOUT_ALERT
    for page, alert in pages.items():
        text = page.read_text()
        assert text.startswith(f"# {alert}\n")
        assert all(heading in text for heading in ("## What to do", "## Tried"))


def test_what_a_page_says_was_tried_exists() -> None:
    for page in (ROOT / "deploy/runbooks").glob("*.md"):
        for name in re.findall(r"\btest_\w+\.py", page.read_text()):
            places = ("shared/tests/*", "services/*/*_tests", "tests/*")
            assert [found for place in places for found in ROOT.glob(f"{place}/{name}")], (page, name)
