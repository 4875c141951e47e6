"""The Test Completion Report as the story's participant writes it: words of its own, figures of the tracker."""

from collections.abc import Mapping, Sequence
from typing import Any

OUTCOMES = ("passed", "failed", "blocked", "not_run")


def completion_report(
    written: Mapping[str, str], figures: Mapping[str, Any], issues: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The content of CTSD 6.6.2; tests that did not pass are explained by their issues (6.6.3)."""
    runs: dict[str, dict[str, int]] = {}
    for row in figures["daily"]:
        run = runs.setdefault(row["run"], dict.fromkeys(OUTCOMES, 0))
        for outcome in OUTCOMES:
            run[outcome] += row[outcome]
    outstanding = [issue["test"] for issue in issues if issue["status"] != "closed"]
    explanation = "The issue stays outstanding under its agreed remediation plan."
    return {
        **written,
        "tests": {"scheduled": figures["scheduled"], **{key: figures["tests"][key] for key in OUTCOMES}},
        "runs": [{"run": run, **counts} for run, counts in runs.items()],
        "issues": {
            "total": figures["issues_total"],
            "by_status": figures["issues_by_status"],
            "by_severity": figures["issues_by_severity"],
        },
        "explanations": [{"tests": outstanding, "explanation": explanation}] if outstanding else [],
    }
