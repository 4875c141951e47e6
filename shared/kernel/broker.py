"""How a client finds Kafka, and who it is there."""

import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any

ClientOptions = Mapping[str, Any]
"""What every client of aiokafka takes."""


def client_options(address: str, tls: str = "") -> ClientOptions:
    """The broker at `host:port`.

    `tls` is a folder with `ca.pem`, by which the broker is known, and `client.pem` and `client.key`, by which it knows
    the client. Without it the connection is plain, and the client nobody.
    """
    if not tls:
        return {"bootstrap_servers": address}
    return {"bootstrap_servers": address, "security_protocol": "SSL", "ssl_context": tls_context(tls)}


@cache
def tls_context(folder: str) -> ssl.SSLContext:
    """The certificate of a client's folder, read once."""
    context = ssl.create_default_context(cafile=f"{folder}/ca.pem")
    context.load_cert_chain(f"{folder}/client.pem", f"{folder}/client.key")
    return context
