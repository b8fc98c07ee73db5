"""Passwords: hashed with Argon2id, and what makes one acceptable (NIST SP 800-63B-4).

Long enough, and not to be guessed: no rules of which characters it consists, no expiry, no hints.
"""

import re
import secrets
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# What SP 800-63B-4, 3.1.1.2, asks of a password that is the only factor.
MINIMUM_LENGTH = 15
MAXIMUM_LENGTH = 256
SITE = "phaseline"
# So many guesses, as a power of ten, have to be expected before it is found.
_ENOUGH_GUESSES = 10
# More is not looked at by what counts guesses; long before that there are enough.
_LOOKED_AT = 72
_WORD = re.compile(r"\w{3,}")

_hasher = PasswordHasher()
# Checked when there is no such user, so that the answer takes as long.
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """The hash to store."""
    return _hasher.hash(_normalized(password))


def verify_password(password: str, stored: str | None) -> bool:
    """Whether the password is the one behind the hash; takes as long where there is none."""
    given = password if len(password) <= MAXIMUM_LENGTH else ""
    try:
        _hasher.verify(stored or _NOBODY, _normalized(given))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def one_time_password() -> str:
    """A password for the first sign-in, in groups that can be typed."""
    return in_groups(4)


def in_groups(groups: int) -> str:
    """A random text of groups of four characters that are not taken for each other; each group
    is worth 19 bits.
    """
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(groups))


def faults_of(password: str, *, about: Iterable[str | None]) -> list[str]:
    """Why a new password is not acceptable, in words; empty if it is.

    Args:
        password: As it was typed.
        about: What is known of its owner and of this place: names, addresses.
    """
    faults = []
    if len(password) < MINIMUM_LENGTH:
        faults.append(f"At least {MINIMUM_LENGTH} characters are needed; this has {len(password)}.")
    if len(password) > MAXIMUM_LENGTH:
        faults.append(f"At most {MAXIMUM_LENGTH} characters are read.")
    if not faults:
        faults += _guessable(_normalized(password), about)
    return faults


def _guessable(password: str, about: Iterable[str | None]) -> list[str]:
    """Whether it is, or is made of, what is tried first: common passwords, names, keys in a row."""
    known = [text.casefold() for text in (SITE, *about) if text]
    parts = [word for text in known for word in _WORD.findall(text)]
    found = _zxcvbn()(password[:_LOOKED_AT], user_inputs=[*known, *parts])
    if found["guesses_log10"] >= _ENOUGH_GUESSES:
        return []
    why = str(found["feedback"]["warning"] or "It consists of what is tried first")
    advice = "A few words that do not belong together are better."
    return [f"It is too easy to guess. {why.rstrip('.')}. {advice}"]


@cache
def _zxcvbn() -> Any:  # noqa: ANN401 -- it ships without types
    """What estimates guesses; loaded when somebody chooses a password, as it brings its lists."""
    from zxcvbn import zxcvbn  # noqa: PLC0415

    return zxcvbn


def _normalized(password: str) -> str:
    """The same password from every keyboard."""
    return unicodedata.normalize("NFKC", password)
