"""The service's routes."""

from fastapi import APIRouter

from disputes.api import determinations, referral_rights, referrals

router = APIRouter()
router.include_router(referral_rights.router)
router.include_router(referrals.router)
router.include_router(determinations.router)
