"""The keys of a development stack: the token issuer's, those that sign certificates, and those that seal events."""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from assay_stack.home import Home, write_json, write_whole

ISSUER = "https://issuer.assay.invalid"
AUDIENCE = "assay"
SIGNING_YEARS = 10
SEAL_BYTES = 32
SECRET = 0o600
PUBLIC = 0o644


def make_keys(home: Home) -> None:
    """Make what is missing. A key that exists is never replaced."""
    home.make()
    if not issuer_key(home).exists() or not jwks(home).exists():
        _make_issuer(home)
    if not (home.signing / "signer.key").exists():
        make_signing(home.signing)


def make_signing(folder: Path, root: str = "Assay development root") -> None:
    """A root of a name, and a signer that may sign documents and nothing else. The root's key is not kept."""
    root_key, signer_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = name(root)
    authority = certificate(root_name, root_name, root_key, root_key, authority=True)
    signer = certificate(name("Assay development signer"), root_name, signer_key, root_key, authority=False)
    folder.mkdir(mode=0o700, exist_ok=True)
    write_whole(folder / "root.pem", pem(authority), PUBLIC)
    write_whole(folder / "signer.pem", pem(signer), PUBLIC)
    write_whole(folder / "signer.key", secret_pem(signer_key), SECRET)


def issuer_key(home: Home) -> Path:
    """The private key that signs development tokens."""
    return home.keys / "issuer.json"


def jwks(home: Home) -> Path:
    """The public keys that services check tokens with."""
    return home.keys / "jwks.json"


def seal_file(home: Home, service: str) -> Path:
    """Where the key lies with which a service seals its events."""
    return home.keys / "seals" / f"{service}.key"


def seal_key(home: Home, service: str) -> Path:
    """That file, with the key made when it is first asked for. One that exists is never replaced."""
    file = seal_file(home, service)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    if not file.exists():
        write_whole(file, secrets.token_bytes(SEAL_BYTES), SECRET)
    return file


def _make_issuer(home: Home) -> None:
    from joserfc.jwk import ECKey

    key = ECKey.generate_key("P-256", parameters={"use": "sig", "alg": "ES256"}, private=True)
    key.ensure_kid()
    write_json(jwks(home), {"keys": [key.as_dict(private=False)]}, PUBLIC)
    write_json(issuer_key(home), key.as_dict(private=True), SECRET)


def pem(certificate: x509.Certificate) -> bytes:
    """A certificate as a file holds it."""
    return certificate.public_bytes(Encoding.PEM)


def secret_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key as a file holds it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def name(common: str) -> x509.Name:
    """Who a certificate is for."""
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Assay"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    authority: bool,
    hosts: Iterable[str] = (),
) -> x509.Certificate:
    """A certificate of a key, signed by its issuer; `hosts` are the names under which a server is found."""
    now = datetime.now(UTC)
    of_issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=366 * SIGNING_YEARS))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
        .add_extension(_usage(authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(of_issuer, critical=False)
    )
    if found_as := [_host(each) for each in hosts]:
        builder = builder.add_extension(x509.SubjectAlternativeName(found_as), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
