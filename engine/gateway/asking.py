"""Asking a card with facts that hold: found out anew, with more, until the card takes them."""

from collections.abc import Awaitable, Callable

from engine.core.facts import Question
from engine.gateway.cards import Cards, Reply, StaleFacts
from engine.gateway.recording import Recording
from engine.gateway.timekeeping import Timekeeper
from engine.workflows.messages import CommandMessage

# Finds out what a message needs, with what has shown to be needed besides; or that none is due.
type Composing[T] = Callable[[tuple[Question, ...]], Awaitable[CommandMessage | T]]


class Asking:
    """One process's way of asking cards; it learns from them what time it is."""

    def __init__(self, cards: Cards, recording: Recording, time: Timekeeper) -> None:
        self._cards = cards
        self._recording = recording
        self._time = time

    async def ask[T](self, card: str, compose: Composing[T]) -> Reply | T:
        """What a card says to a message; or what there is to say in the place of one."""
        besides: tuple[Question, ...] = ()
        while True:
            message = await compose(besides)
            if not isinstance(message, CommandMessage):
                return message
            try:
                return await self._cards.command(card, message)
            except StaleFacts as stale:
                besides += stale.missing
                self._time.set_by(stale.now)
                if stale.late is not None:  # Whoever was to record it may be gone.
                    await self._recording.record(stale.late)
