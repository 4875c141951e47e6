"""A document that nobody wrote, with one procedure that none of the source documents has: data alone make it run."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from rulebook.engine.files import adding

FOLDER: Final = Path(__file__).parent / "made_up_law"
PROCEDURE: Final = "combination-trial"


def made_up_law() -> AbstractContextManager[None]:
    """Read the made-up document with all others, as long as the block runs."""
    return adding(FOLDER)
