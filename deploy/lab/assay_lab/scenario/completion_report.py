"""The Test Completion Report as the scenario's participant writes it: words of its own, figures of the tracker."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

OUTCOMES = ("passed", "failed", "blocked", "not_run")
EXPLANATION = "The issue stays outstanding under its agreed remediation plan."


def completion_report(
    written: Mapping[str, str], figures: Mapping[str, Any], results: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The content of CTSD 6.6.2; tests whose latest result is not a pass are explained (6.6.3).

    Regression runs are not part of it.
    """
    counted = [result for result in results if result["purpose"] != "regression"]
    in_time = sorted(counted, key=lambda result: datetime.fromisoformat(result["executed_at"]))
    latest = {result["test"]: result["outcome"] for result in in_time}
    unsuccessful = sorted(test for test, outcome in latest.items() if outcome != "passed")
    return {
        **written,
        "tests": {"scheduled": figures["scheduled"], **{key: figures["tests"][key] for key in OUTCOMES}},
        "runs": [_run(run, counted) for run in dict.fromkeys(result["run"] for result in counted)],
        "issues": {
            "total": figures["issues_total"],
            "by_status": figures["issues_by_status"],
            "by_severity": figures["issues_by_severity"],
        },
        "explanations": [{"tests": unsuccessful, "explanation": EXPLANATION}] if unsuccessful else [],
    }


def _run(run: str, results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    counts = Counter(result["outcome"].replace("-", "_") for result in results if result["run"] == run)
    return {"run": run, **{outcome: counts[outcome] for outcome in OUTCOMES}}
