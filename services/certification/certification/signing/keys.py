"""Who signs: a folder with the signer's key and certificate and the root that others trust."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography import x509


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
