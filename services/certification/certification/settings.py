"""What the deployment tells this service besides what every service is told."""

from pathlib import Path
from typing import cast

from certification.signing.keys import SigningFolder
from chassis.eventstore.runtime import Runtime
from chassis.process.settings import Settings as ChassisSettings


class Settings(ChassisSettings):
    """The settings of the certification service."""

    signing: Path
    """A folder with `signer.key`, `signer.pem` and `root.pem`, in PEM."""


def signing_folder(runtime: Runtime) -> SigningFolder:
    """Who signs here."""
    return SigningFolder(cast(Settings, runtime.settings).signing)
