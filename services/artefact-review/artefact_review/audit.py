"""What an audit compares of this service's tables and files."""

from collections.abc import Iterable
from typing import Any

from artefact_review.aggregates import PARTY, REVIEW
from artefact_review.domain.events import ArtefactsKept, ArtefactsSubmitted, ArtefactsUpdated
from artefact_review.domain.review_events import DeficiencyDiscussed
from chassis.audit.finding import NamedFile
from chassis.audit.read_models import ReadModels
from chassis.audit.standalone import run
from chassis.process.files import by_hash


def files(event: Any) -> Iterable[NamedFile]:
    """The artefacts that were handed in, and what was sent along with what was said of a deficiency."""
    if isinstance(event, DeficiencyDiscussed):
        return [NamedFile(by_hash(each.sha256), each.sha256) for each in event.attachments]
    handed_in = isinstance(event, ArtefactsSubmitted | ArtefactsUpdated | ArtefactsKept)
    artefacts = event.artefacts if handed_in else ()
    return [NamedFile(by_hash(each.sha256), each.sha256) for each in artefacts]


READ_MODELS = ReadModels(aggregates=(REVIEW, PARTY), files=files)

if __name__ == "__main__":
    run(READ_MODELS)
