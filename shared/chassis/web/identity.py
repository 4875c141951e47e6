"""Who is calling: OpenID Connect bearer tokens, verified by every service for itself."""

import time
from collections.abc import Collection
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
from kernel.principal import Principal
from kernel.recent import Recent
from kernel.refusal import Kind, Refusal

ALGORITHMS = ["ES256", "RS256", "PS256", "EdDSA"]
REMEMBERED = 5_000


@dataclass(unsafe_hash=True)
class ActingAsNotHeld(Refusal):
    """You can't act as {chosen}: your token lets you act as {held}."""

    kind = Kind.FORBIDDEN
    remedy = "Choose one of these in the header Assay-Acting-As, for example Assay-Acting-As: {example}."
    chosen: str
    held: str
    example: str


@dataclass(unsafe_hash=True)
class ActingAsMissing(Refusal):
    """Your token lets you act as {held}, and the request does not choose."""

    remedy = "Choose one in the header Assay-Acting-As, for example Assay-Acting-As: {example}."
    held: str
    example: str


class NotAuthenticated(Exception):
    """The bearer token is missing or can't be accepted; `args[0]` says why."""


class KeysUnreachable(Exception):
    """The issuer's keys can't be read, so that no token can be checked."""


@dataclass(frozen=True)
class Identity:
    """What a token says of a person: every role that they hold, and every organisation for which they act."""

    name: str
    roles: tuple[str, ...]
    parties: tuple[str, ...] = ()

    def acting_as(self, chosen: str | None) -> Principal:
        """The person in the role, and for the organisation, that they chose: `role` or `role/organisation`.

        Where there is one of each only, nothing needs to be chosen. A role may be chosen without an organisation:
        a body such as the Panel is none, whoever else its member acts for.
        """
        if not chosen:
            return self._only()
        role, _, party = (part.strip() for part in chosen.partition("/"))
        if role not in self.roles or (party and party not in self.parties):
            raise ActingAsNotHeld(chosen, self._held(), self._example())
        return Principal(self.name, role, party or self._only_party())

    def _only(self) -> Principal:
        if len(self.roles) > 1 or len(self.parties) > 1:
            raise ActingAsMissing(self._held(), self._example())
        return Principal(self.name, self.roles[0], self._only_party())

    def _only_party(self) -> str | None:
        return self.parties[0] if len(self.parties) == 1 else None

    def _held(self) -> str:
        roles, parties = ", ".join(self.roles), ", ".join(self.parties)
        return f"{roles} for {parties}" if parties else roles

    def _example(self) -> str:
        return "/".join((self.roles[0], *self.parties[:1]))


class TokenVerifier:
    """Checks signature, algorithm, issuer, audience and expiry, and remembers the tokens it accepted.

    `roles` are those of the house: others, which an issuer gives for systems of its own, are left out. None: all count.
    """

    def __init__(self, issuer: str, audience: str, jwks: str, roles: Collection[str] | None = None) -> None:
        self._jwks = jwks
        self._roles = roles
        self._wanted = {"iss": f"it must be {issuer}", "aud": f"it must be {audience}"}
        self._keys: KeySet | None = None
        self._loaded_at = 0.0
        self._accepted: Recent[str, tuple[Identity, float]] = Recent(REMEMBERED)
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def verify(self, token: str) -> Identity:
        """Whom a token stands for, or NotAuthenticated."""
        remembered = self._accepted.get(token)
        if remembered and remembered[1] > time.time():
            return remembered[0]
        claims = await self._claims_of(token)
        identity = self._identity(claims)
        self._accepted.put(token, (identity, float(claims["exp"])))
        return identity

    def _identity(self, claims: dict[str, Any]) -> Identity:
        roles = tuple(role for role in _texts(claims.get("roles")) if self._roles is None or role in self._roles)
        if not roles:
            known = f": {', '.join(sorted(self._roles))}" if self._roles else ""
            raise NotAuthenticated(f"the token must carry at least one known role in `roles`{known}")
        return Identity(str(claims["sub"]), roles, _texts(claims.get("party")))

    async def _claims_of(self, token: str) -> dict[str, Any]:
        for fresh in (False, True):
            try:
                decoded = jwt.decode(token, await self._key_set(fresh), algorithms=ALGORITHMS)
                self._claims.validate(decoded.claims)
                return decoded.claims
            except ExpiredTokenError as error:
                raise NotAuthenticated("the token has expired") from error
            except ClaimError as error:
                raise NotAuthenticated(self._claim_described(error)) from error
            except (JoseError, ValueError) as error:
                problem = error  # perhaps signed by a key that the issuer published since
        raise NotAuthenticated(f"the token can't be accepted: {_described(problem)}") from problem

    def _claim_described(self, error: ClaimError) -> str:
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


def _described(error: Exception) -> str:
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


def _texts(claim: Any) -> tuple[str, ...]:
    """One text, or a list of them."""
    given = claim if isinstance(claim, list) else [claim]
    return tuple(dict.fromkeys(each for each in given if isinstance(each, str) and each))
