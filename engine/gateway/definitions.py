"""Published versions ready for use: compiled, with their calendars; each is read once."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, tzinfo

from engine.core.actors import Standing
from engine.core.card import Card
from engine.core.events import Event
from engine.core.migration_events import CardMigrated
from engine.core.rights import hidden_fields
from engine.gateway.outcomes import EngineFault
from engine.reckoning import home_of
from engine.store import registry
from engine.store.database import AsyncConnection
from engine.store.registry import PipeVersion
from engine.workflows.definitions import compiled, pin
from engine.workflows.messages import PinnedDefinition
from pipes.calendars import Calendar, make_calendar
from pipes.checks.surroundings import pipes_named
from pipes.definition import Definition
from pipes.forms import CompiledPipe
from pipes.identifiers import CalendarName, FieldId, Instant, PipeId

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

    async def next_to(
        self, connection: AsyncConnection, definition: Definition
    ) -> Mapping[PipeId, Definition]:
        """The current definitions of the pipes that a definition names, of those that are there."""
        found: dict[PipeId, Definition] = {}
        for pipe in sorted({named for _, named in pipes_named(definition)}):
            published = await self.current(connection, pipe)
            if published is not None:
                found[pipe] = published.pipe.definition
        return found

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
        return await self._of_pipe(connection, card, card.pin.version)

    async def of_events(
        self, connection: AsyncConnection, card: Card, events: Iterable[Event]
    ) -> Mapping[int, CompiledPipe]:
        """The versions that a card ran while these events happened to it, the last to be so.

        Raises:
            EngineFault: The registry does not have one.
        """
        numbers = {card.pin.version}
        for event in events:
            if isinstance(event.body, CardMigrated):
                numbers |= {event.body.source_version, event.body.definition_version}
        return {number: (await self._of_pipe(connection, card, number)).pipe for number in numbers}

    async def hidden(
        self, connection: AsyncConnection, card: Card, reader: Standing | None
    ) -> frozenset[FieldId]:
        """The fields that have to be absent from all that somebody gets of a card and its history.

        A field that the card's version does not have any more stays as confidential as it was.
        """
        current = (await self.of_card(connection, card)).pipe.definition
        found = set(hidden_fields(current, reader, card))
        for definition in await self.earlier(connection, card):
            former = hidden_fields(definition, reader, card)
            found |= {name for name in former if name not in current.fields}
        return frozenset(found)

    async def earlier(self, connection: AsyncConnection, card: Card) -> tuple[Definition, ...]:
        """The definitions that a card ran before it was migrated, the latest first."""
        numbers = dict.fromkeys(reversed(card.earlier))
        return tuple(
            [(await self._of_pipe(connection, card, each)).pipe.definition for each in numbers]
        )

    async def _of_pipe(self, connection: AsyncConnection, card: Card, number: int) -> Published:
        published = await self.version(connection, card.identity.pipe, number)
        if published is None:
            raise EngineFault(f"A definition of card {card.identity.id!r} is not there.")
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
