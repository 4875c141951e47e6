"""What an audit compares of this service's tables and files."""

from collections.abc import Iterable
from typing import Any

from certification.aggregates import COMPLETION
from certification.domain.certificate import json_name, pdf_name
from certification.domain.completion import CertificateIssued, EvidenceSubmitted, ReportSubmitted
from chassis.audit.finding import NamedFile
from chassis.audit.read_models import ReadModels
from chassis.audit.standalone import run
from chassis.process.files import by_hash


def files(event: Any) -> Iterable[NamedFile]:
    """The documents that were submitted, and the two files of each certificate."""
    match event:
        case ReportSubmitted(_, content) | EvidenceSubmitted(_, content):
            return [NamedFile(by_hash(each.sha256), each.sha256) for each in content.files]
        case CertificateIssued():
            return [
                NamedFile(pdf_name(event.number), event.pdf_sha256),
                NamedFile(json_name(event.number), event.json_sha256),
            ]
        case _:
            return ()


READ_MODELS = ReadModels(aggregates=(COMPLETION,), files=files)

if __name__ == "__main__":
    run(READ_MODELS)
