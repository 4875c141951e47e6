"""What the deployment tells this service besides what it tells every service."""

from chassis.process.settings import Settings as ChassisSettings


class Settings(ChassisSettings):
    """Where e-mails go, and how long the timer waits for facts on their way."""

    smtp: str | None = None
    """The mail server as `host:port`; without one e-mails stay pending."""
    mail_from: str = "assay@dcc.assay.invalid"
    dcc_mailbox: str = "test.assurance@dcc.assay.invalid"
    """Who is told for DCC while no contact is named, and of every missed deadline."""
    deadline_patience_seconds: float = 2.0
    """How long a date must have passed before it is called missed: a fact that was in time may still be on its way."""
