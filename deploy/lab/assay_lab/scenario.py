"""One UEPT engagement from accession to certificate, through the gateway's public API alone, in rehearsal time.

What is sent lies as files in a folder of `examples/`; the dates follow from the day on which the scenario begins.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from assay_lab.accession import accede
from assay_lab.api_client import ApiClient, Refused, eventually
from assay_lab.completion_report import completion_report
from rulebook.engine.dating.working_days import calendar

LONDON = ZoneInfo("Europe/London")
TOO_EARLY_WORKING_DAYS = 30
FORGOTTEN_REPORT = 2
"""Which of the weekly reports (from 0) is forgotten and given late."""

Tell = Callable[[date, str, str], None]


@dataclass(frozen=True)
class Target:
    """Where the scenario takes place: the gateway, the broker that outside systems feed, and who issues tokens."""

    gateway: str
    kafka: str
    token: Callable[[str, str | None], str]


@dataclass(frozen=True)
class ScenarioResult:
    """What the scenario came to."""

    engagement: str
    party: str
    certificate: dict[str, Any]
    pdf: bytes
    twin: bytes
    verification: dict[str, Any]
    eligibility: list[dict[str, Any]]
    timeline: dict[str, Any]


@dataclass
class Scenario:
    """Runs step by step; `tell` is called with each (day, who, what) after it was done."""

    target: Target
    files: Path
    party: str
    tell: Tell
    role: str = "ES"
    before_step: Callable[[int], None] = lambda _number: None
    """Called before each step of the schedule with its number: a fault may be injected there."""
    engagement: str = ""
    start: date = date.max
    refusals: list[Refused] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.participant = ApiClient(self.target.gateway, self.target.token("participant", self.party))
        self.dcc = ApiClient(self.target.gateway, self.target.token("dcc", None))
        self.operations = ApiClient(self.target.gateway, self.target.token("operations", None))
        self.anybody = ApiClient(self.target.gateway, None)
        self.calendar = calendar()

    def run(self) -> ScenarioResult:
        """From the next Working Day on, to the end."""
        try:
            self.begin()
            for number, (day, step) in enumerate(sorted(self._schedule(), key=lambda entry: entry[0])):
                self.before_step(number)
                self._go(day)
                step()
            return self._result()
        finally:
            self.close()

    def begin(self) -> None:
        """The Party accedes and notifies its intention."""
        self.today = self._now().date()
        self._go(self.calendar.add(self.today, 1))
        self._accede()
        self._notify()

    def close(self) -> None:
        """Give the connections back."""
        for client in (self.participant, self.dcc, self.operations, self.anybody):
            client.close()

    def _schedule(self) -> list[tuple[date, Callable[[], None]]]:
        """Every step and its day; steps of one day keep this order."""
        notified, before, after = self.today, self._before, self._after
        return [
            (self.calendar.add(notified, 1), self._acknowledge),
            (self.calendar.add(notified, 3), self._meet),
            *self._reports(),
            (before(25), self._submit_artefacts),
            (before(20), self._return_artefacts),
            (before(10), self._revise_artefacts),
            (before(8), self._agree_descoping),
            (before(7), self._accept_artefacts),
            (before(6), self._give_evidence),
            (before(5), self._hold_entry_gate),
            (self.start, self._connect),
            *self._execution_days(),
            (after(4), self._complete_execution),
            (after(4), self._report_completion),
            (after(5), self._confirm_receipt),
            (after(8), self._hold_exit_gate),
            (after(9), self._certify),
        ]

    # Preparation

    def _accede(self) -> None:
        party = self._json("party.json")
        accede(self.target.kafka, self.party, party["name"], self.today, party["reference"], self._now())
        self._told("Code Administrator", f"{party['name']} ({self.party}) has acceded to the Code")

    def _notify(self) -> None:
        proposals = self._json("descoping.json")
        body = {**self._json("notification.json"), "role": self.role, "descoping": proposals}
        early = {**body, "start_date": self.calendar.add(self.today, TOO_EARLY_WORKING_DAYS).isoformat()}
        refused = eventually(lambda: self._refused_as_early(early), "The Party's registration")
        self.refusals.append(refused)
        self._told("participant", f"notification refused: {refused.problem['detail']} {refused.problem['remedy']}")
        self.start = date.fromisoformat(refused.problem["facts"]["earliest"])
        reply = self.participant.post("/engagements", {**body, "start_date": self.start.isoformat()})
        self.engagement = reply["id"]
        self._told("participant", f"notified UEPT as {self.role}, start {self.start}, engagement {self.engagement}")

    def _refused_as_early(self, body: dict[str, Any]) -> Refused | None:
        """The refusal for the early start; until the accession has arrived the Party is not known."""
        try:
            self.participant.post("/engagements", body)
        except Refused as refused:
            if refused.reason == "party-not-registered":
                return None
            return refused
        raise AssertionError("a start that is too early was accepted")

    def _acknowledge(self) -> None:
        meeting = self.calendar.add(self.today, 2).isoformat()
        self._dcc("acknowledgement", {**self._json("acknowledgement.json"), "initiation_meeting_on": meeting})
        self._told("DCC", f"notification acknowledged, initiation meeting on {meeting}")

    def _meet(self) -> None:
        self._dcc("initiation-meeting", {**self._json("initiation-meeting.json"), "held_on": self.today.isoformat()})
        self._told("DCC", "initiation meeting held")

    def _reports(self) -> list[tuple[date, Callable[[], None]]]:
        rows = eventually(lambda: self._steps("5.6.1.4"), "The timetable")
        due = sorted((date.fromisoformat(row["due"]), row["key"].partition("/")[2]) for row in rows)
        entries = []
        for number, (day, week) in enumerate(due):
            if number == FORGOTTEN_REPORT:
                entries.append((self.calendar.add(day, 1), self._reporting_late(week)))
            else:
                entries.append((day, self._reporting(week)))
        return entries

    def _reporting(self, week: str) -> Callable[[], None]:
        def report() -> None:
            self._participant("readiness-reports", {**self._report(), "week": week})
            self._told("participant", f"Test Readiness Report of {week}")

        return report

    def _reporting_late(self, week: str) -> Callable[[], None]:
        def report() -> None:
            key = f"5.6.1.4/{week}"
            eventually(lambda: self._step(key)["state"] == "missed", f"The missed deadline of {week}")
            told = eventually(lambda: self._both_sides_told(week), f"The e-mails on {week}")
            self._told("Assay", f"{week} was forgotten: {' and '.join(sorted(told))} got an e-mail")
            self._participant("readiness-reports", {**self._report(), "week": week})
            eventually(lambda: self._step(key)["state"] == "late", f"The late report of {week}")
            self._told("participant", f"Test Readiness Report of {week}, late")

        return report

    def _report(self) -> dict[str, Any]:
        report: dict[str, Any] = self._json("readiness-report.json")
        report["environment"]["user_roles"] = [self.role]
        return report

    def _both_sides_told(self, week: str) -> set[str]:
        mails = self.participant.get(self._of("mail"))
        sides = {mail["side"] for mail in mails if week in mail["subject"] + mail["body"] and mail["sent_at"]}
        return sides if len(sides) == 2 else set()

    def _submit_artefacts(self) -> None:
        artefacts = self.files / "artefacts"
        reply = self.participant.upload(
            self._of("artefacts"),
            {
                "test_plan": artefacts / "test-plan.xlsx",
                "requirements_traceability_matrix": artefacts / "requirements-traceability-matrix.xlsx",
                "test_scripts": artefacts / "test-scripts-draft.csv",
                "test_data_plan": artefacts / "test-data-plan.xlsx",
            },
        )
        failed = [finding["message"] for finding in reply["findings"] if not finding["passed"]]
        self._told("participant", f"four artefacts submitted; the checks found: {' '.join(failed)}")

    def _return_artefacts(self) -> None:
        self._dcc("review", self._json("review-returned.json"))
        self._told("DCC", "artefacts returned with a deficiency")

    def _revise_artefacts(self) -> None:
        scripts = self.files / "artefacts" / "test-scripts.csv"
        reply = self.participant.upload(self._of("artefacts"), {"test_scripts": scripts})
        passed = "all pass" if reply["passed"] else "some fail"
        self._told("participant", f"revised Test Scripts submitted; the checks: {passed}")

    def _agree_descoping(self) -> None:
        for item in self._json("descoping.json"):
            decision = {"kind": item["kind"], "item": item["item"], **self._json("descoping-decision.json")}
            self._dcc("descoping-decisions", decision)
            self._told("DCC", f"descoping of {item['item']} agreed")

    def _accept_artefacts(self) -> None:
        self._dcc("review", self._json("review-accepted.json"))
        scope = self.participant.get(self._of("scope"))
        self._told("DCC", f"artefacts accepted; the scope is fixed at {len(scope['tests'])} tests")

    def _give_evidence(self) -> None:
        for evidence in self._json("entry-evidence.json"):
            self._participant("entry-evidence", evidence)
        self._told("participant", "evidence for the entry criteria given")

    def _hold_entry_gate(self) -> None:
        self._dcc("entry-gate", {**self._json("entry-gate.json"), "start_date": self.start.isoformat()})
        self._told("DCC", "entry gate held: ready, every criterion of 5.8.1 is met")

    # Execution

    def _connect(self) -> None:
        services = self.participant.get(self._of("scope"))["web_services"]
        for web_service in services:
            self._participant("connectivity", {"web_service": web_service, "passed": True})
        self._told("participant", f"connected to the web services that {self.role} can reach: {', '.join(services)}")

    def _execution_days(self) -> list[tuple[date, Callable[[], None]]]:
        files = sorted((self.files / "results").glob("day-*"))
        return [(self._after(number), self._executing(number + 1, file)) for number, file in enumerate(files)]

    def _executing(self, number: int, file: Path) -> Callable[[], None]:
        def execute() -> None:
            reply = self._import(file, f"day {number}", "test")
            self._told("participant", f"day {number}: {reply['recorded']} results from {file.name}")
            for test in reply["failed"]:
                self._raise_issue(test)
            if number == 4:
                self._retest()
            self._publish_dashboard()

        return execute

    def _import(self, file: Path, run: str, purpose: str) -> Any:
        return self.participant.upload(self._of("results/import"), {"file": file}, {"run": run, "purpose": purpose})

    def _raise_issue(self, test: str) -> None:
        """The first failure stays outstanding under an agreed plan; the second is fixed."""
        content = self._json("outstanding-issue.json" if not self.issues else "fixed-issue.json")
        issue = self.participant.post(self._of("issues"), {"test": test, **content["raise"]})
        self.issues.append(issue)
        severity = content["raise"]["severity"]
        self._told("participant", f"{test} failed: issue {issue['issue']} of severity {severity} raised")
        path = f"issues/{issue['issue']}"
        if "fix" in content:
            self._participant(f"{path}/fix", content["fix"])
            self._told("participant", f"issue {issue['issue']} fixed")
        else:
            resolve_by = self.calendar.add(self.today, content["working_days_to_resolve"]).isoformat()
            self._participant(f"{path}/remediation-plan", {**content["plan"], "resolve_by": resolve_by})
            self._dcc(f"{path}/remediation-plan/agreement", None)
            self._told("DCC", f"remediation plan of issue {issue['issue']} agreed")

    def _retest(self) -> None:
        reply = self._import(self.files / "results" / "retest.csv", "day 4, retest", "retest")
        closed = ", ".join(str(number) for number in reply["closed_issues"])
        self._told("participant", f"retest passed: issue {closed} closed")

    def _publish_dashboard(self) -> None:
        reply = self._participant("dashboards", {**self._json("dashboard.json"), "day": self.today.isoformat()})
        figures = reply["dashboard"]["figures"]
        counts = figures["tests"]
        self._told(
            "participant",
            f"dashboard published: {figures['executed']} of {figures['scheduled']} tests executed, "
            f"{counts['passed']} passed, {counts['failed']} failed, {figures['issues_total']} issues",
        )

    def _complete_execution(self) -> None:
        reply = self._participant("execution-completion", None)
        criteria = reply["execution"]["criteria"]
        met = ", ".join(f"{each['criterion']} {'met' if each['met'] else 'not met'}" for each in criteria)
        self._told("participant", f"execution completed: {met}")

    # Completion

    def _report_completion(self) -> None:
        figures = self.participant.get(self._of("dashboard"))["figures"]
        report = completion_report(self._json("completion-report.json"), figures, list(self._results()))
        self.participant.upload(
            self._of("completion-report"),
            {"file": self.files / "completion-report.pdf"},
            {"report": json.dumps(report)},
        )
        self._told("participant", "Test Completion Report submitted")

    def _results(self) -> Iterator[dict[str, Any]]:
        """Every result that was recorded, page by page."""
        after: int | None = 0
        while after is not None:
            page = self.participant.get(self._of("results"), after=str(after))
            yield from page["results"]
            after = page["next"]

    def _confirm_receipt(self) -> None:
        self._dcc("completion-report/receipt", None)
        self._told("DCC", "receipt of the report confirmed")

    def _hold_exit_gate(self) -> None:
        self._dcc("exit-gate", {**self._json("exit-gate.json"), "meeting_on": self.today.isoformat()})
        self._told("DCC", "exit gate held: complete, every criterion of 5.19.1 is met")

    def _certify(self) -> None:
        self._dcc("certificate", self._json("certificate.json"))
        issued = eventually(self._issued, "The certificate")
        self._told("DCC", f"certificate {issued['number']} issued for {len(issued['srvs'])} Service Requests")

    def _issued(self) -> dict[str, Any] | None:
        certificates: list[dict[str, Any]] = self.dcc.get(self._of("certificates"))
        return certificates[-1] if all(each["status"] == "issued" for each in certificates) else None

    def _result(self) -> ScenarioResult:
        certificate = self.dcc.get(self._of("certificates"))[-1]
        eventually(lambda: self._step("5.17.1.3")["state"] in ("done", "late"), "The end of the timeline")
        return ScenarioResult(
            engagement=self.engagement,
            party=self.party,
            certificate=certificate,
            pdf=self.participant.file(f"/certificates/{certificate['number']}/pdf"),
            twin=self.participant.file(f"/certificates/{certificate['number']}/json"),
            verification=self.anybody.get(certificate["links"]["verification"]),
            eligibility=self.participant.get("/eligibility", party=self.party, role=self.role),
            timeline=self.participant.get(self._of("timeline")),
        )

    # How it is told

    def _go(self, day: date) -> None:
        """On to ten o'clock of a day, if it is not past that."""
        ten = datetime.combine(day, time(10), LONDON).astimezone(UTC)
        if ten > self._now():
            self.operations.put("/clock", {"now": ten.isoformat()})
        self.today = day

    def _now(self) -> datetime:
        return datetime.fromisoformat(self.operations.get("/clock")["now"])

    def _before(self, working_days: int) -> date:
        return self.calendar.subtract(self.start, working_days)

    def _after(self, working_days: int) -> date:
        return self.calendar.add(self.start, working_days) if working_days else self.start

    def _participant(self, path: str, body: Any) -> Any:
        return self.participant.post(self._of(path), body)

    def _dcc(self, path: str, body: Any) -> Any:
        return self.dcc.post(self._of(path), body)

    def _steps(self, ref: str) -> list[dict[str, Any]]:
        steps = self.participant.get(self._of("timeline"))["steps"]
        return [step for step in steps if step["ref"] == ref and step["due"]]

    def _step(self, key: str) -> dict[str, Any]:
        steps = self.participant.get(self._of("timeline"))["steps"]
        return next(step for step in steps if step["key"] == key)

    def _of(self, path: str) -> str:
        return f"/engagements/{self.engagement}/{path}"

    def _json(self, name: str) -> Any:
        return json.loads((self.files / name).read_text())

    def _told(self, who: str, what: str) -> None:
        self.tell(self.today, who, what)
