"""The checks of requirements, scripts and tests against each other and the scope (CTSD 6.7, 6.8, 8.1)."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from artefact_review.domain.artefacts import Documents, Matrix, Requirement, Script, TestDataPlan, TestScripts
from artefact_review.domain.measure import Measure, Offence
from rulebook.engine.scope.scope import Test

R = TypeVar("R", Script, Requirement)


def tests_have_scripts(documents: Documents, measure: Measure) -> Iterator[Offence]:
    """Every test in scope is executed by a script."""
    scripted = {test for script in documents.scripts.scripts for test in script.tests}
    for test in measure.scope.tests:
        if test.id not in scripted:
            message = f"Test {test.id} ({test.title}) is in scope and no Test Script executes it."
            yield Offence(message, TestScripts, documents.scripts.place)


def tests_have_requirements(documents: Documents, measure: Measure) -> Iterator[Offence]:
    """Every test in scope belongs to a testable requirement."""
    traced = {
        test for requirement in documents.matrix.requirements if requirement.testable for test in requirement.tests
    }
    for test in measure.scope.tests:
        if test.id not in traced:
            message = f"Test {test.id} ({test.title}) is in scope and no testable requirement names it."
            yield Offence(message, Matrix, documents.matrix.place)


def requirements_have_scripts(documents: Documents, _measure: Measure) -> Iterator[Offence]:
    """What can be tested has a script, and every script that is named was submitted."""
    known = {script.id for script in documents.scripts.scripts}
    for requirement in documents.matrix.requirements:
        place = f"{documents.matrix.place}!{requirement.row}"
        if requirement.testable and not requirement.scripts:
            message = f"Requirement {requirement.id} is testable and names no Test Script."
            yield Offence(message, Matrix, place)
        for script in requirement.scripts:
            if script not in known:
                message = f"Requirement {requirement.id} names Test Script {script}, which was not submitted."
                yield Offence(message, Matrix, place)


def requirements_have_tests(documents: Documents, _measure: Measure) -> Iterator[Offence]:
    """What can be tested is shown by a test."""
    for requirement in documents.matrix.requirements:
        if requirement.testable and not requirement.tests:
            message = f"Requirement {requirement.id} is testable and names no test."
            place = f"{documents.matrix.place}!{requirement.row}"
            yield Offence(message, Matrix, place)


def scripts_show_requirements(documents: Documents, _measure: Measure) -> Iterator[Offence]:
    """A script that a requirement names executes at least one of its tests."""
    executed = {script.id: set(script.tests) for script in documents.scripts.scripts}
    for requirement in documents.matrix.requirements:
        for script in requirement.scripts:
            if script in executed and executed[script].isdisjoint(requirement.tests):
                message = f"Requirement {requirement.id} names Test Script {script}, which executes none of its tests."
                place = f"{documents.matrix.place}!{requirement.row}"
                yield Offence(message, Matrix, place)


def columns_agree(documents: Documents, _measure: Measure) -> Iterator[Offence]:
    """The scripts that a requirement names are those that name it."""
    scripts, requirements = documents.scripts.scripts, documents.matrix.requirements
    served = {script.id: set(script.requirements) for script in scripts}
    named = {requirement.id: set(requirement.scripts) for requirement in requirements}
    for requirement in requirements:
        for id in requirement.scripts:
            if id in served and requirement.id not in served[id]:
                message = f"Requirement {requirement.id} names Test Script {id}, which does not name it."
                place = f"{documents.matrix.place}!{requirement.row}"
                yield Offence(message, Matrix, place)
    for script in scripts:
        for id in script.requirements:
            if id in named and script.id not in named[id]:
                message = f"Test Script {script.id} names requirement {id}, which does not name it."
                yield Offence(message, TestScripts, f"{documents.scripts.place}!{script.row}")


def scripts_serve_requirements(documents: Documents, _measure: Measure) -> Iterator[Offence]:
    """Every script is named by a requirement, and names none that the matrix lacks."""
    known = {requirement.id for requirement in documents.matrix.requirements}
    traced = {script for requirement in documents.matrix.requirements for script in requirement.scripts}
    for script in documents.scripts.scripts:
        place = f"{documents.scripts.place}!{script.row}"
        if script.id not in traced:
            yield Offence(f"No requirement of the matrix names Test Script {script.id}.", TestScripts, place)
        for requirement in script.requirements:
            if requirement not in known:
                message = f"Test Script {script.id} serves requirement {requirement}, which the matrix does not have."
                yield Offence(message, TestScripts, place)


def nothing_twice(documents: Documents, _measure: Measure) -> Iterator[Offence]:
    """A script or requirement that stands twice could mean two things."""
    if scripts := documents.find(TestScripts):
        for script in _repeated(scripts.scripts):
            place = f"{scripts.place}!{script.row}"
            yield Offence(f"Test Script {script.id} stands in the file twice.", TestScripts, place)
    if matrix := documents.find(Matrix):
        for requirement in _repeated(matrix.requirements):
            place = f"{matrix.place}!{requirement.row}"
            yield Offence(f"Requirement {requirement.id} stands in the matrix twice.", Matrix, place)


def _repeated(rows: Iterable[R]) -> Iterator[R]:
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            yield row
        seen.add(row.id)


def nothing_unknown(documents: Documents, measure: Measure) -> Iterator[Offence]:
    """Tests are those of the engagement, and Test Data is for what they send."""
    tests = (*measure.full.tests, *measure.full.optional)
    known, services = {test.id for test in tests}, {"*", *(test.srv for test in tests)}
    if scripts := documents.find(TestScripts):
        for script in scripts.scripts:
            for test in (each for each in script.tests if each not in known):
                message = f"Test Script {script.id} executes {test}, which is no test of this engagement."
                yield Offence(message, TestScripts, f"{scripts.place}!{script.row}")
    if matrix := documents.find(Matrix):
        for requirement in matrix.requirements:
            for test in (each for each in requirement.tests if each not in known):
                message = f"Requirement {requirement.id} names {test}, which is no test of this engagement."
                yield Offence(message, Matrix, f"{matrix.place}!{requirement.row}")
    if data := documents.find(TestDataPlan):
        for item in data.items:
            for service in (each for each in item.services if each not in services):
                message = f"Test Data {item.id} serves {service}, which no test of this engagement sends."
                yield Offence(message, TestDataPlan, f"{data.place}!{item.row}")


def scripts_say_how(documents: Documents, _measure: Measure) -> Iterator[Offence]:
    """A script says what to do and what is then to be seen."""
    for script in documents.scripts.scripts:
        place = f"{documents.scripts.place}!{script.row}"
        if not script.complete:
            message = f"Test Script {script.id} lacks its steps or its expected result."
            yield Offence(message, TestScripts, place)
        if not script.tests:
            yield Offence(f"Test Script {script.id} executes no test.", TestScripts, place)


def installation_in_order(documents: Documents, measure: Measure) -> Iterator[Offence]:
    """No script of a scenario stands in the file after one whose step follows its own."""
    tests = {test.id: test for test in measure.full.tests if test.kind == "install-and-commission"}
    reached: list[Test] = []
    for script in documents.scripts.scripts:
        for test in (tests[id] for id in script.tests if id in tests):
            before = next((each for each in reached if each.follows(test)), None)
            if before:
                message = f"Test Script {script.id} executes {test.id} after {before.id}; the order is prescribed."
                yield Offence(message, TestScripts, f"{documents.scripts.place}!{script.row}")
            reached.append(test)
