"""The least that a service can be: it takes a JSON body, writes one row, commits and answers.

python -m tests.benchmarks.inserting PORT DATABASE_ADDRESS
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import uvicorn
from fastapi import FastAPI, Request
from pydantic import BaseModel

TABLE = """
CREATE TABLE IF NOT EXISTS evidence (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, engagement text, criterion text, statement text
)
"""
INSERT = "INSERT INTO evidence (engagement, criterion, statement) VALUES ($1, $2, $3) RETURNING id"


class Evidence(BaseModel):
    """The same body as the real command's."""

    criterion: str
    statement: str


def application(dsn: str) -> FastAPI:
    """One route."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(dsn, min_size=2, max_size=10) as pool:
            await pool.execute(TABLE)
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=lifespan)

    @app.post("/engagements/{engagement}/entry-evidence")
    async def give(engagement: str, body: Evidence, request: Request) -> dict[str, Any]:
        id = await request.app.state.pool.fetchval(INSERT, engagement, body.criterion, body.statement)
        return {"id": id}

    return app


if __name__ == "__main__":
    uvicorn.run(application(sys.argv[2]), port=int(sys.argv[1]), log_level="warning", access_log=False)
