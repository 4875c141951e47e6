"""What an audit compares of this service's tables and files."""

from collections.abc import Iterable
from typing import Any

from chassis.audit.finding import NamedFile
from chassis.audit.read_models import ReadModels
from chassis.audit.standalone import run
from chassis.process.files import by_hash
from disputes.aggregates import MATTERS
from disputes.domain.events import EvidenceGiven


def files(event: Any) -> Iterable[NamedFile]:
    """The evidence that was given of referrals."""
    given = event.files if isinstance(event, EvidenceGiven) else ()
    return [NamedFile(by_hash(each.sha256), each.sha256) for each in given]


READ_MODELS = ReadModels(aggregates=(MATTERS,), files=files)

if __name__ == "__main__":
    run(READ_MODELS)
