"""The slips of the source: what it prints, held against what its own rows give, and where each is shown."""

import re

import pytest

from rulebook.engine import why
from rulebook.engine.editions import editions
from rulebook.engine.errata import errata, errata_of_clause
from rulebook.engine.scope.matrix import ROLES, VARIANTS, service_requests
from testing.present import present

# The rows "Count of ..." below each role's matrix, as the source prints them (CTSD 8.1.5 to 8.1.11): N/A in each
# column; Mandatory and Mandatory SMETS 2 in each column and their sums; total tests.
PRINTED = {
    "IS": (
        (52, 106, 104, 105, 74, 81, 106, 109, 108, 96),
        (36, 2, 0, 0, 19, 0, 0, 0, 0, 8, 65),
        (12, 3, 6, 5, 15, 27, 4, 1, 2, 6, 89),
        154,
    ),
    "GS": (
        (38, 81, 77, 79, 61, 65, 81, 82, 81, 68),
        (30, 0, 0, 0, 18, 0, 0, 0, 0, 8, 56),
        (14, 1, 5, 3, 3, 17, 1, 0, 1, 6, 51),
        107,
    ),
    "ES": (
        (7, 16, 16, 16, 16, 16, 16, 16, 16, 9),
        (5, 0, 0, 0, 0, 0, 0, 0, 0, 6, 11),
        (4, 0, 0, 0, 0, 0, 0, 0, 0, 1, 5),
        16,
    ),
    "ED": (
        (10, 35, 37, 36, 37, 37, 38, 38, 38, 31),
        (17, 0, 0, 0, 1, 0, 0, 0, 0, 6, 24),
        (11, 3, 1, 2, 0, 1, 0, 0, 0, 1, 19),
        43,
    ),
    "GT": (
        (8, 21, 21, 20, 20, 20, 21, 21, 21, 14),
        (10, 0, 0, 0, 1, 0, 0, 0, 0, 6, 17),
        (3, 0, 0, 1, 0, 1, 0, 0, 0, 1, 6),
        23,
    ),
    "RSA": (
        (6, 20, 20, 20, 20, 20, 20, 20, 20, 14),
        (9, 0, 0, 0, 0, 0, 0, 0, 0, 3, 12),
        (5, 0, 0, 0, 0, 0, 0, 0, 0, 3, 8),
        20,
    ),
    "OU": (
        (9, 224, 224, 25, 25, 25, 25, 25, 25, 18),
        (9, 0, 0, 0, 0, 0, 0, 0, 0, 6, 15),
        (7, 1, 1, 0, 0, 0, 0, 0, 0, 1, 10),
        25,
    ),
}
# Where they differ: the figures that the erratum tells, in the order of its text, printed and as the rows give them.
SLIPS = {
    "E01": (
        "IS",
        [
            ("n/a", "CV1-OD", 52, 54),
            ("mandatory-smets2", "CV1-OD", 12, 20),
            ("n/a", "CV1-FD", 106, 105),
            ("n/a", "CV4-OD", 74, 76),
            ("n/a", "CV5-OD", 81, 83),
        ],
    ),
    "E02": (
        "GS",
        [
            ("mandatory", "CV1-FD", 0, 1),
            ("mandatory-smets2", "CV1-FD", 1, 0),
            ("mandatory", "sum", 56, 57),
            ("mandatory-smets2", "sum", 51, 50),
        ],
    ),
    "E03": (
        "OU",
        [
            ("mandatory", "sum", 15, 16),
            ("total", "total", 25, 26),
            ("mandatory", "CV1-FD", 0, 1),
            ("n/a", "CV1-FD", 224, 23),
            ("n/a", "CV2-OD", 224, 24),
        ],
    ),
}
BY_ID = {each.id: each for each in errata()}


def counted(role: str) -> dict[tuple[str, str], int]:
    """What the rows of our matrix add up to, by kind of cell and column."""
    requests = service_requests(role)
    found = {
        (cell, variant): sum(each.cells[variant] == cell for each in requests)
        for cell in ("n/a", "mandatory", "mandatory-smets2")
        for variant in VARIANTS
    }
    for cell in ("mandatory", "mandatory-smets2"):
        found[cell, "sum"] = sum(found[cell, variant] for variant in VARIANTS)
    return found | {("total", "total"): found["mandatory", "sum"] + found["mandatory-smets2", "sum"]}


def printed(role: str) -> dict[tuple[str, str], int]:
    """What the source prints below its matrix, alike."""
    absent, mandatory, smets2, total = PRINTED[role]
    columns = (*VARIANTS, "sum")
    found = {("n/a", variant): count for variant, count in zip(VARIANTS, absent, strict=True)}
    found |= {("mandatory", column): count for column, count in zip(columns, mandatory, strict=True)}
    found |= {("mandatory-smets2", column): count for column, count in zip(columns, smets2, strict=True)}
    return found | {("total", "total"): total}


def numbers(text: str) -> list[int]:
    return [int(each) for each in re.findall(r"\d+", re.sub(r"CV\d|SMETS 2", "", text))]


@pytest.mark.parametrize("role", ROLES)
def test_the_rows_of_each_matrix_add_up_to_the_totals_of_the_source_but_for_the_slips_that_are_told(role: str) -> None:
    ours, theirs = counted(role), printed(role)
    differing = {(*where, count, ours[where]) for where, count in theirs.items() if count != ours[where]}
    assert ours.keys() == theirs.keys()
    assert differing == {slip for of_role, slips in SLIPS.values() if of_role == role for slip in slips}


@pytest.mark.parametrize("id", SLIPS)
def test_a_slip_in_the_totals_tells_the_printed_figures_and_those_of_the_rows(id: str) -> None:
    role, slips = SLIPS[id]
    assert BY_ID[id].roles == (role,)
    assert numbers(BY_ID[id].printed) == [count for _, _, count, _ in slips]
    assert numbers(BY_ID[id].read_as) == [count for _, _, _, count in slips]


@pytest.mark.parametrize(
    ("clause", "ids"),
    [
        ("CTSD 5.5.1", ["E08"]),
        ("CTSD 5.5.2", ["E08"]),
        ("CTSD 5.2.8(b)", ["E25"]),
        ("CTSD 5.2.8", ["E25"]),
        ("CTSD 5.1.1", ["E24"]),
        ("CTSD 5.11.2.1", ["E21"]),
        ("CTSD 5.21.2", ["E22"]),
        ("CTSD Annex F", ["E12", "E23"]),
        ("CTSD 8.1.3", ["E26"]),
        ("CTSD 8.1.7", ["E20"]),
        ("SVTAD 12.9", ["E15"]),
        ("CTSD 5.8.1", []),
    ],
)
def test_a_slip_is_shown_wherever_its_clause_is_asked(clause: str, ids: list[str]) -> None:
    assert [each.id for each in errata_of_clause(clause)] == ids
    assert present(why.of_clause(clause)).notes == tuple(str(BY_ID[id]) for id in ids)


def test_a_missed_step_tells_the_slip_in_the_clause_that_it_follows_from() -> None:
    assert present(why.of_state("missed")).notes == (str(BY_ID["E08"]),)


def test_what_is_kept_as_printed_says_so() -> None:
    assert "“Alert code 0x8F411”, kept as it is: " in str(BY_ID["E07"])
    assert "“Clade 5.2.7”, read as Clause 5.2.7: " in str(BY_ID["E25"])


def test_every_slip_of_every_edition_is_shown_at_its_clause() -> None:
    for each in editions():
        assert all(slip in errata_of_clause(slip.clause, each.root) for slip in errata(each.root))
