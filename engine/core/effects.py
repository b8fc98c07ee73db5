"""What has to be done outside a card because of what happened to it: named here, done elsewhere.

What is named is written down in the transaction that records the event, and done by a workflow of
its own. It is remembered until then, so it is only ever added to.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.core.card import Card
from engine.core.events import Event
from engine.core.notices import Notice, notices
from pipes.forms import CompiledPipe


@dataclass(frozen=True, slots=True, kw_only=True)
class TellPeople:
    """People are told of the event, each in their own words."""

    notices: tuple[Notice, ...]
    kind: Literal["tell_people"] = "tell_people"


# Further kinds join with `|` and tell themselves apart by their kind.
type Effect = TellPeople


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectOrder:
    """Something to be done because of an event.

    Attributes:
        card: The id of the card that the event happened to.
        sequence: The event's number.
        position: Its place among what follows from the event.
    """

    card: str
    sequence: int
    position: int
    effect: Effect

    @property
    def id(self) -> str:
        """What it is known by: a repeat of it has the same."""
        return f"{self.card}/{self.sequence}/{self.position}"


def effects(
    pipe: CompiledPipe, before: Card | None, event: Event, after: Card
) -> tuple[EffectOrder, ...]:
    """What has to be done because of an event that made of the card what it is after."""
    return tuple(
        EffectOrder(
            card=after.identity.id, sequence=event.sequence, position=position, effect=effect
        )
        for position, effect in enumerate(_effects(pipe, before, event))
    )


def _effects(pipe: CompiledPipe, before: Card | None, event: Event) -> Iterator[Effect]:
    told = notices(pipe, before, event)
    if told:
        yield TellPeople(notices=told)
