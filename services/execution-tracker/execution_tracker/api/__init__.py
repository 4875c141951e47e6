"""The service's routes."""

from execution_tracker.api.executions import router as router
