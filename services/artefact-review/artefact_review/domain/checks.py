"""The checks that run on every submission, and on a dry run before it: what each rule found, or that all is well.

A procedure names the checks of each kind of artefact; one runs where the documents that it reads were submitted.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import islice

from artefact_review.domain import plans, traceability
from artefact_review.domain.artefacts import Document, Documents, Matrix, TestDataPlan, TestPlan, TestScripts
from artefact_review.domain.measure import Finding, Measure, Offence

SCHEDULE_ON_WORKING_DAYS = "schedule-on-working-days"
SHOWN = 50
"""So many offences against one rule are listed; the rest is counted."""


@dataclass(frozen=True)
class Rule:
    """A rule by its name: where it stands, what it finds, and what it says when it finds nothing.

    It needs every document that it reads, or with `any_of` one of them.
    """

    id: str
    clause: str
    well: str
    offences: Callable[[Documents, Measure], Iterator[Offence]]
    reads: tuple[type[Document], ...]
    any_of: bool = False

    def applies_to(self, documents: Documents) -> bool:
        """Whether the documents that it needs are there."""
        found = [documents.find(each) is not None for each in self.reads]
        return any(found) if self.any_of else all(found)


def check(names: Collection[str], documents: Documents, measure: Measure) -> tuple[Finding, ...]:
    """The verdict of each named rule on the documents that are there, passed ones too."""
    rules = (rule for rule in RULES if rule.id in names and rule.applies_to(documents))
    return tuple(finding for rule in rules for finding in _apply(rule, documents, measure))


def failed(findings: Collection[Finding]) -> tuple[Finding, ...]:
    """The findings that stand in the way of acceptance."""
    return tuple(finding for finding in findings if not finding.passed)


def _apply(rule: Rule, documents: Documents, measure: Measure) -> Iterator[Finding]:
    found = list(rule.offences(documents, measure))
    if not found:
        yield Finding(rule.id, rule.clause, True, rule.well)
    for offence in islice(found, SHOWN):
        yield _finding(rule, offence.message, offence, documents, offence.location)
    if len(found) > SHOWN:
        worst = next((each for each in found[SHOWN:] if each.severity == "failure"), found[SHOWN])
        yield _finding(rule, f"{len(found) - SHOWN} more of the same.", worst, documents)


def _finding(rule: Rule, message: str, offence: Offence, documents: Documents, location: str | None = None) -> Finding:
    kind, passed = documents.kind_of(offence.document), offence.severity == "warning"
    return Finding(rule.id, rule.clause, passed, message, kind, location, offence.severity)


RULES = (
    Rule(
        "tests-have-scripts",
        "CTSD 6.7.1",
        "Every test in scope has a Test Script.",
        traceability.tests_have_scripts,
        (TestScripts,),
    ),
    Rule(
        "tests-have-requirements",
        "CTSD 6.7.1",
        "Every test in scope belongs to a testable requirement.",
        traceability.tests_have_requirements,
        (Matrix,),
    ),
    Rule(
        "requirements-have-scripts",
        "CTSD 6.7.1(a)",
        "Every testable requirement has a Test Script.",
        traceability.requirements_have_scripts,
        (Matrix, TestScripts),
    ),
    Rule(
        "requirements-have-tests",
        "CTSD 6.7.1(a)",
        "Every testable requirement names a test.",
        traceability.requirements_have_tests,
        (Matrix,),
    ),
    Rule(
        "scripts-show-requirements",
        "CTSD 6.7.1(a)",
        "Every Test Script executes a test of each requirement that names it.",
        traceability.scripts_show_requirements,
        (Matrix, TestScripts),
    ),
    Rule(
        "columns-agree",
        "CTSD 6.7.1(a)",
        "Requirements and Test Scripts name each other.",
        traceability.columns_agree,
        (Matrix, TestScripts),
    ),
    Rule(
        "scripts-serve-requirements",
        "CTSD 6.8.1",
        "Every Test Script serves a requirement.",
        traceability.scripts_serve_requirements,
        (Matrix, TestScripts),
    ),
    Rule(
        "nothing-twice",
        "CTSD 6.7.1",
        "No Test Script and no requirement stands twice.",
        traceability.nothing_twice,
        (Matrix, TestScripts),
        any_of=True,
    ),
    Rule(
        "nothing-unknown",
        "CTSD 8.1",
        "Every test and service named is one of the engagement.",
        traceability.nothing_unknown,
        (Matrix, TestScripts, TestDataPlan),
        any_of=True,
    ),
    Rule(
        "scripts-say-how",
        "CTSD 6.8.1",
        "Every Test Script has steps and an expected result.",
        traceability.scripts_say_how,
        (TestScripts,),
    ),
    Rule(
        "installation-in-order",
        "CTSD 8.1.2",
        "The Install and Commission scripts keep the prescribed order.",
        traceability.installation_in_order,
        (TestScripts,),
    ),
    Rule(
        "plan-is-whole",
        "CTSD 6.4.3",
        "The Test Plan has all its parts.",
        plans.plan_is_whole,
        (TestPlan,),
    ),
    Rule(
        "schedule-adds-up",
        "CTSD 6.4.3(e)",
        "The Test Schedule plans every test in scope.",
        plans.schedule_adds_up,
        (TestPlan,),
    ),
    Rule(
        SCHEDULE_ON_WORKING_DAYS,
        "CTSD 6.4.3(e)",
        "The Test Schedule lies on Working Days from the start.",
        plans.schedule_on_working_days,
        (TestPlan,),
    ),
    Rule(
        "data-not-personal",
        "CTSD 7",
        "No Test Data is declared to be personal data.",
        plans.data_is_not_personal,
        (TestDataPlan,),
    ),
    Rule(
        "data-covers-services",
        "CTSD 7",
        "Every Service Request in scope has Test Data.",
        plans.data_covers_services,
        (TestDataPlan,),
    ),
    Rule(
        "descoping-has-reasons",
        "CTSD 5.2.2",
        "Every item that the plan descopes has a reason that it may have.",
        plans.descoping_has_reasons,
        (TestPlan,),
    ),
    Rule(
        "descoping-agrees",
        "CTSD 5.2.5",
        "The plan proposes to descope what the notification proposed.",
        plans.descoping_agrees,
        (TestPlan,),
    ),
)
