"""Ids of cards and of commands: short, as they stand in many places, and in the order of time.

Eighteen letters and digits instead of a UUID's thirty-six characters. What is made later is
greater, so that an index grows at its end and its pages are full. It is no secret: who may see
what is asked elsewhere.
"""

import secrets
import time

# Crockford's letters: none that is taken for a digit, and none that a mail server would change.
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH, _BITS_OF_A_LETTER = 18, 5
# Of ninety bits: milliseconds from 1970 until 2109, and chance beside them.
_CHANCE = 48


def short_id() -> str:
    """A new id; two of one millisecond are the same once in 2.8 × 10^14 times."""
    number = (time.time_ns() // 1_000_000) << _CHANCE | secrets.randbits(_CHANCE)
    steps = range((_LENGTH - 1) * _BITS_OF_A_LETTER, -1, -_BITS_OF_A_LETTER)
    return "".join(_LETTERS[number >> step & 31] for step in steps)
