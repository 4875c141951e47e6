"""The service's routes."""

from fastapi import APIRouter

from certification.api import certificates, completion, verification

router = APIRouter()
for part in (completion, verification, certificates):
    router.include_router(part.router)
