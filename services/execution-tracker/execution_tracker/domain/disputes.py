"""Tests that wait while a body decides whether they are to be done; all others go on (CTSD 5.2.9)."""

from execution_tracker.domain.events import DisputeOpened
from execution_tracker.domain.execution import Execution
from execution_tracker.domain.result_refusals import DisputedTestsOpen, DisputedTestWaits
from kernel.refusal import citing
from rulebook.engine.scope.scope import Item, named_by


def require_undisputed(test: str, state: Execution) -> None:
    """Refuse a result of a test that waits for a determination."""
    for dispute in state.disputes.values():
        if test in _tests(dispute, state):
            waits = DisputedTestWaits(test, f"{dispute.kind} {dispute.item}", dispute.body)
            raise citing(waits, dispute.clause)


def require_none_waiting(state: Execution) -> None:
    """Refuse to complete the execution while a test in scope waits for a determination."""
    for dispute in state.disputes.values():
        if waiting := state.tests.keys() & _tests(dispute, state):
            refusal = DisputedTestsOpen(len(waiting), f"{dispute.kind} {dispute.item}", dispute.body)
            raise citing(refusal, dispute.clause)


def _tests(dispute: DisputeOpened, state: Execution) -> frozenset[str]:
    if state.engagement is None:
        return frozenset()
    item = Item(dispute.kind, dispute.item)
    return named_by(state.engagement.profile, state.engagement.subject.fields, item)
