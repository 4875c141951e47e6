"""A trial of a combination by the made-up document, through the gateway of a real stack that was told its folder."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from pypdf import PdfReader

from assay_lab.api_client import ApiClient, Refused, eventually
from assay_lab.scenario import Target
from assay_lab.scenario.core import LONDON
from rulebook.engine.dating.working_days import calendar
from testing.made_up import PROCEDURE

BODIES: Final = ("laboratory", "board", "tribunal", "operations", "auditor")
DAY_OF_DELIVERY: Final = 15
DELIVERY: Final = {"delivery note": "DN-7", "number of devices": "2"}
ON_FILE: Final = {"record-kept": "The record is filed as R-7."}
CONTACT: Final = {"contact": {"name": "Lea Bench", "email": "lea@laboratory.example"}}


@dataclass
class TrialScenario:
    """Runs from the notice to the certificate, and keeps what was refused and what was seen on the way."""

    target: Target
    folder: Path
    devices: str = field(default_factory=lambda: f"HUB-{secrets.token_hex(3)}")
    engagement: str = ""
    refused: dict[str, Refused] = field(default_factory=dict)
    phases: list[str] = field(default_factory=list)
    seen: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.organisation = f"REQ-{secrets.token_hex(2).upper()}"
        token = self.target.token
        self.requester = self._client(token("requester", self.organisation))
        self.stranger = self._client(token("requester", "OTHER"))
        self.participant = self._client(token("participant", self.organisation))
        self.laboratory, self.board, self.tribunal, self.operations, self.auditor = (
            self._client(token(role, None)) for role in BODIES
        )
        self.anybody = self._client(None)
        self.calendar = calendar()
        self.start, self.delivery = self._days()

    def run(self) -> "TrialScenario":
        """From the day of the notice to the certificate."""
        try:
            self._notify()
            self._prepare()
            self._try()
            self._send_back()
            self._refer()
            self._try_again()
            self._decide()
            self._certify()
            return self
        finally:
            for client in vars(self).values():
                if isinstance(client, ApiClient):
                    client.close()

    def _notify(self) -> None:
        self._go(self.calendar.subtract(self.start, 12))
        notice = {
            "procedure": PROCEDURE,
            "subject": {"devices": self.devices, "provider": "Acme Comms"},
            "start_date": self.start.isoformat(),
            "test_manager": {"name": "Mo Manager", "email": "mo@requester.example"},
        }
        early = {**notice, "start_date": self.calendar.add(self._today(), 2).isoformat()}
        self._refused("a start too early", lambda: self.requester.post("/engagements", early))
        self._refused("a notice by a foreign role", lambda: self.participant.post("/engagements", notice))
        unnamed = {**notice, "subject": {"devices": self.devices}}
        self._refused("a notice without its provider", lambda: self.requester.post("/engagements", unnamed))
        self.seen["plan"] = self.requester.get("/plan", procedure=PROCEDURE, start=self.start.isoformat())["steps"]
        self.engagement = self.requester.post("/engagements", notice)["id"]
        self._note_phase()
        self._refused("a foreign role", lambda: self.participant.get(self._of("timeline")))
        self._refused("another organisation", lambda: self.stranger.get(self._of("timeline")))

    def _prepare(self) -> None:
        acknowledge = self._of("acknowledgement")
        self._refused("an acknowledgement by the board", lambda: self.board.post(acknowledge, CONTACT))
        deliver, told = self._of("steps/T5"), {"information": DELIVERY}
        self._refused("a delivery before its turn", lambda: self.requester.post(deliver, told))
        self._go(self._today() + timedelta(days=7), time(11, 59))
        self.laboratory.post(acknowledge, CONTACT)
        self._note_phase()
        self._go(self.calendar.subtract(self.start, 3))
        description = self.folder / "description.pdf"
        description.write_bytes(b"%PDF-1.7 " + self.devices.encode())
        self.requester.upload(self._of("artefacts"), {"description": description})
        self._refused("results before the start", lambda: self._record("first", PAIR="passed"))
        self._go(self.start)
        self.laboratory.post(self._of("review"), {"outcome": "accepted"})
        self.seen["scope"] = self.requester.get(self._of("scope"))
        self._go(self.delivery)
        self._refused("a delivery by the laboratory", lambda: self.laboratory.post(deliver, told))
        partly = {"information": {"delivery note": "DN-7"}}
        self._refused("a delivery without its number", lambda: self.requester.post(deliver, partly))
        self.requester.post(deliver, told)
        self._refused("a delivery twice", lambda: self.requester.post(deliver, told))

    def _try(self) -> None:
        self._go(self.calendar.add(self.delivery, 1))
        self._refused("results by the requester", lambda: self._record("first", self.requester, PAIR="passed"))
        self._refused("a test out of its order", lambda: self._record("first", READ="passed"))
        self._record("first", PAIR="passed", READ="passed", WRITE="failed")
        self._note_phase()
        issue = {"test": "WRITE", "severity": 3, "title": "Ignored", "description": "The setting is ignored."}
        self.laboratory.post(self._of("issues"), issue)
        plan = {"steps": "New firmware.", "resolve_by": self._ahead(60), "workaround": "Send it twice."}
        self.laboratory.post(self._of("issues/1/remediation-plan"), plan)
        self._refused("a decision before the end", lambda: self._hold(self.board, "complete"))
        complete = self._of("execution-completion")
        self._refused("an end without the last test", lambda: self.laboratory.post(complete))
        self.laboratory.post(complete, {"unexecuted_reason": "The hub broke."})
        self._note_phase()

    def _send_back(self) -> None:
        self._go(self.calendar.add(self._today(), 1))
        self.seen["criteria"] = self.requester.get(self._of("exit-criteria"))
        self._refused("the second body first", lambda: self._hold(self.tribunal, "complete"))
        self._refused("a body that is none", lambda: self._hold(self.laboratory, "complete"))
        self._refused("criteria that are not met", lambda: self._hold(self.board, "complete"))
        self._hold(self.board, "further-testing", reason="The hub broke.")
        self._note_phase()

    def _refer(self) -> None:
        """The laboratory refers on its last day; afterwards either comes too late, or twice."""
        (right,) = eventually(lambda: self.requester.get(self._of("referral-rights")), "The right of referral")
        self.seen["right"], self.seen["sent back on"] = right, self._today()
        body = {"right": right["id"], "grounds": "The hub was ours."}
        refer = self._of("referrals")
        last = {role: date.fromisoformat(day) for role, day in right["last_days"].items()}
        self._refused("a referral by the board", lambda: self.board.post(refer, body))
        self._go(last["laboratory"], time(23, 50))
        self.laboratory.post(refer, body)
        self._go(max(last.values()) + timedelta(days=1))
        for role, client in (("requester", self.requester), ("laboratory", self.laboratory)):
            self._refused(f"a late referral by the {role}", partial(client.post, refer, body))
        self.seen["referred"] = self.requester.get(self._of("referral-rights"))

    def _try_again(self) -> None:
        self._go(self.calendar.add(self._today(), 1))
        self._record("second", PART="passed")
        self.laboratory.post(self._of("issues/1/remediation-plan/agreement"))
        self.laboratory.post(self._of("execution-completion"))

    def _decide(self) -> None:
        other = {"outcome": "complete", "evidence": ON_FILE}
        self._refused("evidence of another body", lambda: self.board.post(self._of("exit-gate"), other))
        self._hold(self.board, "complete")
        self._refused("the first body twice", lambda: self._hold(self.board, "complete"))
        self._refused("a certificate too early", lambda: self.laboratory.post(self._of("certificate"), {}))
        self._refused("a record that is not kept", lambda: self._hold(self.tribunal, "complete"))
        self._hold(self.tribunal, "complete", evidence=ON_FILE)
        self.seen["decided"] = self.requester.get(self._of("exit-criteria"))
        self._note_phase()

    def _certify(self) -> None:
        self._refused("a certificate by the tribunal", lambda: self.tribunal.post(self._of("certificate"), {}))
        self.seen["register before"] = self.auditor.get("/eligibility")
        self.laboratory.post(self._of("certificate"), {})
        (certificate,) = eventually(self._issued, "The certificate")
        eventually(lambda: self._step("T8#1")["state"] == "done", "The end of the timeline")
        pdf = self.requester.file(f"/certificates/{certificate['number']}/pdf")
        self.seen |= {
            "certificate": certificate,
            "pdf": "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages),
            "verification": self.anybody.get(certificate["links"]["verification"]),
            "entries": [each for each in self.auditor.get("/lists/combinations") if self.devices in each["key"]],
            "register": self.auditor.get("/eligibility"),
            "rights": self.requester.get(self._of("referral-rights")),
            "steps": {step["key"]: step for step in self.requester.get(self._of("timeline"))["steps"]},
            "mail": self.requester.get(self._of("mail")),
        }
        self._note_phase()

    def _issued(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.requester.get(self._of("certificates"))
        return found if found and all(each["status"] == "issued" for each in found) else []

    def _record(self, run: str, by: ApiClient | None = None, **outcomes: str) -> Any:
        """Tests were executed one after the other, the last of them now."""
        now, last = self._now(), len(outcomes) - 1
        results = [
            {"test": test, "outcome": outcome, "executed_at": (now - timedelta(minutes=last - place)).isoformat()}
            for place, (test, outcome) in enumerate(outcomes.items())
        ]
        return (by or self.laboratory).post(self._of("results"), {"run": run, "results": results})

    def _hold(self, body: ApiClient, outcome: str, **more: Any) -> Any:
        return body.post(self._of("exit-gate"), {"outcome": outcome, **more})

    def _refused(self, what: str, attempt: Callable[[], Any]) -> None:
        try:
            accepted = attempt()
        except Refused as refused:
            self.refused[what] = refused
            return
        raise AssertionError(f"{what} was accepted: {accepted}")

    def _note_phase(self) -> None:
        self.phases.append(self.auditor.get(f"/engagements/{self.engagement}")["phase"])

    def _step(self, key: str) -> dict[str, Any]:
        steps: Sequence[dict[str, Any]] = self.requester.get(self._of("timeline"))["steps"]
        return next(step for step in steps if step["key"] == key)

    def _days(self) -> tuple[date, date]:
        """The start in a month whose day of delivery is no Working Day, and the Working Day after that."""
        earliest = self.calendar.add(self._today(), 13)
        month = earliest.replace(day=1)
        while True:
            month = (month + timedelta(days=31)).replace(day=1)
            delivery = month.replace(day=DAY_OF_DELIVERY)
            if not self.calendar.is_working_day(delivery):
                return self.calendar.received(month), self.calendar.received(delivery)

    def _go(self, day: date, hour: time = time(10)) -> None:
        then = datetime.combine(day, hour, LONDON).astimezone(UTC)
        if then > self._now():
            self.operations.put("/clock", {"now": then.isoformat()})

    def _now(self) -> datetime:
        return datetime.fromisoformat(self.operations.get("/clock")["now"])

    def _today(self) -> date:
        return self._now().astimezone(LONDON).date()

    def _ahead(self, days: int) -> str:
        return (self._today() + timedelta(days=days)).isoformat()

    def _of(self, path: str) -> str:
        return f"/engagements/{self.engagement}/{path}"

    def _client(self, token: str | None) -> ApiClient:
        return ApiClient(self.target.gateway, token)
