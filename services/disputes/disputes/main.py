"""The process: `python -m disputes.main`."""

from chassis.service import run
from chassis.settings import Settings
from disputes.wiring import build

if __name__ == "__main__":
    run(build, Settings)
