"""The queries of webhooks."""

from pathlib import Path

from chassis.process.database import load_queries

QUERIES = load_queries(Path(__file__).parent / "queries.sql")
