"""Ports on the loopback: chosen once, below the range that the system itself lends to outgoing connections."""

import random
import socket
from collections.abc import Iterable

LOOPBACK = "127.0.0.1"
RANGE = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Whether nobody listens on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_port(besides: Iterable[int] = ()) -> int:
    """A port that is free now and is none of those named."""
    taken = set(besides)
    while True:
        port = random.choice(RANGE)
        if port not in taken and is_free(port):
            return port


def answers(port: int) -> bool:
    """Whether somebody accepts connections on the port."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=0.5).close()
    except OSError:
        return False
    return True
