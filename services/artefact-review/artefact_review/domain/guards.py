"""What must be so before anything is decided."""

from artefact_review.domain import gate_refusals
from artefact_review.domain.review import NotNotified, Review, State
from kernel.engagement import EngagementUnknown
from rulebook.engine.profile import Gate


def known(state: State, engagement: str) -> Review:
    """The review of an engagement that was notified."""
    if isinstance(state, NotNotified):
        raise EngagementUnknown()
    return state


def entry_gate(review: Review) -> Gate:
    """The gate before testing, which the procedure must have."""
    gate = review.profile.gate("entry")
    if gate is None:
        raise gate_refusals.NoEntryGate(review.profile.title)
    return gate


def open_gate(review: Review) -> Gate:
    """The gate before testing, which must not have been passed, nor determined to be."""
    gate = entry_gate(review)
    if review.gate == "ready":
        raise gate_refusals.EntryGateReady()
    if found := review.found_met:
        body = review.profile.roles[found.body].title
        if review.has_nothing_to_test:
            raise gate_refusals.NothingToStart(body, ", ".join(review.opened.service_requests))
        raise gate_refusals.EntryCriteriaDetermined(body, review.start_date)
    return gate
