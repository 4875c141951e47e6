"""What the deployment tells the gateway."""

from pydantic import Field

from chassis.process.settings import Settings as ChassisSettings


class Settings(ChassisSettings):
    """The gateway's settings."""

    services: dict[str, str] = Field(default_factory=dict)
    """Where each service answers, by its name: `{"notification": "http://127.0.0.1:8001"}`."""
    patience_seconds: float = 10.0
    """How long a service may be away before a request for it is answered with 503; it restarts in seconds."""
