"""The local stack as one target among others: its gateway, its spans, its records. Loaded where no other is named."""

import getpass
from pathlib import Path

from assay_cli.audit import Records
from assay_cli.target import NAME_ONE, Target
from assay_stack.home import Home
from assay_stack.keys import seal_file
from assay_stack.ports import LOOPBACK
from assay_stack.postgres import database_url
from assay_stack.services import GATEWAY, SERVICES, address
from assay_stack.state import State
from assay_stack.token import make_token
from chassis.eventstore.seal import read_key
from kernel.failure import Failure

TOKEN_MINUTES = 5
START_IT = "Start the stack: ./assay up."


def target() -> Target:
    """The stack's gateway, with a token of operations."""
    home = Home.here()
    if State.read(home) is None:
        raise Failure("No gateway was named, and the local stack is not up.", f"{START_IT} Or name another. {NAME_ONE}")
    return operator(home, GATEWAY.name)


def operator(home: Home, service: str) -> Target:
    """A service of the stack, asked by operations. Who decides is kept, so the token names the person."""
    token = make_token(home, "operations", minutes=TOKEN_MINUTES, name=getpass.getuser())
    return Target(address(home.ports([service]), service), token.value)


def telemetry() -> Path:
    """Where the stack's services export their spans."""
    return Home.here().telemetry


def records() -> Records:
    """What an audit of the stack compares."""
    home = Home.here()
    if State.read(home) is None:
        raise Failure("The local stack is not up.", f"{START_IT} Or name the records: see `assay audit verify --help`.")
    files = {each.name: seal_file(home, each.name) for each in SERVICES}
    return Records(
        databases={each.name: database_url(home, each.name) for each in SERVICES},
        kafka=f"{LOOPBACK}:{home.ports(['kafka'])['kafka']}",
        keys={name: read_key(file) for name, file in files.items() if file.exists()},
        files=str(home.files),
        twins=tuple(sorted((home.files / "certificates").glob("*.json"))),
    )
