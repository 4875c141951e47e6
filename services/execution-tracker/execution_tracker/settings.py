"""What the deployment tells this service."""

from chassis.process.settings import Settings as ChassisSettings

GENERATION = 1
"""Raised whenever a figure is counted in another way, or the tally gets another shape."""


class Settings(ChassisSettings):
    """The settings of every service, and those of the dashboard."""

    dashboard_wait_seconds: float = 5.0
    """How long a reader waits at most for its own results in the figures."""
    dashboard_generation: int = GENERATION
    """A higher one than before makes the stream job count everything again from the first public event."""


def generation(settings: ChassisSettings) -> int:
    """The generation of tallies that is written and read."""
    return settings.dashboard_generation if isinstance(settings, Settings) else GENERATION
