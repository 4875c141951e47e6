"""The service's routes."""

from notification.api.engagements import router as router
