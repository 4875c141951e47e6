"""What the deployment tells a service, by environment variables that begin with ASSAY_."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis import timing
from kernel.broker import ClientOptions, client_options


class Settings(BaseSettings):
    """Every service's settings; a service adds its own in a subclass."""

    model_config = SettingsConfigDict(env_prefix="ASSAY_", frozen=True)

    http_host: str = "127.0.0.1"
    http_port: int
    database_url: str
    database_connections: int = 10
    kafka: str
    kafka_tls: str = ""
    """A folder with `ca.pem`, `client.pem` and `client.key`: who the service is to Kafka. Empty: a plain connection."""
    topic_prefix: str = ""
    """Put before every topic's name, so that several stacks can share a broker."""
    instance: str = "1"
    """Which of a service's processes this is: one that comes back under its name takes its partitions back at once."""
    oidc_issuer: str
    oidc_audience: str
    oidc_jwks: str
    """A file path or an https address of the issuer's JSON Web Key Set."""
    files: Path
    telemetry: Path
    """Where spans go as files when OTEL_EXPORTER_OTLP_ENDPOINT is not set."""
    seal_key: Path
    """The file of the key that seals stored events and public messages, 32 bytes or more; never given up again."""
    rehearsal: bool = False
    """Whether the clock can be moved."""
    public_url: str = "http://127.0.0.1"
    parked_limit: int = 10_000
    """How many messages may be parked before the consumer stops."""
    watchdog_seconds: float = timing.WATCHDOG_SECONDS
    """So long may the event loop be blocked, or a consumer stand still, before the process ends itself."""

    @property
    def kafka_client(self) -> ClientOptions:
        """How a client of this service finds Kafka, and who it is there."""
        return client_options(self.kafka, self.kafka_tls)
