"""The checks that run on every submission, and on a dry run before it: what each rule found, or that all is well."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import islice

from artefact_review.domain import plans, traceability
from artefact_review.domain.documents import Documents
from artefact_review.domain.measure import Finding, Measure, Offence

SCHEDULE_ON_WORKING_DAYS = "schedule-on-working-days"
SHOWN = 50
"""So many offences against one rule are listed; the rest is counted."""


@dataclass(frozen=True)
class Rule:
    """A rule by its name: where it stands, what it finds, and what it says when it finds nothing."""

    id: str
    clause: str
    well: str
    offences: Callable[[Documents, Measure], Iterator[Offence]]


def check(documents: Documents, measure: Measure) -> tuple[Finding, ...]:
    """Every rule's verdict on the documents, passed ones too."""
    return tuple(finding for rule in RULES for finding in _apply(rule, documents, measure))


def failed(findings: Collection[Finding]) -> tuple[Finding, ...]:
    """The findings that stand in the way of acceptance."""
    return tuple(finding for finding in findings if not finding.passed)


def _apply(rule: Rule, documents: Documents, measure: Measure) -> Iterator[Finding]:
    found = list(rule.offences(documents, measure))
    if not found:
        yield Finding(rule.id, rule.clause, True, rule.well)
    for offence in islice(found, SHOWN):
        yield Finding(rule.id, rule.clause, False, offence.message, offence.artefact, offence.location)
    if len(found) > SHOWN:
        yield Finding(rule.id, rule.clause, False, f"{len(found) - SHOWN} more of the same.", found[0].artefact)


RULES = (
    Rule("tests-have-scripts", "CTSD 6.7.1", "Every test in scope has a Test Script.", traceability.tests_have_scripts),
    Rule(
        "tests-have-requirements",
        "CTSD 6.7.1",
        "Every test in scope belongs to a testable requirement.",
        traceability.tests_have_requirements,
    ),
    Rule(
        "requirements-have-scripts",
        "CTSD 6.7.1(a)",
        "Every testable requirement has a Test Script.",
        traceability.requirements_have_scripts,
    ),
    Rule(
        "requirements-have-tests",
        "CTSD 6.7.1(a)",
        "Every testable requirement names a test.",
        traceability.requirements_have_tests,
    ),
    Rule(
        "scripts-show-requirements",
        "CTSD 6.7.1(a)",
        "Every Test Script executes a test of each requirement that names it.",
        traceability.scripts_show_requirements,
    ),
    Rule(
        "columns-agree",
        "CTSD 6.7.1(a)",
        "Requirements and Test Scripts name each other.",
        traceability.columns_agree,
    ),
    Rule(
        "scripts-serve-requirements",
        "CTSD 6.8.1",
        "Every Test Script serves a requirement.",
        traceability.scripts_serve_requirements,
    ),
    Rule("nothing-twice", "CTSD 6.7.1", "No Test Script and no requirement stands twice.", traceability.nothing_twice),
    Rule(
        "nothing-unknown",
        "CTSD 8.1",
        "Every test and service named is one of the User Role.",
        traceability.nothing_unknown,
    ),
    Rule(
        "scripts-say-how",
        "CTSD 6.8.1",
        "Every Test Script has steps and an expected result.",
        traceability.scripts_say_how,
    ),
    Rule(
        "installation-in-order",
        "CTSD 8.1.2",
        "The Install and Commission scripts keep the prescribed order.",
        traceability.installation_in_order,
    ),
    Rule("plan-is-whole", "CTSD 6.4.3", "The Test Plan has all its parts.", plans.plan_is_whole),
    Rule(
        "schedule-adds-up",
        "CTSD 6.4.3(e)",
        "The Test Schedule plans every test in scope, once.",
        plans.schedule_adds_up,
    ),
    Rule(
        SCHEDULE_ON_WORKING_DAYS,
        "CTSD 6.4.3(e)",
        "The Test Schedule lies on Working Days from the start.",
        plans.schedule_on_working_days,
    ),
    Rule("data-not-personal", "CTSD 7", "No Test Data is declared to be personal data.", plans.data_is_not_personal),
    Rule("data-covers-services", "CTSD 7", "Every Service Request in scope has Test Data.", plans.data_covers_services),
    Rule(
        "descoping-has-reasons",
        "CTSD 5.2.2",
        "Every item that the plan descopes has a reason that it may have.",
        plans.descoping_has_reasons,
    ),
    Rule(
        "descoping-agrees",
        "CTSD 5.2.5",
        "The plan proposes to descope what the notification proposed.",
        plans.descoping_agrees,
    ),
)
