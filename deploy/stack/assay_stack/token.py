"""Bearer tokens for development, signed by the stack's own issuer."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from assay_stack.home import Home
from assay_stack.keys import AUDIENCE, ISSUER, issuer_key, make_keys
from kernel.failure import Failure
from kernel.principal import Role

MINUTES = 60


@dataclass(frozen=True)
class Token:
    """A bearer token and when it expires."""

    value: str
    expires_at: datetime


def make_token(home: Home, role: str, party: str | None = None, minutes: int = MINUTES) -> Token:
    """A token for a role; a participant's names its Party."""
    from joserfc import jwt
    from joserfc.jwk import ECKey

    _require_sense(role, party, minutes)
    make_keys(home)
    key = ECKey.import_key(json.loads(issuer_key(home).read_text()))
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": party or role, "iat": now, "exp": now + minutes * 60}
    claims |= {"roles": [role]} | ({"party": party} if party else {})
    value = jwt.encode({"alg": "ES256", "kid": key.kid, "typ": "JWT"}, claims, key)
    return Token(value, datetime.fromtimestamp(now + minutes * 60, UTC))


def _require_sense(role: str, party: str | None, minutes: int) -> None:
    if role not in set(Role):
        raise Failure(f"There is no role {role!r}.", f"Use one of: {', '.join(Role)}.")
    if role == Role.PARTICIPANT and not party:
        raise Failure("A participant's token must name its Party.", "Add --party with the Party's signifier.")
    if minutes < 1:
        raise Failure("A token must be valid for a minute at least.", "Give --minutes a number above 0.")
