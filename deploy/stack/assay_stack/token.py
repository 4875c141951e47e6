"""Bearer tokens for development, signed by the stack's own issuer."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from assay_stack.home import Home
from assay_stack.keys import AUDIENCE, ISSUER, issuer_key, make_keys
from kernel.failure import Failure
from rulebook.engine.roles import every_role

MINUTES = 60


@dataclass(frozen=True)
class Token:
    """A bearer token and when it expires."""

    value: str
    expires_at: datetime


def make_token(
    home: Home,
    roles: str | Sequence[str],
    parties: str | Sequence[str] | None = None,
    minutes: int = MINUTES,
    name: str | None = None,
) -> Token:
    """A token of a person for a role or several; where an organisation holds one of them, it names that or several."""
    from joserfc import jwt
    from joserfc.jwk import ECKey

    held, acted_for = _several(roles), _several(parties or ())
    _require_sense(held, acted_for, minutes)
    make_keys(home)
    key = ECKey.import_key(json.loads(issuer_key(home).read_text()))
    now = int(time.time())
    subject = name or "+".join(acted_for or held)
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + minutes * 60, "roles": held}
    if acted_for:
        claims["party"] = acted_for if len(acted_for) > 1 else acted_for[0]
    value = jwt.encode({"alg": "ES256", "kid": key.kid, "typ": "JWT"}, claims, key)
    return Token(value, datetime.fromtimestamp(now + minutes * 60, UTC))


def _several(given: str | Sequence[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _require_sense(roles: Sequence[str], parties: Sequence[str], minutes: int) -> None:
    known = every_role()
    if not roles:
        raise Failure("A token needs a role.", f"Use one or more of: {', '.join(known)}.")
    for role in roles:
        if role not in known:
            raise Failure(f"There is no role {role!r}.", f"Use one of: {', '.join(known)}.")
        if known[role] and not parties:
            raise Failure(f"A token for {role} must name its Party.", "Add --party with the Party's signifier.")
    if minutes < 1:
        raise Failure("A token must be valid for a minute at least.", "Give --minutes a number above 0.")
