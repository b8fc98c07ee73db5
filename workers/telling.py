"""Telling people what happened: in the app, and by mail as they chose."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import override

from temporalio import activity
from temporalio.exceptions import ApplicationError

from engine.core.actors import ENGINE, user
from engine.core.addressees import people_behind, questions_people
from engine.core.approval_events import StageEscalated, StageOpened
from engine.core.approvals import may_decide_for, questions_deciding
from engine.core.card import Card
from engine.core.channels import CHANNELS, Channel, Choices, wants
from engine.core.facts import Facts
from engine.core.notices import (
    Notice,
    NoticeKind,
    in_place_of,
    waiting_request,
    withheld,
    withholds,
)
from engine.core.rights import may
from engine.gateway import Definitions, Published
from engine.gateway.gathering import look
from engine.store import leaves, log, notices, people
from engine.store.database import AsyncConnection, Database
from engine.store.notices import Telling
from engine.store.standings import standing_of
from engine.workflows.messages import DelegateRequest, TellRequest
from engine.workflows.ports import Messenger
from pipes.identifiers import Instant, UserId
from pipes.principals import Principal
from workers.post import PostOffice

# What waits for somebody: while they are away, it waits for their delegate.
_STOOD_IN_FOR: frozenset[NoticeKind] = frozenset(("approval", "handoff", "clock"))

_ASKED = ("approval.stage_opened", "approval.escalated")
_MIGRATED = ("card.migrated",)

type Addressed = tuple[UserId, Notice]


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
            card = await _card(connection, request.card)
            published = await self._definitions.of_card(connection, card)
            addressed = [
                (person, notice)
                for notice in request.notices
                for person in await _people(connection, published, card, notice, now)
            ]
            addressed += await _delegates(connection, published, card, addressed, now)
            if await self._is_withheld(connection, card, request.sequence):
                addressed = [(person, withheld(notice)) for person, notice in addressed]
            with_mail = await _write(connection, card, request.sequence, addressed, now)
        await self._have_mailed(with_mail)

    @override
    @activity.defn
    async def tell_delegate(self, request: DelegateRequest) -> None:
        now = datetime.now(UTC)
        person, delegate = request.person, request.delegate
        async with self._database.writing() as connection:
            card = await _card(connection, request.card)
            published = await self._definitions.of_card(connection, card)
            notice = waiting_request(published.pipe, card)
            if notice is None:
                return
            facts = await _facts_of(connection, published, card, delegate, now)
            if not may_decide_for(published.pipe.definition, card, person, facts):
                return
            told = in_place_of(notice, await _name(connection, person))
            asked = await _asked_by(connection, card, person) or request.sequence
            with_mail = await _write(connection, card, asked, [(delegate, told)], now)
        await self._have_mailed(with_mail)

    async def _is_withheld(self, connection: AsyncConnection, card: Card, sequence: int) -> bool:
        """Whether what was to be told of an event has become confidential before it was."""
        since = await log.newest_of(connection, card.identity.id, _MIGRATED, after=sequence)
        versions = await self._definitions.of_events(connection, card, since)
        return withholds(versions, since)

    async def _have_mailed(self, people: Iterable[UserId]) -> None:
        for person in sorted(people):
            await self._post.announce(person)


async def _card(connection: AsyncConnection, card: str) -> Card:
    stored = await log.load_card(connection, card)
    if stored is None:
        raise ApplicationError(f"There is no card {card!r}.", non_retryable=True)
    return stored.card


async def _write(
    connection: AsyncConnection,
    card: Card,
    sequence: int,
    addressed: list[Addressed],
    now: Instant,
) -> frozenset[UserId]:
    """Tells those who may know of the card, by the ways they want; who is to get a mail."""
    seeing = await _who_may_see(connection, card, {person for person, _ in addressed}, now)
    choices = await notices.read_choices(connection, seeing)
    told = [
        Telling(
            user=person,
            card=card.identity.id,
            sequence=sequence,
            kind=notice.notice_kind,
            text=notice.text,
            ways=_ways(choices.get(person, {}), notice.notice_kind),
        )
        for person, notice in addressed
        if person in seeing
    ]
    return await notices.add(connection, told, at=now)


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


async def _people(
    connection: AsyncConnection, published: Published, card: Card, notice: Notice, now: Instant
) -> tuple[UserId, ...]:
    """Who the notice is for: those who were known when it was written, else who they are now."""
    if notice.people is not None:
        return notice.people
    found = await _behind(connection, published, card, notice.to, now)
    return found or await _behind(connection, published, card, notice.otherwise, now)


async def _behind(
    connection: AsyncConnection,
    published: Published,
    card: Card,
    named: tuple[Principal, ...],
    now: Instant,
) -> tuple[UserId, ...]:
    definition = published.pipe.definition
    facts = await look(
        connection,
        published,
        card=card.identity.id,
        actor=ENGINE,
        at=now,
        asked=questions_people(definition, card.values, named),
    )
    return tuple(sorted(people_behind(definition, card, facts, named)))


async def _asked_by(connection: AsyncConnection, card: Card, person: UserId) -> int | None:
    """The number of the event by which somebody was asked for the decision that waits.

    Whoever is told of it in their name is told under that number, whether the first notice comes
    before their leave or after it: so they are told once.
    """
    for event in await log.newest_of(connection, card.identity.id, _ASKED):
        match event.body:
            case StageOpened(approvers=approvers) | StageEscalated(approvers=approvers):
                if person in approvers:
                    return event.sequence
            case _:
                continue
    return None


# --- who stands in for whom -----------------------------------------------------------------------


async def _delegates(
    connection: AsyncConnection,
    published: Published,
    card: Card,
    addressed: list[Addressed],
    now: Instant,
) -> list[Addressed]:
    """Who is told in the place of people who are away, of what waits for these."""
    waiting = [(person, each) for person, each in addressed if each.notice_kind in _STOOD_IN_FOR]
    away = await leaves.delegates_of(connection, {person for person, _ in waiting}, now)
    told = {(person, each.notice_kind) for person, each in waiting}
    found: list[Addressed] = []
    for person, notice in waiting:
        delegate = away.get(person)
        if delegate is None or (delegate, notice.notice_kind) in told:
            continue
        if notice.notice_kind == "approval":
            facts = await _facts_of(connection, published, card, delegate, now)
            if not may_decide_for(published.pipe.definition, card, person, facts):
                continue
        told.add((delegate, notice.notice_kind))
        found.append((delegate, in_place_of(notice, await _name(connection, person))))
    return found


async def _facts_of(
    connection: AsyncConnection, published: Published, card: Card, person: UserId, now: Instant
) -> Facts:
    """What has to be known of the request that waits when this person looks at it."""
    return await look(
        connection,
        published,
        card=card.identity.id,
        actor=user(person),
        at=now,
        asked=questions_deciding(published.pipe, card),
    )


async def _name(connection: AsyncConnection, person: UserId) -> str:
    found = await people.read_user(connection, person)
    return person if found is None else found.name
