"""Who something is addressed to: the principals of a definition, read from their text.

Who a principal is at a given moment is a fact that the engine is handed; it is not known here.
"""

from dataclasses import dataclass
from typing import Literal, get_args

type PrincipalKind = Literal[
    "anyone", "user", "team", "lead", "role", "creator", "assignees", "requester", "field"
]

_BARE: frozenset[str] = frozenset({"anyone", "creator", "assignees", "requester"})
PRINCIPAL_KINDS: tuple[PrincipalKind, ...] = get_args(PrincipalKind.__value__)


@dataclass(frozen=True, slots=True)
class Principal:
    """A person, a team, its lead, a role, or a relation to the card.

    `name` is the id behind the colon (`team:design`), and empty for `anyone`, `creator`,
    `assignees` and `requester`.
    """

    kind: PrincipalKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind


class PrincipalError(ValueError):
    """The text names no principal; the message says what would."""


def parse_principal(text: str) -> Principal:
    """Reads `team:design`, `creator` and the like.

    Raises:
        PrincipalError: The kind is unknown, or an id is missing or too many.
    """
    kind, colon, name = text.partition(":")
    for known in PRINCIPAL_KINDS:
        if kind != known:
            continue
        if (kind in _BARE) == bool(colon) or bool(colon) != bool(name):
            break
        return Principal(known, name)
    expected = ", ".join(known if known in _BARE else f"{known}:<id>" for known in PRINCIPAL_KINDS)
    raise PrincipalError(f"“{text}” addresses nobody; expected one of {expected}.")
