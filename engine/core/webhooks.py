"""Rules of webhooks: which events an endpoint hears of, when an attempt is made again.

They follow the Standard Webhooks specification.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Annotated, TypeAliasType, get_args, get_origin

from engine.core.card import Card
from engine.core.events import Event, Occurrence
from pipes.identifiers import PipeId

# What the text of a secret begins with; it is none itself.
SECRET_PREFIX = "whsec_"  # noqa: S105
# How long a secret that has been replaced goes on signing beside the new one.
OVERLAP = timedelta(days=1)
# After each attempt that failed, the pause before the next: more than three days in all, so that a
# receiver may be away for two.
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
# An endpoint at which nothing has arrived for so long is stopped when a message is given up.
DEAD_AFTER = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """An endpoint's wish to hear of events; of every type where none is named.

    Attributes:
        pipe: Of which pipe's cards; of every pipe's where it is None.
    """

    endpoint: str
    pipe: PipeId | None = None
    types: frozenset[str] = frozenset()

    def hears(self, card: Card, event: Event) -> bool:
        """Whether the endpoint is told of an event of the card."""
        of_its_pipe = self.pipe is None or self.pipe == card.identity.pipe
        return of_its_pipe and (not self.types or event.body.kind in self.types)


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after so many attempts that failed; None to give up."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None


def _kinds(occurrence: object) -> Iterator[str]:
    if isinstance(occurrence, TypeAliasType):
        yield from _kinds(occurrence.__value__)
    elif isinstance(occurrence, type):
        yield from (str(each.default) for each in fields(occurrence) if each.name == "kind")
    else:
        named = get_args(occurrence)
        for each in named[:1] if get_origin(occurrence) is Annotated else named:
            yield from _kinds(each)


# Every type of event that there is to hear of, as it stands in a card's history.
EVENT_TYPES: tuple[str, ...] = tuple(sorted(_kinds(Occurrence)))
