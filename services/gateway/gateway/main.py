"""The process: `python -m gateway.main`."""

from chassis.service import run
from gateway.settings import Settings
from gateway.wiring import build

if __name__ == "__main__":
    run(build, Settings)
