"""Where a webhook may go: to the internet, and to nothing inside, whatever a name resolves to.

The address that was checked is the one that is connected to: a name that resolves otherwise a moment later changes
nothing. A deployment may allow private addresses and plain HTTP by a setting.
"""

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

import httpx

from kernel.refusal import Refusal

LONGEST_URL: Final = 500
RESOLVE_SECONDS: Final = 5.0
INTERNET: Final = IPv6Network("2000::/3")
"""All of IPv6 that is given out to be reached (RFC 4291); site-local addresses and those that carry IPv4 are not."""
ALSO_INSIDE: Final = (
    IPv4Network("192.0.0.0/24"),  # assigned for protocols; a cloud's metadata among them
    IPv6Network("2002::/16"),  # these carry an IPv4 address
)


@dataclass(unsafe_hash=True)
class AddressRefused(Refusal):
    """No webhook can go to {url}: {problem}."""

    remedy = "Give an https address of a server that the internet can reach, like https://hooks.example.com/assay."
    url: str
    problem: str


@dataclass(frozen=True)
class Target:
    """A webhook's address, and the IP address that was checked and is connected to."""

    url: httpx.URL
    ip: str

    @property
    def connected(self) -> httpx.URL:
        """The address with the checked IP address in the place of the name."""
        return self.url.copy_with(host=self.ip)


def parsed(url: str, private: bool) -> httpx.URL:
    """A webhook's address, or AddressRefused: https, a host, and nothing that could be taken for another one."""
    try:
        found = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise AddressRefused(url[:LONGEST_URL], "it is no address") from None
    if found.scheme != "https" and not (private and found.scheme == "http"):
        raise AddressRefused(url, "it is not https")
    if not found.host or found.userinfo or found.fragment:
        raise AddressRefused(url, "it must have a host, and no name, password or fragment")
    return found


async def resolved(url: str, private: bool) -> Target:
    """The address with what it resolves to now. Raises AddressRefused where any of it is inside."""
    target = parsed(url, private)
    port = target.port or {"http": 80, "https": 443}[target.scheme]
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            loop = asyncio.get_running_loop()
            found = await loop.getaddrinfo(target.raw_host.decode(), port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        raise AddressRefused(url, "its name can't be resolved") from None
    addresses = [str(each[4][0]) for each in found]
    if not private and any(is_inside(address) for address in addresses):
        raise AddressRefused(url, "it leads to a private, local or reserved address")
    return Target(target, addresses[0])


def is_inside(address: str) -> bool:
    """Whether an IP address is none of the internet: private, loopback, link-local, metadata, multicast, reserved."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if found.version == 6 and found not in INTERNET:
        return True
    return not found.is_global or found.is_multicast or any(found in each for each in ALSO_INSIDE)
