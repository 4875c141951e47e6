"""The service's routes."""

from fastapi import APIRouter

from disputes.api import determinations, evidence, referral_rights, referrals

router = APIRouter()
router.include_router(referral_rights.router)
router.include_router(referrals.router)
router.include_router(evidence.router)
router.include_router(determinations.router)
