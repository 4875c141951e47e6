"""Runs the service."""

from chassis.service import run
from execution_tracker.settings import Settings
from execution_tracker.wiring import build

if __name__ == "__main__":
    run(build, Settings)
