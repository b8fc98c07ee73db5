"""Tokens for programs: made here, whoever asks for one."""

import secrets
from collections.abc import Iterable
from datetime import timedelta

from api.signin.people import SCOPES, now
from engine.store.people import Token, hashed


def new_token(user: str, *, name: str, scopes: Iterable[str], days: int) -> tuple[Token, str]:
    """A token, as it is kept, and its secret, which is shown once."""
    wanted = set(scopes)
    secret = f"pl_{secrets.token_urlsafe(32)}"
    moment = now()
    token = Token(
        id=secrets.token_hex(8),
        hash=hashed(secret),
        name=name,
        user=user,
        scopes=" ".join(scope for scope in SCOPES if scope in wanted),
        created_at=moment,
        expires_at=moment + timedelta(days=days),
    )
    return token, secret
