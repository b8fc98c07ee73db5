"""Telling people what happened: in the app, and by mail as they chose."""

from datetime import UTC, datetime
from typing import override

from temporalio import activity
from temporalio.exceptions import ApplicationError

from engine.core.actors import ENGINE, user
from engine.core.addressees import people_behind, questions_people
from engine.core.card import Card
from engine.core.channels import CHANNELS, Channel, Choices, wants
from engine.core.notices import Notice, NoticeKind
from engine.core.rights import may
from engine.gateway import Definitions, Published
from engine.gateway.gathering import look
from engine.store import log, notices
from engine.store.database import AsyncConnection, Database
from engine.store.notices import Telling
from engine.store.standings import standing_of
from engine.workflows.messages import TellRequest
from engine.workflows.ports import Messenger
from pipes.identifiers import Instant, UserId
from workers.post import PostOffice


class DatabaseMessenger(Messenger):
    """Writes notices into the database, and has mailed what people want by mail."""

    def __init__(self, database: Database, definitions: Definitions, post: PostOffice) -> None:
        self._database = database
        self._definitions = definitions
        self._post = post

    @override
    @activity.defn
    async def tell(self, request: TellRequest) -> None:
        now = datetime.now(UTC)
        async with self._database.writing() as connection:
            stored = await log.load_card(connection, request.card)
            if stored is None:
                raise ApplicationError(f"There is no card {request.card!r}.", non_retryable=True)
            told = await self._tellings(connection, request, stored.card, now)
            with_mail = await notices.add(connection, told, at=now)
        for person in sorted(with_mail):
            await self._post.announce(person)

    async def _tellings(
        self, connection: AsyncConnection, request: TellRequest, card: Card, now: Instant
    ) -> list[Telling]:
        published = await self._definitions.of_card(connection, card)
        addressed = [
            (person, notice)
            for notice in request.notices
            for person in await _addressed(connection, published, card, notice, now)
        ]
        seeing = await _who_may_see(connection, card, {person for person, _ in addressed}, now)
        choices = await notices.read_choices(connection, seeing)
        return [
            Telling(
                user=person,
                card=request.card,
                sequence=request.sequence,
                kind=notice.notice_kind,
                text=notice.text,
                ways=_ways(choices.get(person, {}), notice.notice_kind),
            )
            for person, notice in addressed
            if person in seeing
        ]


def _ways(choices: Choices, kind: NoticeKind) -> frozenset[Channel]:
    return frozenset(channel for channel in CHANNELS if wants(choices, kind, channel))


async def _who_may_see(
    connection: AsyncConnection, card: Card, people: set[UserId], now: Instant
) -> frozenset[UserId]:
    """Those of the people who may know of the card: the others are not told of it."""
    seeing = []
    for person in sorted(people):
        standing = await standing_of(connection, person, card.identity.pipe, now)
        if may("see", user(person), standing, card):
            seeing.append(person)
    return frozenset(seeing)


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
