"""The six services, and what each is told by its environment."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from assay_stack.home import Home
from assay_stack.keys import AUDIENCE, ISSUER, jwks, seal_key
from assay_stack.ports import LOOPBACK
from assay_stack.process import Program
from kernel.failure import Failure

PYTHON = {
    "PYTHONUNBUFFERED": "1",
    "PYTHONSAFEPATH": "1",  # the folder it runs in holds no modules
    "PYTHONDONTWRITEBYTECODE": "",  # the second start is to be quicker than the first
}


@dataclass(frozen=True)
class Service:
    """One service: its name, and the Python package whose `main` runs it."""

    name: str

    @property
    def package(self) -> str:
        """The package that holds it."""
        return self.name.replace("-", "_")

    @property
    def exists(self) -> bool:
        """Whether its package can be run."""
        try:
            return find_spec(f"{self.package}.main") is not None
        except ModuleNotFoundError:
            return False


GATEWAY = Service("gateway")
BEHIND_THE_GATEWAY = tuple(
    map(Service, ("notification", "artefact-review", "execution-tracker", "certification", "disputes"))
)
SERVICES = (GATEWAY, *BEHIND_THE_GATEWAY)
SMTP = "smtp"


def chosen() -> tuple[Service, ...]:
    """The services that this stack runs: all, or those that ASSAY_ONLY names, separated by commas."""
    only = os.environ.get("ASSAY_ONLY")
    if only is None:
        return SERVICES
    names = {name.strip() for name in only.split(",")} - {""}
    if unknown := names - {service.name for service in SERVICES}:
        raise Failure(
            f"ASSAY_ONLY names what is no service: {', '.join(sorted(unknown))}.",
            f"Choose from {', '.join(service.name for service in SERVICES)}.",
        )
    return tuple(service for service in SERVICES if service.name in names)


def require_services(services: tuple[Service, ...]) -> None:
    """Fail when a service can't be run."""
    missing = [service.name for service in services if not service.exists]
    if missing:
        raise Failure(
            f"These services have no main module: {', '.join(missing)}.",
            "Complete the checkout, or set ASSAY_ONLY to the names of those that are to run.",
        )


def program(service: Service, home: Home, ports: Mapping[str, int], database_url: str) -> Program:
    """How a service is started."""
    command = (sys.executable, "-m", f"{service.package}.main")
    folder = home.work / service.name
    folder.mkdir(parents=True, exist_ok=True)
    return Program(service.name, command, environment(service, home, ports, database_url), folder=folder)


def environment(service: Service, home: Home, ports: Mapping[str, int], database_url: str) -> dict[str, str]:
    """What a service is told."""
    return {
        "ASSAY_HTTP_HOST": LOOPBACK,
        "ASSAY_HTTP_PORT": str(ports[service.name]),
        "ASSAY_DATABASE_URL": database_url,
        "ASSAY_KAFKA": f"{LOOPBACK}:{ports['kafka']}",
        "ASSAY_OIDC_ISSUER": ISSUER,
        "ASSAY_OIDC_AUDIENCE": AUDIENCE,
        "ASSAY_OIDC_JWKS": str(jwks(home)),
        "ASSAY_FILES": str(home.files),
        "ASSAY_TELEMETRY": str(home.telemetry),
        "ASSAY_SEAL_KEY": str(seal_key(home, service.name)),
        "ASSAY_REHEARSAL": "true",
        "ASSAY_PUBLIC_URL": address(ports, GATEWAY.name),
        **PYTHON,
        **_of_its_own(service, home, ports),
    }


def address(ports: Mapping[str, int], name: str) -> str:
    """Where a service answers."""
    return f"http://{LOOPBACK}:{ports[name]}"


def _of_its_own(service: Service, home: Home, ports: Mapping[str, int]) -> dict[str, str]:
    match service.name:
        case "gateway":
            return {"ASSAY_SERVICES": json.dumps({each.name: address(ports, each.name) for each in BEHIND_THE_GATEWAY})}
        case "notification":
            return {"ASSAY_SMTP": f"{LOOPBACK}:{ports[SMTP]}"}
        case "certification":
            return {"ASSAY_SIGNING": str(home.signing)}
        case _:
            return {}
