"""`python -m artefact_review.main`"""

from artefact_review.settings import Settings
from artefact_review.wiring import build
from chassis.service import run

if __name__ == "__main__":
    run(build, Settings)
