"""What the deployment tells this service: nothing of its own so far."""

from chassis.process.settings import Settings

__all__ = ["Settings"]
