"""From completed execution to the signed certificates."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from assay_lab.api_client import eventually
from assay_lab.scenario.completion_report import completion_report
from assay_lab.scenario.core import Entry, ScenarioCore, counted
from rulebook.engine.profile import Gate


@dataclass(frozen=True)
class ScenarioResult:
    """What the scenario came to. `certificate` is the one that says what the Party may send; `certificates` has all."""

    engagement: str
    party: str
    certificate: dict[str, Any]
    certificates: list[dict[str, Any]]
    pdf: bytes
    twin: bytes
    verification: dict[str, Any]
    eligibility: list[dict[str, Any]]
    timeline: dict[str, Any]


class Completion(ScenarioCore):
    """Report or evidence, receipt, exit gate, certificates."""

    def completion(self, last_day: int) -> list[Entry]:
        """Every step after execution and its day; `last_day` counts Working Days from the start."""
        by_report = self.profile.execution.ends_with == "report"
        hand_over = self._report_completion if by_report else self._provide_evidence
        return [
            (self._after(last_day), hand_over),
            (self._after(last_day + 1), self._confirm_receipt),
            (self._after(last_day + 4), self._hold_exit_gate),
            (self._after(last_day + 5), self._certify),
        ]

    def _report_completion(self) -> None:
        figures = self.participant.get(self._of("dashboard"))["figures"]
        report = completion_report(self._json("completion-report.json"), figures, list(self._results()))
        self.participant.upload(
            self._of("completion-report"),
            {"file": self.files / "completion-report.pdf"},
            {"report": json.dumps(report)},
        )
        self._note("participant", "Test Completion Report submitted")

    def _provide_evidence(self) -> None:
        self.participant.upload(
            self._of("test-evidence"),
            {"files": self.files / "test-evidence.pdf"},
            {"note": self._json("test-evidence.json")["note"]},
        )
        self._note("participant", "the completed dashboard and the Test Evidence provided")

    def _results(self) -> Iterator[dict[str, Any]]:
        """Every result that was recorded, page by page."""
        after: int | None = 0
        while after is not None:
            page = self.participant.get(self._of("results"), after=str(after))
            yield from page["results"]
            after = page["next"]

    def _confirm_receipt(self) -> None:
        self._dcc("completion-report/receipt", None)
        self._note("DCC", "receipt confirmed")

    def _hold_exit_gate(self) -> None:
        met = {"meeting_on": self.today.isoformat()} if self._exit().meeting else {}
        self._dcc("exit-gate", {**self._json("exit-gate.json"), **met})
        self._note("DCC", "exit gate held: complete, every criterion is met")

    def _certify(self) -> None:
        self._dcc("certificate", self._json("certificate.json"))
        issued = eventually(self._issued, "The certificates")
        for each in issued:
            srvs = counted(len(each["srvs"]), "Service Request")
            self._note("DCC", f"{each['title']} {each['number']} issued for {srvs}")

    def _issued(self) -> list[dict[str, Any]]:
        """The engagement's certificates, once every one of them is signed."""
        found: list[dict[str, Any]] = self.dcc.get(self._of("certificates"))
        complete = len(found) == len(self.profile.certificates)
        return found if complete and all(each["status"] == "issued" for each in found) else []

    def result(self) -> ScenarioResult:
        """What came of it, when the timeline has ended."""
        ref = self._ref_of("certification.certificate-issued")
        eventually(lambda: self._ended(ref), "The end of the timeline")
        certificates = self._issued()
        own = certificates[-1]
        return ScenarioResult(
            engagement=self.engagement,
            party=self.party,
            certificate=own,
            certificates=certificates,
            pdf=self.participant.file(f"/certificates/{own['number']}/pdf"),
            twin=self.participant.file(f"/certificates/{own['number']}/json"),
            verification=self.anybody.get(own["links"]["verification"]),
            eligibility=self.participant.get("/eligibility", party=self.party, role=self.role),
            timeline=self.participant.get(self._of("timeline")),
        )

    def _ended(self, ref: str) -> bool:
        return self._step(ref)["state"] in ("done", "late")

    def _exit(self) -> Gate:
        gate = self.profile.gate("exit")
        assert gate, "the procedure of a scenario has an exit gate"
        return gate
