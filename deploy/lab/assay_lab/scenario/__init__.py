"""One engagement from accession to certificate, through the gateway's public API alone, in rehearsal time.

What is sent lies as files in a folder of `examples/`; the procedure, and so what is asked for, follows from its notice.
"""

from dataclasses import dataclass

from assay_lab.scenario.completion import Completion, ScenarioResult
from assay_lab.scenario.core import Entry, Target, Tell
from assay_lab.scenario.execution import Execution
from assay_lab.scenario.preparation import Preparation

__all__ = ["Scenario", "ScenarioResult", "Target", "Tell"]


@dataclass
class Scenario(Preparation, Execution, Completion):
    """Runs step by step. The Party accedes first, where it has not: `acceded` says so."""

    acceded: bool = False

    def run(self) -> ScenarioResult:
        """From the next Working Day on, to the end."""
        try:
            self.begin()
            for number, (day, step) in enumerate(sorted(self._schedule(), key=lambda entry: entry[0])):
                self.before_step(number)
                self._go(day)
                step()
            return self.result()
        finally:
            self.close()

    def begin(self) -> None:
        """The Party accedes and notifies its intention."""
        self.today = self._now().date()
        self._go(self.calendar.add(self.today, 1))
        self.give_notice()

    def give_notice(self) -> None:
        """The Party accedes, where it has not, and notifies its intention."""
        if not self.acceded:
            self._accede()
        self._notify()

    def _schedule(self) -> list[Entry]:
        """Every step and its day; steps of one day keep this order."""
        return [*self.preparation(), *self.execution(), *self.completion(len(self._days()) - 1)]
