"""One trial of a combination by the made-up document: its people, and how far it has come."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from tests.procedures.in_memory import Services

from artefact_review.aggregates import REVIEW
from artefact_review.domain.party import Party
from artefact_review.domain.reviewing import ReviewArtefacts
from artefact_review.domain.submission import SubmitArtefacts
from artefact_review.files.reading import read_artefact
from certification.aggregates import COMPLETION
from certification.domain.certificate import Certificate, RecordsHead
from certification.domain.criteria import Findings
from certification.domain.gate import HoldExitGate
from certification.domain.issuing import RecordIssued, RequestCertificates, Reserved
from disputes.aggregates import MATTERS
from disputes.domain.referring import ReferMatter
from execution_tracker.aggregates import EXECUTION
from execution_tracker.domain.completion import CompleteExecution
from execution_tracker.domain.events import Outcome
from execution_tracker.domain.issues import AgreeRemediationPlan, ProposeRemediationPlan, RaiseIssue
from execution_tracker.domain.results import RecordResults, Result
from kernel.principal import Principal
from notification.aggregates import ENGAGEMENT
from notification.domain.acknowledging import Acknowledge
from notification.domain.engagement import Engagement
from notification.domain.events import Contact, Row, StepCompleted
from notification.domain.notifying import GiveNotice
from notification.domain.recording import RecordStep
from testing.made_up import PROCEDURE

LONDON: Final = ZoneInfo("Europe/London")
ID: Final = "6f1c7e0e-0000-4000-8000-000000000007"
START: Final = date(2027, 5, 4)
FORM: Final = "combination-certificate"
DELIVERY: Final = {"delivery note": "DN-7", "number of devices": "2"}
ON_FILE: Final = {"record-kept": "The record is filed as R-7."}


@dataclass
class Trial:
    """One trial, and what its people do; each may be refused."""

    services: Services = field(default_factory=lambda: Services(at("2027-04-26")))

    def on(self, day: str, hour: int = 10, minute: int = 0) -> "Trial":
        """Time goes on, to an hour of London."""
        self.services.now = at(day, hour, minute)
        return self

    @property
    def now(self) -> datetime:
        return self.services.now

    async def notify(self, **changes: Any) -> None:
        notice = GiveNotice(
            engagement=ID,
            procedure=PROCEDURE,
            subject={"devices": "HUB-2", "provider": "Acme Comms"},
            participants={},
            start_date=START,
            test_manager=Contact("Mo Manager", "mo@requester.example"),
            confirmations=(),
            service_requests=(),
            descoping=(),
            names={"REQ": "Requester plc"},
            caller=Principal("mo", "requester", "REQ"),
            now=self.now,
        )
        await self.services.handle(ENGAGEMENT, ID, replace(notice, **changes))

    async def acknowledge(self, role: str = "laboratory") -> None:
        contact = Contact("Lea Bench", "lea@laboratory.example")
        await self.services.handle(ENGAGEMENT, ID, Acknowledge(ID, contact, None, role, "lea", self.now))

    async def describe(self) -> None:
        description = read_artefact("description", "file", "hub.pdf", b"%PDF-1.7 HUB-2")
        await self.services.handle(REVIEW, ID, SubmitArtefacts(ID, (description,), Party(), "mo", self.now))

    async def accept(self) -> None:
        accepted = ReviewArtefacts(ID, "accepted", (), Party(), "laboratory", "lea", self.now)
        await self.services.handle(REVIEW, ID, accepted)

    async def deliver(self) -> None:
        delivery = RecordStep(ID, "T5", None, DELIVERY, self.now.date(), "requester", "mo", self.now)
        await self.services.handle(ENGAGEMENT, ID, delivery)

    async def ran(self, run: str, **outcomes: Outcome) -> None:
        """Tests were executed one after the other, the last of them now."""
        first = self.now - timedelta(minutes=len(outcomes) - 1)
        results = tuple(
            Result(uuid4(), test, run, outcome, first + timedelta(minutes=number))
            for number, (test, outcome) in enumerate(outcomes.items())
        )
        await self.services.handle(EXECUTION, ID, RecordResults(results, "lea", self.now))

    async def raise_issue(self, test: str) -> None:
        issue = RaiseIssue(test, 3, "Ignored", "The device ignores the setting.", "lea", self.now)
        plan = ProposeRemediationPlan(1, "New firmware.", date(2027, 9, 1), "Send it twice.", "lea", self.now)
        for command in (issue, plan):
            await self.services.handle(EXECUTION, ID, command)

    async def agree_plan(self) -> None:
        await self.services.handle(EXECUTION, ID, AgreeRemediationPlan(1, "lea", self.now))

    async def complete(self, unexecuted_reason: str | None = None) -> None:
        await self.services.handle(EXECUTION, ID, CompleteExecution("lea", self.now, unexecuted_reason))

    async def decide(self, body: str, outcome: Any = "complete", reason: str = "", **findings: Any) -> None:
        decision = HoldExitGate(ID, body, outcome, None, reason, body, self.now, Findings(**findings))
        await self.services.handle(COMPLETION, ID, decision)

    async def refer(self, role: str) -> None:
        referral = ReferMatter("combination-refused#1", "It was ours.", role, "mo", self.now)
        await self.services.handle(MATTERS, ID, referral)

    async def certify(self, role: str = "laboratory") -> Certificate:
        request = RequestCertificates(
            engagement=ID,
            reserved={FORM: Reserved("CMB-2027-0001", "secret", None)},
            today=self.now.date(),
            address="https://assay.example/certificates/{number}/verification?code={code}",
            role=role,
            signatory="Lea Bench",
            position="Laboratory",
            now=self.now,
            head=RecordsHead(1, "9f86d081884c7d65"),
        )
        await self.services.handle(COMPLETION, ID, request)
        await self.services.handle(COMPLETION, ID, RecordIssued("CMB-2027-0001", "aa" * 32, "bb" * 32, self.now))
        return self.services.state(COMPLETION, ID).certificates["CMB-2027-0001"]

    @property
    def engagement(self) -> Engagement:
        state = self.services.state(ENGAGEMENT, ID)
        assert isinstance(state, Engagement)
        return state

    def row(self, key: str) -> Row:
        return self.engagement.rows[key]

    def done(self, key: str) -> StepCompleted:
        return self.engagement.done[key]


def at(day: str, hour: int = 10, minute: int = 0) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(hour, minute), LONDON)


async def notified() -> Trial:
    trial = Trial()
    await trial.notify()
    return trial


async def prepared() -> Trial:
    """Notified, acknowledged, described, accepted on the day of the start, and the devices delivered."""
    trial = await notified()
    await trial.on("2027-04-29").acknowledge()
    await trial.on("2027-04-30").describe()
    await trial.on("2027-05-04").accept()
    await trial.on("2027-05-17").deliver()
    return trial


async def tried() -> Trial:
    """Three of four tests were tried, one of them failed, and execution was completed on Wednesday 19 May."""
    trial = await prepared()
    await trial.on("2027-05-18").ran("first", PAIR="passed", READ="passed", WRITE="failed")
    await trial.raise_issue("WRITE")
    await trial.on("2027-05-19").complete("The hub broke.")
    return trial


async def sent_back() -> Trial:
    """The board asked for further testing on Thursday 20 May."""
    trial = await tried()
    await trial.on("2027-05-20").decide("board", "further-testing", "The hub broke.")
    return trial


async def tried_again() -> Trial:
    """The last test passed, and execution was completed again on Monday 7 June."""
    trial = await sent_back()
    await trial.on("2027-06-07").ran("second", PART="passed")
    await trial.agree_plan()
    await trial.on("2027-06-07", 16).complete()
    return trial
