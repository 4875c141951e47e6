"""Keeps the story of a release: one engagement, what everybody asked for in each step, and the databases before it.

    .venv/bin/python tests/replay/record_release.py NAME

It runs the scenario of the demo on the stack of ASSAY_HOME, which is up and empty, and writes `releases/NAME.jsonl.gz`:
the migrations that the databases have, then a line for each step, with what has changed in them since the line before.
A story is never recorded anew: the release that could write it is gone.
"""

import asyncio
import base64
import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
from tests.replay.releases import DECIDING, LEFT_OUT, RELEASES, TABLES

from assay_lab.api_client import ApiClient
from assay_lab.demo import EXAMPLE, fresh_party, local_target
from assay_lab.scenario import Scenario
from assay_stack.home import Home
from assay_stack.postgres import database_url
from assay_stack.services import SERVICES, address

QUIET_SECONDS = 60
LOOK_SECONDS = 0.3


class Recorder:
    """Writes down each step of a scenario."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._kept: dict[tuple[str, str], Counter[str]] = {}
        self.migrations: dict[str, list[str]] = {}
        self.lines: list[dict[str, Any]] = []

    def before_step(self, scenario: Scenario) -> None:
        """Everything that followed from the steps before is there: keep it, and listen to the next."""
        self._wait_until_quiet(scenario.operations)
        changes = asyncio.run(self._changes([scenario.engagement, scenario.party]))
        names = {"engagement": scenario.engagement, "party": scenario.party}
        self.lines.append({**names, "changes": changes, "asked": []})

    def listen(self, client: ApiClient, role: str) -> None:
        """Write down what a client asks for."""

        def asked(request: httpx.Request) -> None:
            if request.method == "GET" or not self.lines:
                return
            path, content = request.url.raw_path.decode(), base64.b64encode(request.read()).decode()
            type = request.headers.get("content-type")
            self.lines[-1]["asked"].append(
                {"role": role, "method": request.method, "path": path, "type": type, "content": content}
            )

        client._client.event_hooks["request"].append(asked)

    def _wait_until_quiet(self, operations: ApiClient) -> None:
        deadline, quiet = time.monotonic() + QUIET_SECONDS, 0
        while quiet < 3:
            time.sleep(LOOK_SECONDS)
            lag = operations.get("/operations/lag")["services"]
            quiet = 0 if any(each["consumer_lag"] or each["outbox_pending"] for each in lag) else quiet + 1
            assert time.monotonic() < deadline, lag

    async def _changes(self, names: Sequence[str]) -> dict[str, dict[str, dict[str, list[str]]]]:
        """The rows about the engagement that were added and removed since the last time, by service and table."""
        changes: dict[str, dict[str, dict[str, list[str]]]] = {}
        for service in DECIDING:
            connection = await asyncpg.connect(database_url(self._home, service))
            try:
                applied = await connection.fetch("SELECT name FROM migration ORDER BY applied_at, name")
                self.migrations[service] = [row["name"] for row in applied]
                for table in [row["tablename"] for row in await connection.fetch(TABLES)]:
                    if table in LEFT_OUT:
                        continue
                    query = f"SELECT row_to_json(t)::text AS row FROM {table} t WHERE t::text LIKE ANY ($1)"
                    rows = await connection.fetch(query, [f"%{name}%" for name in names])
                    now, before = Counter(row["row"] for row in rows), self._kept.get((service, table), Counter())
                    if now != before:
                        change = {"removed": list((before - now).elements()), "added": list((now - before).elements())}
                        changes.setdefault(service, {})[table] = change
                    self._kept[service, table] = now
            finally:
                await connection.close()
        return changes


def main(name: str) -> None:
    """Record the stack of ASSAY_HOME."""
    home = Home.here()
    addresses = {each.name: address(home.ports([each.name]), each.name) for each in SERVICES}
    addresses["kafka"] = f"127.0.0.1:{home.ports(['kafka'])['kafka']}"
    recorder = Recorder(home)

    def tell(*what: object) -> None:
        print(*what, file=sys.stderr)

    scenario = Scenario(local_target(home, addresses), EXAMPLE, fresh_party(EXAMPLE), tell)
    scenario.before_step = lambda _number: recorder.before_step(scenario)
    recorder.listen(scenario.participant, "participant")
    recorder.listen(scenario.dcc, "dcc")
    recorder.listen(scenario.operations, "operations")
    scenario.run()
    file = Path(RELEASES / f"{name}.jsonl.gz")
    file.parent.mkdir(exist_ok=True)
    lines = [{"migrations": recorder.migrations}, *recorder.lines]
    file.write_bytes(gzip.compress(b"".join(orjson.dumps(line) + b"\n" for line in lines), 9, mtime=0))
    print(json.dumps({"steps": len(recorder.lines), "bytes": file.stat().st_size}))


if __name__ == "__main__":
    main(*sys.argv[1:])
