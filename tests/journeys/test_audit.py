"""The command line finds a journey's records intact, and says so no more when a stored event was changed."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg

from assay_lab.demo import EXAMPLE, fresh_party
from assay_lab.scenario import Scenario, Target
from assay_stack.home import Home
from assay_stack.postgres import SUPERUSER, Postgres
from assay_stack.services import SERVICES

SECONDS = 60


def verify(home: Home, *arguments: str) -> tuple[int, dict[str, Any]]:
    """What `./assay audit verify --json` answers, and its exit code."""
    command = (sys.executable, "-m", "assay_cli", "audit", "verify", "--json", *arguments)
    environment = {**os.environ, "ASSAY_HOME": str(home.folder)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


async def change(home: Home, statement: str) -> None:
    """Do as the superuser what no trigger sees."""
    password = home.passwords([SUPERUSER])[SUPERUSER]
    server = Postgres(home.postgres, home.ports(["postgres"])["postgres"], password)
    connection = await asyncpg.connect(server.address(SUPERUSER, password, "certification"))
    try:
        await connection.execute("SET session_replication_role = replica")
        assert await connection.execute(statement) == "UPDATE 1"
    finally:
        await connection.close()


def test_a_journeys_records_are_intact_until_somebody_changes_one(home: Home, there: Target, tmp_path: Path) -> None:
    result = Scenario(there, EXAMPLE, fresh_party(EXAMPLE), lambda *_: None).run()
    held_by_the_party = tmp_path / "certificate.json"
    held_by_the_party.write_bytes(result.twin)
    code, found = verify(home, "--certificate", str(held_by_the_party))
    assert (code, found["intact"]) == (0, True), found
    services = {each["service"]: each for each in found["services"]}
    assert set(services) == {service.name for service in SERVICES}
    assert services["certification"]["heads_checked"] >= 2, "what was published, and what was printed"

    forge = "UPDATE event SET data = replace(data::text, '{one}', '{other}')::json WHERE type = 'certificate-prepared'"
    forge += f" AND data::text LIKE '%{result.certificate['number']}%'"
    asyncio.run(change(home, forge.format(one=result.party, other=result.party[::-1])))
    try:
        code, found = verify(home)
        assert (code, found["intact"]) == (1, False)
        (broken,) = [each for each in found["services"] if not each["intact"]]
        assert (broken["service"], broken["first_broken"]["stream"]) == (
            "certification",
            f"completion-{result.engagement}",
        )
    finally:
        asyncio.run(change(home, forge.format(one=result.party[::-1], other=result.party)))
    assert verify(home)[0] == 0
