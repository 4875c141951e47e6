"""What the deployment tells this service."""

from chassis.settings import Settings as ChassisSettings


class Settings(ChassisSettings):
    """The settings of every service, and those of the dashboard."""

    dashboard_wait_seconds: float = 5.0
    """How long a reader waits at most for its own results in the figures."""
    dashboard_generation: int = 1
    """A higher one than before makes the stream job count everything again from the first public event."""
