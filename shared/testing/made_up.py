"""A document that nobody wrote, with one procedure that none of the source documents has: data alone make it run."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from rulebook.engine.files import adding
from testing.edits import Edit, edited

FOLDER: Final = Path(__file__).parent / "made_up_law"
PROCEDURE: Final = "combination-trial"
PROCEDURE_FILE: Final = f"procedures/{PROCEDURE}.toml"

NO_CERTIFICATE: Final[tuple[Edit, ...]] = (
    (PROCEDURE_FILE, 'certificates = ["combination-certificate"]', "certificates = []"),
    (PROCEDURE_FILE, "certification.certificate-issued", "notification.step-recorded"),
)
"""The trial ends with its gate; what follows is recorded."""
GATE_BEFORE_THE_TRIAL: Final[tuple[Edit, ...]] = (
    *NO_CERTIFICATE,
    (PROCEDURE_FILE, 'phase = "exit"', 'phase = "entry"'),
    (PROCEDURE_FILE, '"all-tried", "enough-passed", "few-issues", ', ""),
    (PROCEDURE_FILE, 'routes = ["combination-refused"]', "routes = []"),
    (PROCEDURE_FILE, "certification.exit-gate-held", "artefact-review.entry-gate-held"),
    (PROCEDURE_FILE, 'then = { complete = "T8", further-testing = "T6" }\n', ""),
)
"""Its chain of two bodies decides before the trial, and nobody after it."""


def made_up_law() -> AbstractContextManager[None]:
    """Read the made-up document with all others, as long as the block runs."""
    return adding(FOLDER)


@contextmanager
def edited_law(folder: Path, *edits: Edit) -> Iterator[None]:
    """Read a copy of the made-up document, edited, with all other documents and in its place."""
    with adding(edited(FOLDER, folder, *edits)):
        yield
