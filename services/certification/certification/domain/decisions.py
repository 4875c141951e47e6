"""What may be asked of a completion, and the one place that dispatches it."""

from collections.abc import Sequence
from typing import assert_never

from certification.domain.completion import Completion, Event
from certification.domain.gate import HoldExitGate, hold_exit_gate
from certification.domain.inbound import Inbound, take
from certification.domain.issuing import RecordIssued, RequestCertificates, record_issued, request_certificates
from certification.domain.reporting import (
    ConfirmReceipt,
    SubmitCompletionReport,
    SubmitEvidence,
    confirm_receipt,
    submit_completion_report,
    submit_evidence,
)

Command = (
    Inbound
    | SubmitCompletionReport
    | SubmitEvidence
    | ConfirmReceipt
    | HoldExitGate
    | RequestCertificates
    | RecordIssued
)


def decide(command: Command, state: Completion) -> Sequence[Event]:
    """What follows from a command, or the refusal of it."""
    if isinstance(command, Inbound):
        return take(command, state)
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
