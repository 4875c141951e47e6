"""Who is calling: OpenID Connect bearer tokens, verified by every service for itself."""

import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
import orjson
from joserfc import jwt
from joserfc.errors import BadSignatureError, ClaimError, ExpiredTokenError, JoseError, UnsupportedAlgorithmError
from joserfc.jwk import KeySet

from chassis import timing
from kernel.principal import Principal, Role
from kernel.refusal import Kind, Refusal

ALGORITHMS = ["ES256", "RS256", "PS256", "EdDSA"]
REMEMBERED = 5_000


@dataclass(unsafe_hash=True)
class WrongRole(Refusal):
    """The role {role} may not do this."""

    kind = Kind.FORBIDDEN
    remedy = "Use a token with one of these roles: {allowed}."
    role: str
    allowed: str


class NotAuthenticated(Exception):
    """The bearer token is missing or can't be accepted; `args[0]` says why."""


class KeysUnreachable(Exception):
    """The issuer's keys can't be read, so that no token can be checked."""


class TokenVerifier:
    """Checks signature, algorithm, issuer, audience and expiry, and remembers the tokens it accepted."""

    def __init__(self, issuer: str, audience: str, jwks: str) -> None:
        self._jwks = jwks
        self._wanted = {"iss": f"it must be {issuer}", "aud": f"it must be {audience}"}
        self._keys: KeySet | None = None
        self._loaded_at = 0.0
        self._accepted: OrderedDict[str, tuple[Principal, float]] = OrderedDict()
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def verify(self, token: str) -> Principal:
        """The caller a token stands for, or NotAuthenticated."""
        remembered = self._accepted.get(token)
        if remembered and remembered[1] > time.time():
            return remembered[0]
        claims = await self._claims_of(token)
        principal = _principal(claims)
        self._accepted[token] = (principal, float(claims["exp"]))
        if len(self._accepted) > REMEMBERED:
            self._accepted.popitem(last=False)
        return principal

    async def _claims_of(self, token: str) -> dict[str, Any]:
        for fresh in (False, True):
            try:
                decoded = jwt.decode(token, await self._key_set(fresh), algorithms=ALGORITHMS)
                self._claims.validate(decoded.claims)
                return decoded.claims
            except ExpiredTokenError as error:
                raise NotAuthenticated("the token has expired") from error
            except ClaimError as error:
                raise NotAuthenticated(self._claim_said(error)) from error
            except (JoseError, ValueError) as error:
                problem = error  # perhaps signed by a key that the issuer published since
        raise NotAuthenticated(f"the token can't be accepted: {_said(problem)}") from problem

    def _claim_said(self, error: ClaimError) -> str:
        wanted = [said for claim, said in self._wanted.items() if claim == error.claim]
        return f"the token's claims don't fit: {'; '.join([error.description, *wanted])}"

    async def _key_set(self, fresh: bool) -> KeySet:
        stale = time.monotonic() - self._loaded_at > timing.KEY_SET_SECONDS
        if self._keys is None or (fresh and stale):
            self._keys = KeySet.import_key_set(await self._published())
            self._loaded_at = time.monotonic()
        return self._keys

    async def _published(self) -> Any:
        try:
            return await _read_jwks(self._jwks)
        except (httpx.HTTPError, OSError, ValueError) as error:
            raise KeysUnreachable(self._jwks) from error


def _said(error: Exception) -> str:
    if isinstance(error, BadSignatureError):
        return "no key of the issuer made its signature"
    said = getattr(error, "description", "") or type(error).__name__
    return (
        f"{said}; signed with one of {', '.join(ALGORITHMS)}" if isinstance(error, UnsupportedAlgorithmError) else said
    )


async def _read_jwks(address: str) -> Any:
    if address.startswith(("http://", "https://")):
        async with httpx.AsyncClient(timeout=timing.ISSUER_ANSWER_SECONDS) as client:
            return (await client.get(address)).raise_for_status().json()
    return orjson.loads(await anyio.Path(Path(address)).read_bytes())


def _principal(claims: dict[str, Any]) -> Principal:
    roles = claims.get("roles")
    if not isinstance(roles, list) or len(roles) != 1 or str(roles[0]) not in set(Role):
        raise NotAuthenticated(f"the token must carry one known role in `roles`: {', '.join(Role)}")
    role = Role(roles[0])
    party = claims.get("party")
    if role is Role.PARTICIPANT and not isinstance(party, str):
        raise NotAuthenticated("a participant's token must name its Party in `party`")
    return Principal(name=str(claims["sub"]), role=role, party=party if isinstance(party, str) else None)
