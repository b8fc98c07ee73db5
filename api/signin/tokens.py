"""Tokens for programs: made here, whoever asks for one."""

import secrets
from collections.abc import Iterable
from datetime import timedelta

from api.signin.people import now
from engine.core.administration import MakeToken
from engine.core.scopes import SCOPES, Scope
from engine.store.people import hashed
from pipes.identifiers import UserId

LONGEST_TOKEN_DAYS = 3660


def new_token(user: str, *, name: str, scopes: Iterable[Scope], days: int) -> tuple[MakeToken, str]:
    """A token, as it is to be made, and its secret, which is shown once."""
    wanted = set(scopes)
    secret = f"pl_{secrets.token_urlsafe(32)}"
    act = MakeToken(
        person=UserId(user),
        token=secrets.token_hex(8),
        name=name,
        scopes=tuple(scope for scope in SCOPES if scope in wanted),
        expires_at=now() + timedelta(days=days),
        token_hash=hashed(secret),
    )
    return act, secret
