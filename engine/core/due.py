"""What a card does by itself next, and when."""

from dataclasses import dataclass

from engine.core.actors import ENGINE
from engine.core.card import Card
from engine.core.commands import Command, CommandKey, PassTimer, RingClock
from engine.core.ringing import next_moment
from pipes.forms import CompiledPipe
from pipes.identifiers import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The next instant at which something happens by itself, and the command that it is."""

    at: Instant
    wish: RingClock | PassTimer


def due(pipe: CompiledPipe, card: Card) -> Due | None:
    """The earliest thing that the card will do by itself; None while it only waits for others."""
    if card.life.status != "open":
        return None
    coming = [
        Due(at=moment, wish=RingClock(clock=clock.id))
        for clock in card.clocks.values()
        if (moment := next_moment(clock)) is not None
    ]
    if card.life.hold is None:
        coming += [
            Due(at=timer.at, wish=PassTimer(transition=timer.transition))
            for timer in card.stay.timers
            if not timer.passed and timer.transition in pipe.definition.transitions_by_id
        ]
    return min(coming, key=lambda next_one: next_one.at, default=None)


def acts_at(pipe: CompiledPipe, card: Card) -> Instant | None:
    """When the card does something by itself next; None while it only waits for others."""
    upcoming = due(pipe, card)
    return None if upcoming is None else upcoming.at


def own_command(card: Card, upcoming: Due) -> Command:
    """The command that a card is given when something is due, by whoever notices it: the key is
    the same for all of them, so that it is carried out once.
    """
    key = CommandKey(f"{card.identity.id}:{card.version + 1}")
    return Command(key=key, actor=ENGINE, wish=upcoming.wish)
