"""From the start of testing to its completed execution."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from assay_lab.scenario.core import Entry, ScenarioCore, counted

DAY_OF_RETEST = 4
"""On which day of execution the fix is verified: on the last one where there are fewer."""


class Execution(ScenarioCore):
    """Connectivity, the results of each day, issues, dashboards."""

    def execution(self) -> list[Entry]:
        """Every step of execution and its day."""
        return [
            (self.start, self._connect),
            *self._execution_days(),
            (self._last_day(), self._complete_execution),
        ]

    def _last_day(self) -> date:
        return self._after(len(self._days()) - 1)

    def _connect(self) -> None:
        services = self.participant.get(self._of("scope"))["web_services"]
        for web_service in services:
            self._participant("connectivity", {"web_service": web_service, "passed": True})
        self._note("participant", f"connected to the web services that {self.role} can reach: {', '.join(services)}")

    def _execution_days(self) -> list[Entry]:
        return [(self._after(number), self._executing(number + 1, file)) for number, file in enumerate(self._days())]

    def _executing(self, number: int, file: Path) -> Callable[[], None]:
        def execute() -> None:
            reply = self._import(file, f"day {number}", "test")
            self._note("participant", f"day {number}: {counted(reply['recorded'], 'result')} from {file.name}")
            for test in reply["failed"]:
                self._raise_issue(test)
            if self._has("results/retest.csv") and number == min(DAY_OF_RETEST, len(self._days())):
                self._retest(number)
            self._publish_dashboard()

        return execute

    def _import(self, file: Path, run: str, purpose: str) -> Any:
        return self.participant.upload(self._of("results/import"), {"file": file}, {"run": run, "purpose": purpose})

    def _raise_issue(self, test: str) -> None:
        """The first failure stays outstanding under an agreed plan, where the example has one; another is fixed."""
        outstanding = not self.issues and self._has("outstanding-issue.json")
        content = self._json("outstanding-issue.json" if outstanding else "fixed-issue.json")
        issue = self.participant.post(self._of("issues"), {"test": test, **content["raise"]})
        self.issues.append(issue)
        severity = content["raise"]["severity"]
        self._note("participant", f"{test} failed: issue {issue['issue']} of severity {severity} raised")
        path = f"issues/{issue['issue']}"
        if "fix" in content:
            self._participant(f"{path}/fix", content["fix"])
            self._note("participant", f"issue {issue['issue']} fixed")
        else:
            resolve_by = self.calendar.add(self.today, content["working_days_to_resolve"]).isoformat()
            self._participant(f"{path}/remediation-plan", {**content["plan"], "resolve_by": resolve_by})
            self._dcc(f"{path}/remediation-plan/agreement", None)
            self._note("DCC", f"remediation plan of issue {issue['issue']} agreed")

    def _retest(self, number: int) -> None:
        reply = self._import(self.files / "results" / "retest.csv", f"day {number}, retest", "retest")
        closed = ", ".join(str(number) for number in reply["closed_issues"])
        self._note("participant", f"retest passed: issue {closed} closed")

    def _publish_dashboard(self) -> None:
        reply = self._participant("dashboards", {**self._json("dashboard.json"), "day": self.today.isoformat()})
        figures = reply["dashboard"]["figures"]
        counts = figures["tests"]
        self._note(
            "participant",
            f"dashboard published: {figures['executed']} of {figures['scheduled']} tests executed, "
            f"{counts['passed']} passed, {counts['failed']} failed, {counted(figures['issues_total'], 'issue')}",
        )

    def _complete_execution(self) -> None:
        reply = self._participant("execution-completion", None)
        criteria = reply["execution"]["criteria"]
        met = ", ".join(f"{each['clause']} {'met' if each['met'] else 'not met'}" for each in criteria)
        self._note("participant", f"execution completed: {met}")
