"""Who signs: a folder with the signer's key and certificate and the root that others trust."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_private_key


class UnsoundKey(Exception):
    """The folder can't sign what others would accept; `args[0]` says why."""


@dataclass(frozen=True)
class SigningFolder:
    """`signer.key`, `signer.pem` and `root.pem`, in PEM; the root signed the signer's certificate."""

    folder: Path

    @property
    def key_file(self) -> Path:
        """The signer's private key."""
        return self.folder / "signer.key"

    @property
    def certificate_file(self) -> Path:
        """The signer's certificate."""
        return self.folder / "signer.pem"

    @property
    def root_file(self) -> Path:
        """The certificate that whoever checks a signature trusts."""
        return self.folder / "root.pem"

    @cached_property
    def certificate(self) -> x509.Certificate:
        """The signer's certificate."""
        return x509.load_pem_x509_certificate(self.certificate_file.read_bytes())

    @cached_property
    def root(self) -> x509.Certificate:
        """The root certificate."""
        return x509.load_pem_x509_certificate(self.root_file.read_bytes())

    def require_sound(self, at: datetime) -> None:
        """Raise UnsoundKey unless the key is the certificate's, and the certificate is in date and under the root."""
        try:
            key = load_pem_private_key(self.key_file.read_bytes(), password=None)
            self.certificate.verify_directly_issued_by(self.root)
        except InvalidSignature as error:
            raise UnsoundKey(f"{self.certificate_file} is not signed by {self.root_file}") from error
        except (OSError, ValueError, TypeError) as error:
            raise UnsoundKey(f"the files in {self.folder} can't be used: {error}") from error
        if key.public_key() != self.certificate.public_key():
            raise UnsoundKey(f"{self.key_file} is not the key of {self.certificate_file}")
        begins, ends = self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc
        if not begins <= at <= ends:
            raise UnsoundKey(f"{self.certificate_file} is valid from {begins} to {ends} only")
