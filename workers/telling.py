"""Telling people in the app what happened."""

from datetime import UTC, datetime
from typing import override

from temporalio import activity
from temporalio.exceptions import ApplicationError

from engine.core.actors import ENGINE
from engine.core.addressees import people_behind, questions_people
from engine.core.card import Card
from engine.core.notices import Notice
from engine.gateway import Definitions, Published
from engine.gateway.gathering import look
from engine.store import log, notices
from engine.store.database import AsyncConnection, Database
from engine.store.notices import Telling
from engine.workflows.messages import TellRequest
from engine.workflows.ports import Messenger
from pipes.identifiers import Instant, UserId


class DatabaseMessenger(Messenger):
    """Writes notices into the database, for people to read on their pages."""

    def __init__(self, database: Database, definitions: Definitions) -> None:
        self._database = database
        self._definitions = definitions

    @override
    @activity.defn
    async def tell(self, request: TellRequest) -> None:
        now = datetime.now(UTC)
        async with self._database.writing() as connection:
            stored = await log.load_card(connection, request.card)
            if stored is None:
                raise ApplicationError(f"There is no card {request.card!r}.", non_retryable=True)
            card = stored.card
            published = await self._definitions.of_card(connection, card)
            told = [
                Telling(
                    user=person,
                    card=request.card,
                    sequence=request.sequence,
                    kind=notice.notice_kind,
                    text=notice.text,
                )
                for notice in request.notices
                for person in await _addressed(connection, published, card, notice, now)
            ]
            await notices.add(connection, told, at=now)


async def _addressed(
    connection: AsyncConnection, published: Published, card: Card, notice: Notice, now: Instant
) -> tuple[UserId, ...]:
    """Who the notice is for: those who were known when it was written, else who they are now."""
    if notice.people is not None:
        return notice.people
    definition = published.pipe.definition
    facts = await look(
        connection,
        published,
        card=card.identity.id,
        actor=ENGINE,
        at=now,
        asked=questions_people(definition, card.values, notice.to),
    )
    return tuple(sorted(people_behind(definition, card, facts, notice.to)))
