"""The tests to execute: as they stand before they are agreed, and what agrees them (CTSD 5.2, 5.4.1, 8.1)."""

from collections.abc import Sequence
from datetime import datetime

from artefact_review.domain.descoping import left_out
from artefact_review.domain.events import ScopeAgreed, ScopedTest
from artefact_review.domain.party import Party
from artefact_review.domain.review import Review
from rulebook.engine.scope.scope import Item, Scope, Test, tests_of, web_services_of


def full_scope(review: Review) -> Scope:
    """Every test that the engagement may ask for, with nothing left out."""
    return tests_of(review.profile, review.opened.subject.fields, review.opened.service_requests)


def scope_of(review: Review, party: Party) -> Scope:
    """The tests as agreed; before that, as they would be if every open proposal were agreed.

    Refused where every chosen Service Request is certified already, so that nothing is left to test.
    """
    opened, agreed = review.opened, review.agreed
    certified = agreed.certified if agreed else party.certified_for(opened.subject)
    descoped = agreed.descoped if agreed else left_out(review)
    items = [Item(each.kind, each.item) for each in descoped]
    return tests_of(review.profile, opened.subject.fields, opened.service_requests, certified, items)


def agree_by_notice(review: Review, now: datetime) -> Sequence[ScopeAgreed]:
    """The scope, where the notice alone agrees it.

    What is certified already is left out of chosen Service Requests; which these are is seen when the gate is held.
    """
    source, gate = review.profile.scope, review.profile.gate("entry")
    if source.agreed_by != "notice" or (source.source == "chosen" and gate):
        return []
    return [agree(review, Party(), now)]


def agree_at_gate(review: Review, party: Party, now: datetime) -> Sequence[ScopeAgreed]:
    """The scope, where nothing but the notice is needed to agree it and it was not agreed yet."""
    if review.agreed or review.profile.scope.agreed_by != "notice":
        return []
    return [agree(review, party, now)]


def agree(review: Review, party: Party, now: datetime) -> ScopeAgreed:
    """The scope as it stands is settled."""
    scope, profile = scope_of(review, party), review.profile
    return ScopeAgreed(
        rulebook=profile.rulebook,
        tests=tuple(_scoped(test) for test in scope.tests),
        descoped=left_out(review),
        certified=scope.already,
        web_services=web_services_of(profile, review.opened.subject.fields),
        agreed_at=now,
    )


def _scoped(test: Test) -> ScopedTest:
    return ScopedTest(test.id, test.kind, test.title, test.srv, test.variant, test.generation, test.code, test.order)
