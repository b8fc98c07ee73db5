"""Passwords: hashed with Argon2id, and what makes one acceptable (NIST SP 800-63B)."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 256

_hasher = PasswordHasher()
# Checked when there is no such user, so that the answer takes as long.
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """The hash to store."""
    return _hasher.hash(password)


def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password is the one behind the hash; takes as long where there is none."""
    try:
        _hasher.verify(stored or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def one_time_password() -> str:
    """A password for the first sign-in, in groups that can be typed."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4))


def faults_of(password: str, *, user: str) -> list[str]:
    """Why a new password is not acceptable, in words; empty if it is."""
    faults = []
    if len(password) < MINIMUM_LENGTH:
        faults.append(f"At least {MINIMUM_LENGTH} characters are needed; this has {len(password)}.")
    if len(password) > MAXIMUM_LENGTH:
        faults.append(f"At most {MAXIMUM_LENGTH} characters are read.")
    if user and user.lower() in password.lower():
        faults.append("The user name must not be part of it.")
    if password and len(set(password)) < 5:
        faults.append("It has too few different characters.")
    return faults
