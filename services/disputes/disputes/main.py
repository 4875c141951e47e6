"""The process: `python -m disputes.main`."""

from chassis.process.settings import Settings
from chassis.service import run
from disputes.wiring import build

if __name__ == "__main__":
    run(build, Settings)
