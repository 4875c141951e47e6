"""From the notice to the entry gate."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from assay_lab.accession import accede
from assay_lab.api_client import Refused, eventually
from assay_lab.scenario.core import Entry, ScenarioCore
from kernel.days import in_words

REPORTED: Final = "artefact-review.readiness-reported"
FORGOTTEN_REPORT = 2
"""Which of the weekly reports (from 0) is forgotten and given late."""


class Preparation(ScenarioCore):
    """What is done before testing, as far as the procedure asks for it."""

    def preparation(self) -> list[Entry]:
        """Every step before the start and its day."""
        notified, before = self.today, self._before
        met = [(self.calendar.add(notified, 3), self._meet)] if self._has("initiation-meeting.json") else []
        return [
            (self.calendar.add(notified, 1), self._acknowledge),
            *met,
            *(self._reports() if self._has("readiness-report.json") else []),
            *(self._artefact_review() if self._has("artefacts") else []),
            (before(6), self._give_evidence),
            (before(5), self._hold_entry_gate),
        ]

    def _artefact_review(self) -> list[Entry]:
        before = self._before
        return [
            (before(25), self._submit_artefacts),
            (before(20), self._return_artefacts),
            (before(10), self._revise_artefacts),
            (before(8), self._agree_descoping),
            (before(7), self._accept_artefacts),
        ]

    def _accede(self) -> None:
        party = self._json("party.json")
        accede(self.target.kafka, self.party, party["name"], self.today, party["reference"], self._now())
        self._note("Code Administrator", f"{party['name']} ({self.party}) has acceded to the Code")

    def _notify(self) -> None:
        body = {**self._json("notification.json"), "subject": {"role": self.role}}
        body |= {"descoping": self._json("descoping.json")} if self._has("descoping.json") else {}
        too_early = self.calendar.add(self.today, self.profile.notice.working_days // 2)
        early = {**body, "start_date": too_early.isoformat()}
        refused = self._refused_as_early(early)
        self.refusals.append(refused)
        self._note("participant", f"notification refused: {refused.problem['detail']} {refused.problem['remedy']}")
        self.start = date.fromisoformat(refused.problem["facts"]["earliest"])
        reply = self.participant.post("/engagements", {**body, "start_date": self.start.isoformat()})
        self.engagement = reply["id"]
        what = f"notified {self.profile.title} as {self.role}"
        self._note("participant", f"{what}, start {in_words(self.start)}, engagement {self.engagement}")

    def _refused_as_early(self, body: dict[str, Any]) -> Refused:
        try:
            self.participant.post("/engagements", body)
        except Refused as refused:
            return refused
        raise AssertionError("a start that is too early was accepted")

    def _acknowledge(self) -> None:
        meeting = self.calendar.add(self.today, 2) if self._has("initiation-meeting.json") else None
        on = meeting.isoformat() if meeting else None
        self._dcc("acknowledgement", {**self._json("acknowledgement.json"), "initiation_meeting_on": on})
        told = f", initiation meeting on {in_words(meeting)}" if meeting else ""
        self._note("DCC", f"notification acknowledged{told}")

    def _meet(self) -> None:
        self._dcc("initiation-meeting", {**self._json("initiation-meeting.json"), "held_on": self.today.isoformat()})
        self._note("DCC", "initiation meeting held")

    def _reports(self) -> list[Entry]:
        ref = self._ref_of(REPORTED)
        rows = eventually(lambda: self._steps(ref), "The timetable")
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
            self._note("participant", f"Test Readiness Report of {week}")

        return report

    def _reporting_late(self, week: str) -> Callable[[], None]:
        def report() -> None:
            key = f"{self._ref_of(REPORTED)}/{week}"
            eventually(lambda: self._step(key)["state"] == "missed", f"The missed deadline of {week}")
            roles = eventually(lambda: self._mailed_to_both(week), f"The e-mails on {week}")
            told = " and ".join(self.profile.roles[role].title for role in sorted(roles))
            self._note("Assay", f"the Test Readiness Report of {week} is missed: {told} got an e-mail")
            self._participant("readiness-reports", {**self._report(), "week": week})
            eventually(lambda: self._step(key)["state"] == "late", f"The late report of {week}")
            self._note("participant", f"Test Readiness Report of {week}, late")

        return report

    def _report(self) -> dict[str, Any]:
        report: dict[str, Any] = self._json("readiness-report.json")
        report["environment"]["user_roles"] = [self.role]
        return report

    def _mailed_to_both(self, week: str) -> set[str]:
        mails = self.participant.get(self._of("mail"))
        sides = {mail["role"] for mail in mails if week in mail["subject"] + mail["body"] and mail["sent_at"]}
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
        self._note("participant", f"four artefacts submitted; the checks found: {' '.join(failed)}")

    def _return_artefacts(self) -> None:
        self._dcc("review", self._json("review-returned.json"))
        self._note("DCC", "artefacts returned with a deficiency")

    def _revise_artefacts(self) -> None:
        scripts = self.files / "artefacts" / "test-scripts.csv"
        reply = self.participant.upload(self._of("artefacts"), {"test_scripts": scripts})
        passed = "all pass" if reply["passed"] else "some fail"
        self._note("participant", f"revised Test Scripts submitted; the checks: {passed}")

    def _agree_descoping(self) -> None:
        for item in self._json("descoping.json") if self._has("descoping.json") else ():
            decision = {"kind": item["kind"], "item": item["item"], **self._json("descoping-decision.json")}
            self._dcc("descoping-decisions", decision)
            self._note("DCC", f"descoping of {item['item']} agreed")

    def _accept_artefacts(self) -> None:
        self._dcc("review", self._json("review-accepted.json"))
        scope = self.participant.get(self._of("scope"))
        self._note("DCC", f"artefacts accepted; the scope is fixed at {len(scope['tests'])} tests")

    def _give_evidence(self) -> None:
        for evidence in self._json("entry-evidence.json"):
            give = self._dcc if evidence.pop("by", "participant") == "dcc" else self._participant
            give("entry-evidence", evidence)
        self._note("participant", "evidence for the entry criteria given")

    def _hold_entry_gate(self) -> None:
        decision = {**self._json("entry-gate.json"), "start_date": self.start.isoformat()}
        self._dcc(
            "entry-gate", decision if self._has("artefacts") else {**decision, "schedule": self._schedule_of_days()}
        )
        self._note("DCC", "entry gate held: ready, every criterion is met")

    def _schedule_of_days(self) -> list[dict[str, Any]]:
        """The tests of the scope spread over the days of the example, where no Test Plan says it."""
        tests, days = len(self.participant.get(self._of("scope"))["tests"]), len(self._days())
        return [
            {"day": self._after(number).isoformat(), "tests": tests // days + (number < tests % days)}
            for number in range(days)
        ]
