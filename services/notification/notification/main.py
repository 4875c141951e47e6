"""The process: `python -m notification.main`."""

from chassis.service import run
from notification.settings import Settings
from notification.wiring import build

if __name__ == "__main__":
    run(build, Settings)
