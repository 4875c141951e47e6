"""The contenders of the hop still run: with so little to do that their figures would mean nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from assay_lab.benchmark import benchmark_environment
from assay_lab.fixtures import TestKafka, TestPostgres

CONTENDERS = ("product", "bare", "bare, traced", "one by one", "faust", "without chain", "without traces")
CHECKOUT = Path(__file__).parents[2]
SHAPE = {"events": 2.0, "publications": 0.5, "event_bytes": 100, "publication_bytes": 100}


@pytest.mark.parametrize("contender", CONTENDERS)
def test_a_contender_comes_to_its_end(contender: str, postgres: TestPostgres, kafka: TestKafka) -> None:
    given = json.dumps({"dsn": postgres.database(), "kafka": kafka.bootstrap, "count": 20, "shape": SHAPE})
    module = ("tests.benchmarks.hop", "--work", "disputes", "--contender", contender, "--given", given)
    done = subprocess.run(
        (sys.executable, "-m", *module),
        cwd=CHECKOUT,
        env=benchmark_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert (result["messages"], result["seconds"] > 0) == (20, True)
