"""What a refusal takes from the procedure at hand."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from kernel.audience import WrongRole
from kernel.refusal import Refusal, citing
from rulebook.engine.profile import Profile, profile
from rulebook.engine.refusing import by_its_own_law, require_sender
from testing.made_up import PROCEDURE, made_up_law

EXECUTED = "execution-tracker.execution-completed"


@dataclass(unsafe_hash=True)
class Untried(Refusal):
    """{test} was not tried."""

    remedy = "Try it."
    clause = "CTSD 5.19.1(a)"
    test: str


@dataclass(unsafe_hash=True)
class NotAParty(Refusal):
    """{who} is no Party."""

    remedy = "Accede first."
    clause = "SEC H14.18A"
    who: str


@pytest.fixture
def trial() -> Iterator[Profile]:
    with made_up_law():
        yield profile(PROCEDURE)


def test_a_procedure_of_the_same_document_cites_the_rule_itself() -> None:
    assert by_its_own_law(Untried("PART"), profile("uept"), EXECUTED).clause == "CTSD 5.19.1(a)"


def test_one_of_another_document_cites_its_own_step_or_else_its_notice(trial: Profile) -> None:
    assert by_its_own_law(Untried("PART"), trial, EXECUTED).clause == "TRIAL 3.1"
    assert by_its_own_law(Untried("PART"), trial, "artefact-review.entry-gate-held", EXECUTED).clause == "TRIAL 3.1"
    assert by_its_own_law(Untried("PART"), trial).clause == "TRIAL 2.1"


def test_what_cites_the_code_or_its_own_document_or_nothing_stays_as_it_is(trial: Profile) -> None:
    assert by_its_own_law(NotAParty("ACME"), trial, EXECUTED).clause == "SEC H14.18A"
    assert by_its_own_law(citing(Untried("PART"), "TRIAL 4.1(a)"), trial, EXECUTED).clause == "TRIAL 4.1(a)"
    assert by_its_own_law(WrongRole("board", "none"), trial, EXECUTED).clause is None
    assert by_its_own_law(Untried("PART"), None, EXECUTED).clause == "CTSD 5.19.1(a)"


def test_a_clause_that_is_cited_is_no_fact_and_changes_no_other_refusal(trial: Profile) -> None:
    cited = by_its_own_law(Untried("PART"), trial, EXECUTED)
    assert cited.facts == {"test": "PART"}
    assert cited == Untried("PART")
    assert Untried("PART").clause == "CTSD 5.19.1(a)"


def test_a_step_is_for_its_sender(trial: Profile) -> None:
    step = trial.procedure.step("T2")
    require_sender(step, "laboratory")
    with pytest.raises(WrongRole, match="Act in one of these roles: laboratory") as refused:
        require_sender(step, "board")
    assert refused.value.clause == "TRIAL 2.2"
