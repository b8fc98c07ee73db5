"""Finding out what the core asks for: from the database, and with the calendars."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from engine.core.actors import Actor
from engine.core.asking import with_missing
from engine.core.card import Card
from engine.core.commands import Command, CreateCard
from engine.core.decide import Events, decide
from engine.core.facts import Facts, Question, TextOf, Unanswered
from engine.core.questions import questions
from engine.core.reasons import Rejection
from engine.core.template_values import people_named
from engine.gateway.definitions import Published
from engine.reckoning import reckon
from engine.store import facts as stored, people
from engine.store.database import AsyncConnection
from engine.store.facts import StoredAnswers
from engine.store.standings import standing_of
from engine.templates import worded
from pipes.identifiers import Instant


async def gather_reserving(
    connection: AsyncConnection,
    published: Published,
    card: Card | None,
    command: Command,
    at: Instant,
    *,
    pages: str = "",
    besides: Iterable[Question] = (),
    target: Published | None = None,
) -> Facts:
    """The facts for a command that is about to be decided; the connection has to be writing.

    Places and unique values that it needs are reserved, once for each command. `besides` is what
    deciding has shown to be needed beyond what was foreseen; `target` is the version to which
    `MigrateCard` leads, whose calendars are reckoned with.
    """
    asked = _asked(published, card, command, besides, target)
    published = target or published
    answers = await stored.answer_reserving(
        connection,
        asked,
        pipe=published.pipe.definition.id,
        card=_card_of(card, command),
        command=command.key,
        now=at,
    )
    facts = await _facts(
        connection, published, actor=command.person, at=at, asked=asked, answers=answers
    )
    return await _with_texts(connection, published, card, facts, asked=asked, pages=pages)


async def gather_looking(
    connection: AsyncConnection,
    published: Published,
    card: Card,
    command: Command,
    at: Instant,
    *,
    pages: str = "",
    besides: Iterable[Question] = (),
    target: Published | None = None,
) -> Facts:
    """The facts by which something is explained; nothing is reserved.

    Args:
        connection: From which is read.
        published: The version that the card runs.
        card: As it is.
        command: That is to be decided.
        at: The moment.
        pages: Where people reach the pages, for texts with links.
        besides: What deciding has shown to be needed beyond what was foreseen.
        target: The version to which `MigrateCard` leads.
    """
    asked = _asked(published, card, command, besides, target)
    published = target or published
    facts = await look(
        connection, published, card=card.identity.id, actor=command.person, at=at, asked=asked
    )
    return await _with_texts(connection, published, card, facts, asked=asked, pages=pages)


async def gather_unless_reserving(
    connection: AsyncConnection,
    published: Published,
    card: Card,
    command: Command,
    at: Instant,
    *,
    pages: str = "",
    besides: Iterable[Question] = (),
) -> Facts | None:
    """The facts for a command that is about to be decided, from a connection that only reads; None
    if something has to be reserved for it.
    """
    if stored.reserves(_asked(published, card, command, besides, None)):
        return None
    return await gather_looking(
        connection, published, card, command, at, pages=pages, besides=besides
    )


def _asked(
    published: Published,
    card: Card | None,
    command: Command,
    besides: Iterable[Question],
    target: Published | None,
) -> frozenset[Question]:
    leads_to = None if target is None else target.pipe
    return questions(published.pipe, card, command, leads_to).union(besides)


async def _with_texts(
    connection: AsyncConnection,
    published: Published,
    card: Card | None,
    facts: Facts,
    *,
    asked: Iterable[Question],
    pages: str,
) -> Facts:
    """The facts with what texts say, where that is asked for."""
    texts = [question for question in asked if isinstance(question, TextOf)]
    if card is None or not texts:
        return facts
    definition = published.pipe.definition
    named = people_named(definition, card, texts[0].by)
    names = await people.names(connection, named)
    said = worded(definition, card, texts, address=pages, names=names, today=facts.today)
    return replace(facts, texts=said)


async def decide_gathering(
    published: Published,
    card: Card | None,
    command: Command,
    gather: Callable[[tuple[Question, ...]], Awaitable[Facts]],
    target: Published | None = None,
) -> tuple[Facts, Events | Rejection]:
    """What follows from a command, with the facts for it; `gather` finds out those.

    It is asked again with what only shows to be needed while it is decided.
    """
    leads_to = None if target is None else target.pipe
    besides: tuple[Question, ...] = ()
    while True:
        facts = await gather(besides)
        try:
            return facts, decide(published.pipe, card, command, facts, leads_to)
        except Unanswered as missing:
            besides = with_missing(besides, missing)


async def look(
    connection: AsyncConnection,
    published: Published,
    *,
    card: str,
    actor: Actor,
    at: Instant,
    asked: Iterable[Question],
) -> Facts:
    """The answers to these questions as far as somebody who only looks is concerned."""
    pipe = published.pipe.definition.id
    answers = await stored.answer_looking(connection, asked, pipe=pipe, card=card, now=at)
    return await _facts(connection, published, actor=actor, at=at, asked=asked, answers=answers)


async def _facts(
    connection: AsyncConnection,
    published: Published,
    *,
    actor: Actor,
    at: Instant,
    asked: Iterable[Question],
    answers: StoredAnswers,
) -> Facts:
    standing = None
    if actor.kind == "user":
        pipe = published.pipe.definition.id
        standing = await standing_of(connection, actor.id, pipe, at)
    times = reckon(published.calendars, asked, at)
    return Facts(
        as_of=at,
        today=published.today(at),
        actor=standing,
        rooms=tuple(answers.rooms),
        unique=tuple(answers.unique),
        people=tuple(answers.people),
        children=tuple(answers.children),
        members=tuple(answers.members),
        next_ones=tuple(answers.next_ones),
        absent=tuple(answers.absent),
        uploaders=tuple(answers.uploaders),
        deadlines=times.deadlines,
        times_left=times.times_left,
        schedules=times.schedules,
        openings=times.openings,
    )


def _card_of(card: Card | None, command: Command) -> str:
    if card is not None:
        return card.identity.id
    return command.wish.card if isinstance(command.wish, CreateCard) else ""
