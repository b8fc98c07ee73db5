"""Mails that people write from a card: what has to be right about one before it leaves."""

import re
from dataclasses import dataclass

from engine.core.comments import LONGEST_COMMENT
from engine.core.reasons import Reason, ReasonCode

MOST_READERS = 10
LONGEST_SUBJECT = 300
_ADDRESS = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,255}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What somebody writes; each reader gets it apart from the others."""

    to: tuple[str, ...]
    subject: str
    text: str


def reasons_against_letter(letter: Letter) -> tuple[Reason, ...]:
    """Everything that is wrong with a letter."""
    reasons = []
    if not letter.to:
        reasons.append(Reason(code=ReasonCode.INVALID_VALUE, message="A mail needs an address."))
    if len(letter.to) > MOST_READERS:
        message = f"A mail goes to at most {MOST_READERS} addresses; these are {len(letter.to)}."
        reasons.append(Reason(code=ReasonCode.INVALID_VALUE, message=message))
    for address in letter.to:
        if not _ADDRESS.fullmatch(address):
            message = f"“{address[:80]}” is no e-mail address."
            reasons.append(Reason(code=ReasonCode.INVALID_VALUE, message=message))
    texts = (("subject", letter.subject, LONGEST_SUBJECT), ("text", letter.text, LONGEST_COMMENT))
    for what, text, longest in texts:
        if not text.strip():
            message = f"A mail needs a {what}."
            reasons.append(Reason(code=ReasonCode.EMPTY_TEXT, message=message))
        if len(text) > longest:
            message = f"The {what} of a mail has at most {longest} characters."
            reasons.append(Reason(code=ReasonCode.TOO_LONG, message=message))
    return tuple(reasons)
