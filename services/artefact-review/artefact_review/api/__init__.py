"""The service's routes."""

from artefact_review.api.reviews import router as router
