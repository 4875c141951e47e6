"""What differs between procedures stands in the rulebook's data, and no service holds a word of it (decision 19)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.architecture.house import ROOT, SERVICES, package
from tests.architecture.law_words import law_words, offenders

WORDS = law_words()
LISTENING = ("event_handlers", "translation", "read_side")
"""The rooms in which a service speaks of what others publish: it hears it, or (the gateway) keeps it to be read."""

SAMPLES = {
    "procedure": 'if engagement.procedure == "uept": start()',
    "clause": 'STATED = {"CTSD 5.19.1(d)": approved}',
    "step": 'due = steps["5.6.1.5"]',
    "gate": 'held = {"tab-gate": gate}',
    "criterion": 'met = verdicts["5.8.1a"]',
    "artefact kind": 'plan = files.get("test-plan")',
    "User Role": 'def eligible(role: str = "ES") -> bool: ...',
    "role of a procedure": 'route = command("read") if caller.role == "participant" else None',
    "certificate form": 'TITLES: dict[str, str] = {"test-completion-certificate": "Certificate"}',
    "event of another service": 'HEARD = "certification.exit-gate-held"',
}
"""A line that breaks the rule, of each kind."""
HARMLESS = '''
"""A module that speaks of uept, and of CTSD 5.6.1.1 in its docstring."""

from contracts.common import Subject


class TooLate(Refusal):
    """This is owed by the participant (CTSD 5.6.1.5)."""

    clause = "CTSD 5.6.1.5"
    remedy = "Ask the participant for the test-plan of the ES."


role = "operations"
"""participant"""
gate = profile.gate("entry")
route = command("start")
own = "notification.engagement-notified"
'''


def sources(service: str) -> Iterator[Path]:
    """The files of a service that run: its Python and its SQL."""
    folder = ROOT / "services" / service
    yield from sorted((folder / package(service)).rglob("*.py"))
    yield from sorted((*(folder / package(service)).rglob("*.sql"), *(folder / "migrations").glob("*.sql")))


@pytest.mark.parametrize("kind", SAMPLES)
def test_no_service_holds_a_word_of_the_law(kind: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {word}"
        for service in SERVICES
        for path in sources(service)
        if not (kind == "event of another service" and set(LISTENING) & {path.stem, *path.parent.parts})
        for line, word in offenders(path.read_text(), kind, WORDS, service, sql=path.suffix == ".sql")
    ]
    assert not found, "\n".join([f"ask the engagement's profile instead of naming a {kind}:", *found])


@pytest.mark.parametrize("kind", SAMPLES)
def test_each_kind_of_offender_is_found(kind: str) -> None:
    words = {**WORDS, "gate": WORDS["gate"] | {"tab-gate"}}
    assert len(offenders(SAMPLES[kind], kind, words, "notification")) == 1


@pytest.mark.parametrize("kind", SAMPLES)
def test_docstrings_what_a_refusal_cites_and_ordinary_words_are_none(kind: str) -> None:
    assert offenders(HARMLESS, kind, WORDS, "notification") == []


@pytest.mark.parametrize(
    "line", ["from contracts.certification import ExitGateHeld", "from contracts import certification, notification"]
)
def test_what_another_service_publishes_is_imported_where_it_is_heard_alone(line: str) -> None:
    assert offenders(line, "event of another service", WORDS, "notification") == [(1, "contracts.certification")]


def test_a_word_in_a_query_is_found_and_one_in_its_comment_is_not() -> None:
    query = "-- what a 'participant' did\nSELECT id FROM step WHERE sender = 'participant'"
    assert offenders(query, "role of a procedure", WORDS, sql=True) == [(2, "participant")]


def test_every_kind_has_words_that_are_read_from_the_law() -> None:
    assert set(WORDS) == set(SAMPLES)
    assert [kind for kind, words in WORDS.items() if not words and kind != "gate"] == []
