"""The running service, a signing folder, and a certificate to sign."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from assay_stack.keys import make_signing
from certification.domain.certificate import Certificate, CertifiedSrv, PrintedField, RecordsHead
from certification.settings import Settings
from certification.signing.keys import SigningFolder
from certification.wiring import build
from kernel.engagement import Participant, Subject
from testing.completions import NOW
from testing.probe import Kafka, Postgres, Probe, running

from .waiting import unsigning

PARTY_NAME = "Łódź & Søn’s Energy Ltd"


def signing_folder(folder: Path, root: str = "Assay test root") -> SigningFolder:
    """A root of a name, and a signer under it."""
    make_signing(folder, root)
    return SigningFolder(folder)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> SigningFolder:
    return signing_folder(tmp_path_factory.mktemp("signing"))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> SigningFolder:
    """Somebody else's root, under our root's name, and signer."""
    return signing_folder(tmp_path_factory.mktemp("stranger"))


@pytest.fixture(scope="session")
def other_name(tmp_path_factory: pytest.TempPathFactory) -> SigningFolder:
    """A root of another name, and a signer under it."""
    return signing_folder(tmp_path_factory.mktemp("other-name"), "Another test root")


@pytest.fixture(scope="session")
def certificate() -> Certificate:
    srvs = tuple(CertifiedSrv(f"{n // 10 + 1}.{n % 10 + 1}", "UEPT", date(2027, 5, 7)) for n in range(90))
    return Certificate(
        number="TCC-2027-0001",
        form="test-completion-certificate",
        title="Test Completion Certificate",
        code="Jx7dTq2LmPz4",
        procedure="uept",
        rulebook="ctsd-2026.1",
        subject=Subject("role", "ESUP/ES", "ESUP in the User Role ES", {"party": "ESUP", "role": "ES"}),
        recipient=Participant("participant", "ESUP", PARTY_NAME),
        issuer="DCC",
        fields=(
            PrintedField("Party", PARTY_NAME),
            PrintedField("SEC Party Signifier", "ESUP"),
            PrintedField("User Role", "Export Supplier (ES)"),
            PrintedField("Date", "7 May 2027"),
        ),
        columns=("Service Request Variant", "Tested as part of", "Issued"),
        rows=tuple((row.srv, row.route, f"{row.issued_on:%d/%m/%Y}") for row in srvs),
        srvs=srvs,
        supersedes=None,
        issued_on=date(2027, 5, 7),
        prepared_at=datetime(2027, 5, 7, 10, 30, tzinfo=UTC),
        signatory="Dana Clerk",
        position="Head of Test Assurance",
        verification_url="https://assay.example/certificates/TCC-2027-0001/verification?code=Jx7dTq2LmPz4",
        head=RecordsHead(118, "9f86d081884c7d65"),
    )


@pytest.fixture(scope="module")
async def service(postgres: Postgres, kafka: Kafka, folder: SigningFolder) -> AsyncIterator[Probe]:
    async with running(
        build, postgres, kafka, Settings, signing=folder.folder, public_url="https://assay.example"
    ) as it:
        it.move_to(NOW)
        yield it


@pytest.fixture(scope="module")
async def idle(
    postgres: Postgres, kafka: Kafka, folder: SigningFolder, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Probe]:
    """The service with a store of its own, in which nobody signs."""
    async with unsigning(postgres, kafka, folder, files=tmp_path_factory.mktemp("files")) as it:
        it.move_to(NOW)
        yield it
