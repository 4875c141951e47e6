"""What may be asked of a completion, and the one place that dispatches it."""

from collections.abc import Sequence
from typing import assert_never

from certification.domain.completion import Completion, Event
from certification.domain.gate import HoldExitGate, hold_exit_gate
from certification.domain.inbound import (
    CompleteExecution,
    NoteClosure,
    NoteFailedRetest,
    NoteFix,
    NoteIssue,
    NotePlan,
    NoteProposal,
    OpenCompletion,
    complete_execution,
    note_closure,
    note_failed_retest,
    note_fix,
    note_issue,
    note_plan,
    note_proposal,
    open_completion,
)
from certification.domain.issuing import RecordIssued, RequestCertificate, record_issued, request_certificate
from certification.domain.reporting import (
    ConfirmReceipt,
    SubmitCompletionReport,
    confirm_receipt,
    submit_completion_report,
)

Command = (
    OpenCompletion
    | NoteIssue
    | NotePlan
    | NoteProposal
    | NoteFix
    | NoteFailedRetest
    | NoteClosure
    | CompleteExecution
    | SubmitCompletionReport
    | ConfirmReceipt
    | HoldExitGate
    | RequestCertificate
    | RecordIssued
)


def decide(command: Command, state: Completion) -> Sequence[Event]:
    """What follows from a command, or the refusal of it."""
    match command:
        case OpenCompletion():
            return open_completion(command, state)
        case NoteIssue():
            return note_issue(command, state)
        case NotePlan():
            return note_plan(command, state)
        case NoteProposal():
            return note_proposal(command, state)
        case NoteFix():
            return note_fix(command, state)
        case NoteFailedRetest():
            return note_failed_retest(command, state)
        case NoteClosure():
            return note_closure(command, state)
        case CompleteExecution():
            return complete_execution(command, state)
        case SubmitCompletionReport():
            return submit_completion_report(command, state)
        case ConfirmReceipt():
            return confirm_receipt(command, state)
        case HoldExitGate():
            return hold_exit_gate(command, state)
        case RequestCertificate():
            return request_certificate(command, state)
        case RecordIssued():
            return record_issued(command, state)
        case _:
            assert_never(command)
