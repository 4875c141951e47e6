"""What the deployment tells this service besides what it tells every service."""

from pydantic import Field

from chassis.process.settings import Settings as ChassisSettings


class Settings(ChassisSettings):
    """Where e-mails go, and how long the timer waits for facts on their way."""

    smtp: str | None = None
    """The mail server as `host:port`; without one e-mails stay pending."""
    mail_from: str = "assay@dcc.assay.invalid"
    mail_bounces: str | None = None
    """Where reports of what could not be delivered go (the envelope's sender); without one, to `mail_from`."""
    digest_hour: int = 7
    """From which hour on, in Europe/London, the digest of the day is made."""
    mailbox: str = "test.assurance@dcc.assay.invalid"
    """Who is told for a role of which no contact is named, and that has no mailbox of its own."""
    mailboxes: dict[str, str] = Field(default_factory=dict)
    """The mailboxes of roles, by the role."""
    deadline_patience_seconds: float = 2.0
    """How long a date must have passed before it is called missed: a fact that was in time may still be on its way."""

    mail_claim_seconds: float = 30.0
    """How long a process has a mail to itself unless it renews its claim: what another waits after a crash."""

    mail_attachments_bytes: int = 10_000_000
    """How large the documents of one mail may be together; what does not fit is named in its text instead."""

    webhook_private: bool = False
    """Whether webhooks may go to private addresses and by plain HTTP: where receivers are inside the same network."""
    webhook_disable_days: float = 5.0
    """After so many days in which nothing was taken a webhook is disabled."""

    def mailbox_of(self, role: str) -> str:
        """Where a role is told while no contact of it is named."""
        return self.mailboxes.get(role, self.mailbox)
