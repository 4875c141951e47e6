"""The checks that run on every submission, and on a dry run before it: what each rule found, or that all is well.

The data name the checks of each kind of artefact, with their clauses; how each is made stands here. One runs where the
documents that it reads were submitted.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from artefact_review.domain import plans, traceability
from artefact_review.domain.artefacts import Document, Documents, Matrix, TestDataPlan, TestPlan, TestScripts
from artefact_review.domain.measure import Finding, Measure, Offence
from rulebook.engine.checks import Check

SCHEDULE_ON_WORKING_DAYS = "schedule-on-working-days"
SHOWN = 50
"""So many offences against one rule are listed; the rest is counted."""


@dataclass(frozen=True)
class Rule:
    """How a check finds what breaks it. It needs every document that it reads, or with `any_of` one of them."""

    id: str
    offences: Callable[[Documents, Measure], Iterator[Offence]]
    reads: tuple[type[Document], ...]
    any_of: bool = False

    def applies_to(self, documents: Documents) -> bool:
        """Whether the documents that it needs are there."""
        found = [documents.find(each) is not None for each in self.reads]
        return any(found) if self.any_of else all(found)


def run_checks(checks: Mapping[str, Check], documents: Documents, measure: Measure) -> tuple[Finding, ...]:
    """What each check finds in the documents that are there, passed ones too."""
    rules = (rule for rule in RULES if rule.id in checks and rule.applies_to(documents))
    return tuple(finding for rule in rules for finding in _apply(rule, checks[rule.id], documents, measure))


def failed(findings: Collection[Finding]) -> tuple[Finding, ...]:
    """The findings that stand in the way of acceptance."""
    return tuple(finding for finding in findings if not finding.passed)


def _apply(rule: Rule, check: Check, documents: Documents, measure: Measure) -> Iterator[Finding]:
    found = list(rule.offences(documents, measure))
    if not found:
        yield Finding(check.id, check.clause, True, f"{check.text}.")
    for offence in islice(found, SHOWN):
        yield _finding(check, offence, documents)
    if len(found) > SHOWN:
        rest = found[SHOWN:]
        worst = next((each for each in rest if each.severity == "failure"), rest[0])
        yield _finding(check, replace(worst, message=f"{len(rest)} more of the same.", location=None), documents)


def _finding(check: Check, offence: Offence, documents: Documents) -> Finding:
    kind, passed = documents.kind_of(offence.document), offence.severity == "warning"
    return Finding(check.id, check.clause, passed, offence.message, kind, offence.location, offence.severity)


RULES = (
    Rule("tests-have-scripts", traceability.tests_have_scripts, (TestScripts,)),
    Rule("tests-have-requirements", traceability.tests_have_requirements, (Matrix,)),
    Rule("requirements-have-scripts", traceability.requirements_have_scripts, (Matrix, TestScripts)),
    Rule("requirements-have-tests", traceability.requirements_have_tests, (Matrix,)),
    Rule("scripts-show-requirements", traceability.scripts_show_requirements, (Matrix, TestScripts)),
    Rule("columns-agree", traceability.columns_agree, (Matrix, TestScripts)),
    Rule("scripts-serve-requirements", traceability.scripts_serve_requirements, (Matrix, TestScripts)),
    Rule("nothing-twice", traceability.nothing_twice, (Matrix, TestScripts), any_of=True),
    Rule("nothing-unknown", traceability.nothing_unknown, (Matrix, TestScripts, TestDataPlan), any_of=True),
    Rule("scripts-say-how", traceability.scripts_say_how, (TestScripts,)),
    Rule("installation-in-order", traceability.installation_in_order, (TestScripts,)),
    Rule("plan-is-whole", plans.plan_is_whole, (TestPlan,)),
    Rule("schedule-adds-up", plans.schedule_adds_up, (TestPlan,)),
    Rule("schedule-on-working-days", plans.schedule_on_working_days, (TestPlan,)),
    Rule("data-not-personal", plans.data_is_not_personal, (TestDataPlan,)),
    Rule("data-is-defined", plans.data_is_defined, (TestDataPlan,)),
    Rule("data-covers-services", plans.data_covers_services, (TestDataPlan,)),
    Rule("descoping-has-reasons", plans.descoping_has_reasons, (TestPlan,)),
    Rule("descoping-agrees", plans.descoping_agrees, (TestPlan,)),
)
