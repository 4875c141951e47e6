"""The service's routes."""

from disputes.api.referral_rights import router as router
