"""Signatures after the Standard Webhooks specification: HMAC-SHA256 over id, time and body."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

from engine.core.webhooks import SECRET_PREFIX
from pipes.identifiers import Instant


class NoSecret(Exception):
    """What is kept under that name cannot sign."""


def signed_headers(
    message: str, at: Instant, body: bytes, secrets: Iterable[str]
) -> dict[str, str]:
    """The headers by which a receiver knows who sent a body, and drops what it has had already.

    Args:
        message: The id of the message; the same for each attempt.
        at: When this attempt is made.
        body: What is sent.
        secrets: Those that are valid now; a receiver needs to know one of them. Without any it is
            not signed.

    Raises:
        NoSecret: One of the secrets is none.
    """
    seconds = str(int(at.timestamp()))
    content = f"{message}.{seconds}.".encode() + body
    signatures = [_signature(_key(secret), content) for secret in secrets]
    headers = {"webhook-id": message, "webhook-timestamp": seconds}
    return {**headers, "webhook-signature": " ".join(signatures)} if signatures else headers


def _signature(key: bytes, content: bytes) -> str:
    digest = hmac.new(key, content, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _key(secret: str) -> bytes:
    text = secret.removeprefix(SECRET_PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        key = b""
    if not key:
        raise NoSecret(f"A secret that signs is `{SECRET_PREFIX}` and Base64.")
    return key
