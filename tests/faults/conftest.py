"""What the tests of faults share: journeys in which something happens before a step, and services run outside."""

from collections.abc import Callable

import pytest

from assay_lab.demo import EXAMPLE, fresh_party
from assay_lab.scenario import Scenario, ScenarioResult, Target

Journey = Callable[[Callable[[int], None]], ScenarioResult]


def undisturbed(_step: int) -> None:
    """Nothing happens before a step."""


@pytest.fixture
def journey(there: Target) -> Journey:
    """Goes through one whole engagement of a new Party; what is given is called before each of its steps."""

    def go(before_step: Callable[[int], None]) -> ScenarioResult:
        result = Scenario(there, EXAMPLE, fresh_party(EXAMPLE), lambda *_: None, before_step=before_step).run()
        assert result.verification["valid"] is True
        return result

    return go


@pytest.fixture(scope="module")
def ended(there: Target) -> ScenarioResult:
    """An engagement that came to its certificate undisturbed."""
    return Scenario(there, EXAMPLE, fresh_party(EXAMPLE), lambda *_: None, before_step=undisturbed).run()
