"""Starts the service."""

from certification.settings import Settings
from certification.wiring import build
from chassis.service import run

if __name__ == "__main__":
    run(build, Settings)
