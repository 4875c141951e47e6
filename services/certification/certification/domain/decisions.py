"""What may be asked of a completion, and the one place that dispatches it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, assert_never

from certification.domain.completion import Completion, Event
from certification.domain.gate import HoldExitGate, hold_exit_gate
from certification.domain.inbound import Inbound, take
from certification.domain.issuing import (
    CERTIFIED,
    RecordIssued,
    RequestCertificates,
    record_issued,
    request_certificates,
)
from certification.domain.reporting import (
    ConfirmReceipt,
    SubmitCompletionReport,
    SubmitEvidence,
    confirm_receipt,
    submit_completion_report,
    submit_evidence,
)
from kernel.engagement import require_going_on
from kernel.refusal import Refusal
from rulebook.engine.refusing import by_its_own_law

Command = (
    Inbound
    | SubmitCompletionReport
    | SubmitEvidence
    | ConfirmReceipt
    | HoldExitGate
    | RequestCertificates
    | RecordIssued
)


STEPS: Final[Mapping[type, str]] = MappingProxyType(
    {
        SubmitCompletionReport: "certification.completion-report-submitted",
        SubmitEvidence: "certification.completion-report-submitted",
        ConfirmReceipt: "certification.report-receipt-confirmed",
        HoldExitGate: "certification.exit-gate-held",
        RequestCertificates: CERTIFIED,
    }
)
"""The fact with which a command completes its step, whose clause a refusal may cite."""


def decide(command: Command, state: Completion) -> Sequence[Event]:
    """What follows from a command, or the refusal of it, with a clause that holds for the engagement's procedure."""
    try:
        return _decide(command, state)
    except Refusal as refusal:
        profile = state.opened.profile if state.opened else None
        raise by_its_own_law(refusal, profile, STEPS.get(type(command), "")) from None


def _decide(command: Command, state: Completion) -> Sequence[Event]:
    if isinstance(command, Inbound):
        return take(command, state)
    # A certificate that was made out before is signed and issued: others may have seen its number.
    if state.opened is not None and not isinstance(command, RecordIssued):
        require_going_on(state.withdrawal, state.opened.profile.notice.clause)
    match command:
        case SubmitCompletionReport():
            return submit_completion_report(command, state)
        case SubmitEvidence():
            return submit_evidence(command, state)
        case ConfirmReceipt():
            return confirm_receipt(command, state)
        case HoldExitGate():
            return hold_exit_gate(command, state)
        case RequestCertificates():
            return request_certificates(command, state)
        case RecordIssued():
            return record_issued(command, state)
        case _:
            assert_never(command)
