"""Published versions ready for use: compiled, with their calendars; each is read once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, tzinfo

from engine.core.card import Card
from engine.gateway.outcomes import EngineFault
from engine.reckoning import home_of
from engine.store import registry
from engine.store.database import AsyncConnection
from engine.store.registry import PipeVersion
from engine.workflows.definitions import compiled, pin
from engine.workflows.messages import PinnedDefinition
from pipes.calendars import Calendar, make_calendar
from pipes.forms import CompiledPipe
from pipes.identifiers import CalendarName, Instant, PipeId

_KEPT = 256


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Published:
    """A published version.

    Attributes:
        home: The time zone in which the pipe's days begin.
    """

    pinned: PinnedDefinition
    pipe: CompiledPipe
    calendars: Mapping[CalendarName, Calendar]
    home: tzinfo

    def today(self, at: Instant) -> date:
        """The date at that instant where the pipe is at home."""
        return at.astimezone(self.home).date()


class Definitions:
    """The published versions that this process has used."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], Published] = {}

    async def current(self, connection: AsyncConnection, pipe: PipeId) -> Published | None:
        """The version on which new cards start; None if the pipe was never published."""
        number = await registry.current_number(connection, pipe)
        return None if number is None else await self.version(connection, pipe, number)

    async def version(
        self, connection: AsyncConnection, pipe: PipeId, version: int
    ) -> Published | None:
        """That version; None if there is none."""
        known = self._known.get((pipe, version))
        if known is not None:
            return known
        stored = await registry.read_version(connection, pipe, version)
        return None if stored is None else self._made_of(stored)

    async def of_card(self, connection: AsyncConnection, card: Card) -> Published:
        """The version that a card runs.

        Raises:
            EngineFault: The registry does not have it.
        """
        published = await self.version(connection, card.identity.pipe, card.pin.version)
        if published is None:
            raise EngineFault(f"The definition of card {card.identity.id!r} is not there.")
        return published

    def _made_of(self, stored: PipeVersion) -> Published:
        place = (stored.pipe, stored.version)
        known = self._known.get(place)
        if known is None:
            while len(self._known) >= _KEPT:
                del self._known[next(iter(self._known))]
            known = self._known[place] = _published(stored)
        return known


def _published(stored: PipeVersion) -> Published:
    pinned = pin(stored.version, stored.hash, json.loads(stored.document))
    pipe = compiled(pinned)
    holidays = json.loads(stored.holidays)
    calendars = {
        name: make_calendar(each, (date.fromisoformat(day) for day in holidays.get(name, ())))
        for name, each in pipe.definition.calendars.items()
    }
    return Published(
        pinned=pinned, pipe=pipe, calendars=calendars, home=home_of(pipe.definition, calendars)
    )
