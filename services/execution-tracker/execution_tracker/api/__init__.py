"""The service's routes: parse, build the command with now and ids, hand it over, reply."""

from fastapi import APIRouter

from execution_tracker.api import completion, connectivity, dashboards, issues, results

router = APIRouter()
for part in (connectivity, results, issues, dashboards, completion):
    router.include_router(part.router)
