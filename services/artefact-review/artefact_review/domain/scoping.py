"""The tests to execute: as they stand before they are agreed, and what agrees them (CTSD 5.2, 5.4.1, 8.1)."""

from collections.abc import Collection, Sequence
from datetime import datetime

from artefact_review.domain.descoping import left_out
from artefact_review.domain.events import Descoped, ScopeAgreed, ScopedTest
from artefact_review.domain.party import Party
from artefact_review.domain.review import Review
from rulebook.engine.scope.scope import Item, NothingToTest, Scope, Test, tests_of, web_services_of


def full_scope(review: Review) -> Scope:
    """Every test that the engagement may ask for, with nothing left out."""
    return tests_of(review.profile, review.opened.subject.fields, review.opened.service_requests)


def scope_of(review: Review, party: Party) -> Scope:
    """The tests as agreed; before that, as they would be if every open proposal were agreed.

    Refused where every chosen Service Request is certified already, so that nothing is left to test.
    """
    if review.agreed:
        return _tests(review, review.agreed.certified, review.agreed.descoped)
    return _tests(review, party.certified_for(review.opened.subject), left_out(review))


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


def agree_by_determination(review: Review, now: datetime) -> Sequence[ScopeAgreed]:
    """The scope, where it would have been agreed as the gate was passed: with what was certified when it was held."""
    if review.agreed or review.held is None or review.profile.scope.agreed_by != "notice":
        return []
    return _settled(review, review.held.certified, now)


def agree_anew(review: Review, now: datetime) -> Sequence[ScopeAgreed]:
    """The scope that was agreed, where what is descoped has changed since."""
    if review.agreed is None or review.agreed.descoped == left_out(review):
        return []
    return _settled(review, review.agreed.certified, now)


def agree(review: Review, party: Party, now: datetime) -> ScopeAgreed:
    """The scope as it stands is settled."""
    return _agreed(review, scope_of(review, party), now)


def _settled(review: Review, certified: Collection[str], now: datetime) -> Sequence[ScopeAgreed]:
    """The scope by what a body determined, which can't be refused: where it leaves nothing to test, it stays as it is.

    An engagement without a test has nothing to start (CTSD 5.4.1).
    """
    try:
        return [_agreed(review, _tests(review, certified, left_out(review)), now)]
    except NothingToTest:
        return []


def _tests(review: Review, certified: Collection[str], descoped: Sequence[Descoped]) -> Scope:
    opened, items = review.opened, [Item(each.kind, each.item) for each in descoped]
    return tests_of(review.profile, opened.subject.fields, opened.service_requests, certified, items)


def _agreed(review: Review, scope: Scope, now: datetime) -> ScopeAgreed:
    profile = review.profile
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
