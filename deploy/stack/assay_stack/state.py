"""What the supervisor writes down, so that other commands, and the next supervisor, know what runs."""

from dataclasses import asdict, dataclass, field
from typing import Any

from assay_stack.home import Home, read_json, write_json
from assay_stack.process import Running

STARTING, UP, STOPPING, FAILED = "starting", "up", "stopping", "failed"


@dataclass
class Process:
    """One program of the stack: the process that runs it now, and how often it had to be started again."""

    pid: int
    started: str
    restarts: int = 0
    last_exit: int | None = None

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return Running(self.pid, self.started).alive


@dataclass
class State:
    """A supervisor, its phase, and the programs it looks after, in the order in which they were started."""

    supervisor: Process
    phase: str = STARTING
    failure: dict[str, str] | None = None
    processes: dict[str, Process] = field(default_factory=dict)

    @classmethod
    def read(cls, home: Home) -> "State | None":
        """What was written last; None where no supervisor has been since the last orderly end."""
        stored: dict[str, Any] | None = read_json(home.run / "state.json", None)
        if stored is None:
            return None
        processes = {name: Process(**process) for name, process in stored["processes"].items()}
        return cls(Process(**stored["supervisor"]), stored["phase"], stored["failure"], processes)

    def write(self, home: Home) -> None:
        """Write it down."""
        write_json(home.run / "state.json", asdict(self))

    @staticmethod
    def forget(home: Home) -> None:
        """Everything has ended in order."""
        (home.run / "state.json").unlink(missing_ok=True)

    def left_running(self) -> dict[str, Process]:
        """The programs that still run, last started first."""
        return {name: process for name, process in reversed(self.processes.items()) if process.alive}
