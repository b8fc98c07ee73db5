"""Codes of an authenticator: time-based one-time passwords (RFC 6238), six digits for 30 s."""

import hmac
from datetime import datetime

import pyotp

SECONDS = 30
# The code that has just been, as it takes time to type one (RFC 6238, 5.2); none that is to come.
_STEPS_BACK = 1
_ISSUER = "Phaseline"


def new_seed() -> str:
    """What an authenticator makes codes of: 160 bits by chance."""
    return pyotp.random_base32()


def address_of(seed: str, account: str, place: str) -> str:
    """What an authenticator reads as a picture.

    Args:
        seed: As `new_seed` makes it.
        account: Whose it is.
        place: Which installation it is for, as the authenticator's list shows it.
    """
    return pyotp.TOTP(seed).provisioning_uri(name=account, issuer_name=f"{_ISSUER} {place}")


def step_of(seed: str, code: str, now: datetime) -> int | None:
    """The step of time whose code this is, if that counts now; None for any other."""
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdecimal()):
        return None
    current = int(now.timestamp()) // SECONDS
    codes = pyotp.HOTP(seed)
    for step in range(current, current - _STEPS_BACK - 1, -1):
        if hmac.compare_digest(codes.at(step), digits):
            return step
    return None


def in_groups(seed: str) -> str:
    """The seed as it can be typed."""
    return " ".join(seed[place : place + 4] for place in range(0, len(seed), 4))
