"""The machine-readable twin: the certificate as JSON, with a detached JSON Web Signature over its canonical bytes.

Canonical means keys in order, no space between tokens, UTF-8. The header's `x5c` carries the signer's certificate.
"""

from base64 import b64decode, b64encode
from typing import Any

import orjson
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from pydantic import ValidationError

from certification.domain.certificate import Certificate
from certification.read_models import CERTIFICATE
from certification.signing.keys import SigningFolder

ALGORITHMS = ["ES256", "ES384", "PS256", "EdDSA"]
CURVES = {"secp256r1": "ES256", "secp384r1": "ES384"}
CHANGED = "the content is not what was signed"


class _Registry(jws.JWSRegistry):
    """A header that carries a certificate is longer than usual."""

    max_header_length = 8_192


class NotATwin(Exception):
    """The twin can't be accepted; `args[0]` says why."""


def make(certificate: Certificate, pdf_sha256: str, folder: SigningFolder) -> bytes:
    """The signed twin; it names the PDF that it belongs to."""
    content = {**CERTIFICATE.dump_python(certificate, mode="json"), "pdf_sha256": pdf_sha256}
    kind, algorithm = _kind(folder.certificate)
    header = {"alg": algorithm, "typ": "certificate", "x5c": [_x5c(folder.certificate)]}
    key = kind.import_key(folder.key_file.read_bytes())
    signed = jws.serialize_compact(header, canonical(content), key, algorithms=[algorithm])
    return orjson.dumps({"certificate": content, "signature": jws.detach_content(signed)})


def check(twin: bytes, folder: SigningFolder) -> None:
    """Raise NotATwin unless the content is what a signer under the root has signed."""
    try:
        document = orjson.loads(twin)
        content, signature = document["certificate"], document["signature"]
        signed = jws.deserialize_compact(
            signature, _key_under(folder.root), registry=_Registry(algorithms=ALGORITHMS), payload=canonical(content)
        )
        if signed.payload != canonical(content):  # a signature may bring a payload of its own
            raise NotATwin(CHANGED)
    except JoseError as error:
        raise NotATwin(CHANGED) from error
    except InvalidSignature as error:
        raise NotATwin("the signature is not under the root of these certificates") from error
    except (ValueError, TypeError, KeyError, LookupError, RecursionError) as error:
        raise NotATwin("the file is not the JSON twin of a certificate") from error


def check_is_of(certificate: Certificate, pdf_sha256: str, twin: bytes, folder: SigningFolder) -> None:
    """Raise NotATwin unless a signer under the root has signed this certificate, with this PDF, and nothing else."""
    check(twin, folder)
    content = orjson.loads(twin)["certificate"]
    try:
        same = CERTIFICATE.validate_json(orjson.dumps(content)) == certificate
    except ValidationError:
        same = False
    if not same:
        raise NotATwin("it is the twin of another certificate")
    if content.get("pdf_sha256") != pdf_sha256:
        raise NotATwin("it is the twin of another PDF")


def canonical(content: Any) -> bytes:
    """The bytes that are signed."""
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def _key_under(root: x509.Certificate) -> Any:
    def key(signature: Any) -> Key:
        certificate = x509.load_der_x509_certificate(b64decode(signature.headers()["x5c"][0], validate=True))
        certificate.verify_directly_issued_by(root)
        kind, _ = _kind(certificate)
        public = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return kind.import_key(public)

    return key


def _kind(certificate: x509.Certificate) -> tuple[type[ECKey | RSAKey | OKPKey], str]:
    public = certificate.public_key()
    if isinstance(public, ec.EllipticCurvePublicKey):
        return ECKey, CURVES[public.curve.name]
    if isinstance(public, rsa.RSAPublicKey):
        return RSAKey, "PS256"
    if isinstance(public, ed25519.Ed25519PublicKey):
        return OKPKey, "EdDSA"
    raise ValueError(f"no signature algorithm for {type(public).__name__}")


def _x5c(certificate: x509.Certificate) -> str:
    return b64encode(certificate.public_bytes(Encoding.DER)).decode()
