"""Which Assay a command speaks to: the gateway that is named, by the token that is given, or else the local stack."""

import os
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from kernel.failure import Failure

GATEWAY = "ASSAY_GATEWAY"
TOKEN = "ASSAY_TOKEN"
TOKEN_FILE = "ASSAY_TOKEN_FILE"
NAME_ONE = f"Name a gateway with {GATEWAY} or --gateway, and give your token in {TOKEN} or a file with --token-file."


@dataclass(frozen=True)
class Target:
    """A gateway, and the bearer token by which it is asked."""

    gateway: str
    token: str


@dataclass(frozen=True)
class Choice:
    """What the command line and its environment say about the target."""

    gateway: str | None = None
    token_file: Path | None = None


def choose(
    context: typer.Context,
    gateway: Annotated[
        str | None,
        typer.Option(envvar=GATEWAY, metavar="URL", help="The gateway to speak to; left out: the local stack's."),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(envvar=TOKEN_FILE, dir_okay=False, help=f"The file with your bearer token; or set {TOKEN}."),
    ] = None,
) -> None:
    """Keep what was chosen for the command that follows."""
    context.obj = Choice(gateway or None, token_file)


def target_of(context: typer.Context) -> Target:
    """The gateway that was named, with its token; else that of the local stack."""
    choice = choice_of(context)
    gateway, token = choice.gateway and _address(choice.gateway), _token(choice)
    if gateway is None:
        if token is not None:
            raise Failure("A token was given, but no gateway to send it to.", f"Name it with {GATEWAY} or --gateway.")
        found: Target = local_stack(NAME_ONE).target()
        return found
    if token is None:
        remedy = f"Give a token with the role operations in {TOKEN}, or a file that holds it with --token-file."
        raise Failure(f"No token was given for the gateway {gateway}.", remedy)
    return Target(gateway, token)


def choice_of(context: typer.Context) -> Choice:
    """What was chosen on the command line."""
    return context.find_object(Choice) or Choice()


def local_stack(otherwise: str) -> Any:
    """The local stack as a target, where its package is installed; `otherwise` says what can be named in its place."""
    if find_spec("assay_stack") is None:
        raise Failure("No local stack is installed here.", otherwise)
    return import_module("assay_cli.local_target")


def _token(choice: Choice) -> str | None:
    given = choice.token_file.read_text() if choice.token_file else os.environ.get(TOKEN)
    if not given:
        return None
    token = given.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        where = f"The file {choice.token_file}" if choice.token_file else TOKEN
        raise Failure(f"{where} holds no bearer token.", "Put the token there, alone, as its issuer gave it.")
    return token


def _address(gateway: str) -> str:
    try:
        parts = urlsplit(gateway)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        remedy = f"Set {GATEWAY} to its base address, for example https://assay.example."
        raise Failure(f"{gateway!r} is not a gateway's address.", remedy)
    return gateway.rstrip("/")
