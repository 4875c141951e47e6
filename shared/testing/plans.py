"""How a query goes to its tables: what a test asserts where the cost must follow the work and not the whole."""

from collections.abc import Iterator, Mapping
from typing import Any

import asyncpg
import orjson

USED_BEFORE = 6
"""Five times a statement is planned for its arguments; then one plan for all may take their place."""


async def ways(connection: "asyncpg.Connection[Any]", query: str, *arguments: str) -> set[str]:
    """The indexes through which a query reads, and the tables of which it reads every row, as `every row of TABLE`.

    As a service's prepared statement does that was used before: the server may by then have one plan for whatever
    arguments. What is never executed for these is left out. `arguments` are literals.
    """
    await connection.execute(f"PREPARE asked AS {query}")
    given = f"({', '.join(arguments)})" if arguments else ""
    for _ in range(USED_BEFORE):
        await connection.execute(f"EXECUTE asked{given}")
    plan = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT json) EXECUTE asked{given}")
    await connection.execute("DEALLOCATE asked")
    return set(_ways(orjson.loads(plan)[0]["Plan"]))


def _ways(node: Mapping[str, Any]) -> Iterator[str]:
    if not node["Actual Loops"]:
        return
    if node["Node Type"] == "Seq Scan":
        yield f"every row of {node['Relation Name']}"
    elif "Index Name" in node:
        yield node["Index Name"]
    for each in node.get("Plans", ()):
        yield from _ways(each)
