"""The running service, a signing folder, and a certificate to sign."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from certification.domain.certificate import Certificate, CertifiedSrv, PrintedField, RecordsHead
from certification.settings import Settings
from certification.signing.keys import SigningFolder
from certification.wiring import build
from kernel.engagement import Participant, Subject
from testing.completions import NOW
from testing.probe import Kafka, Postgres, Probe, running

PARTY_NAME = "Łódź & Søn’s Energy Ltd"


def signing_folder(folder: Path, issuer: str = "Assay test root") -> SigningFolder:
    """A root and a signer under it, valid for ten years around today."""
    folder.mkdir(parents=True, exist_ok=True)
    root_key, signer_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate(issuer, root_key, issuer, root_key, ca=True)
    signer = _certificate("Assay test signer", signer_key, issuer, root_key, ca=False)
    (folder / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    (folder / "signer.pem").write_bytes(signer.public_bytes(Encoding.PEM))
    (folder / "signer.key").write_bytes(signer_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return SigningFolder(folder)


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, issuer_key: ec.EllipticCurvePrivateKey, ca: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(_usage(ca), critical=True)
    )
    return builder.sign(issuer_key, hashes.SHA256())


def _usage(ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=not ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


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
