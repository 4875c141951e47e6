"""Signatures by the rules of Standard Webhooks: `v1` is HMAC-SHA256 over id, time and body.

A secret is made of the service's key, the webhook's id and a number, so that none is stored; another number is another
secret.
"""

import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256

PREFIX = "whsec_"


def secret_of(key: bytes, webhook: str, number: int) -> bytes:
    """The secret of a webhook, 32 bytes."""
    return hmac.digest(key, f"webhook/{webhook}/{number}".encode(), sha256)


def shown(secret: bytes) -> str:
    """The secret as its owner keeps it."""
    return PREFIX + b64encode(secret).decode()


def signed_headers(secrets: Iterable[bytes], id: str, seconds: int, body: bytes) -> Mapping[str, str]:
    """The headers of a message, with a signature for each secret that counts; `seconds` since 1970."""
    content = f"{id}.{seconds}.".encode() + body
    signatures = (f"v1,{b64encode(hmac.digest(secret, content, sha256)).decode()}" for secret in secrets)
    return {"webhook-id": id, "webhook-timestamp": str(seconds), "webhook-signature": " ".join(signatures)}
