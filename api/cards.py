"""Cards for whoever asks: found by id or key, seen by the rights, explained, and commanded.

What the JSON routes and the pages have in common; neither decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from api.administering import require_token
from api.problems import Problem, not_found, rejected
from api.services import Services
from api.signin.people import SignedIn, now
from engine.core.actors import Standing, user
from engine.core.card import Card
from engine.core.commands import Command, CommandKey, Wish
from engine.core.explain import Explanation, explain, questions_explain
from engine.core.facts import Facts
from engine.core.reasons import ReasonCode
from engine.core.rights import Deed, may
from engine.gateway import Accepted, Outcome, Published, Rejected
from engine.gateway.gathering import look
from engine.short_ids import short_id
from engine.store import log
from engine.store.database import AsyncConnection
from engine.store.queries.cards import Sort, list_cards
from engine.store.queries.filters import CardFilter, Viewer
from engine.store.standings import standing_of
from pipes.definition import Definition
from pipes.identifiers import FieldId, PipeId, UserId

LONGEST_KEY = 100
# Further out some reader's zone has no date for it any more.
_FIRST_DUE_YEAR, _LAST_DUE_YEAR = 1900, 9000


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCard:
    """A card as somebody may see it.

    Attributes:
        hidden: The fields that have to be absent from everything this person gets.
        earlier: The definitions that the card ran before it was migrated, the latest first.
    """

    card: Card
    published: Published
    standing: Standing
    hidden: frozenset[FieldId]
    earlier: tuple[Definition, ...] = ()


async def seen_card(
    services: Services, person: SignedIn, reference: str, *, to: Deed = "see"
) -> SeenCard:
    """The card of that id or key.

    Args:
        services: What the installation has.
        person: Who asks.
        reference: The id or key.
        to: What they want to do with it; for more than seeing it the card's rules are asked.

    Raises:
        Problem: There is none, the person may not know of it, or their token was not made for it.
    """
    require_token(person, to)
    async with services.database.reading() as connection:
        stored = await log.find_stored(connection, reference)
        if stored is None:
            raise not_found("card")
        card = stored.card
        standing = await standing_of(connection, person.id, card.identity.pipe, now())
        published = await services.definitions.version(
            connection, card.identity.pipe, card.pin.version
        )
        if standing is None or published is None or not may("see", user(person.id), standing, card):
            raise not_found("card")
        hidden = await services.definitions.hidden(connection, card, standing)
        earlier = await services.definitions.earlier(connection, card)
    return SeenCard(
        card=card, published=published, standing=standing, hidden=hidden, earlier=earlier
    )


async def pipe_for(
    services: Services, connection: AsyncConnection, person: SignedIn, pipe: str
) -> tuple[Published, Standing]:
    """The pipe's current version, and what the person is in it.

    Raises:
        Problem: There is no such pipe, or the person has no part in anything any more.
    """
    published = await services.definitions.current(connection, PipeId(pipe))
    standing = await standing_of(connection, person.id, pipe, now())
    if published is None or standing is None:
        raise not_found("pipe")
    return published, standing


async def standing_in(services: Services, person: SignedIn, pipe: PipeId) -> Standing:
    """What the person is in a pipe.

    Raises:
        Problem: The person has no part in anything any more.
    """
    async with services.database.reading() as connection:
        standing = await standing_of(connection, person.id, pipe, now())
    if standing is None:
        raise not_found("pipe")
    return standing


async def published_pipe(services: Services, pipe: str) -> Published:
    """The pipe's current version.

    Raises:
        Problem: There is no such pipe.
    """
    async with services.database.reading() as connection:
        published = await services.definitions.current(connection, PipeId(pipe))
    if published is None:
        raise not_found("pipe")
    return published


async def latest_with_words(
    connection: AsyncConnection, standing: Standing, pipe: PipeId, text: str, *, limit: int
) -> Sequence[Card]:
    """The cards of a pipe that have these words and that somebody may see, the latest first."""
    return await list_cards(
        connection,
        pipe=pipe,
        wanted=CardFilter(text=text.replace("\x00", "").strip() or None),
        viewer=viewer_of(standing),
        now=now(),
        sort=Sort(by="updated_at", descending=True),
        after=None,
        limit=limit,
    )


def viewer_of(standing: Standing) -> Viewer:
    """Which cards of a pipe somebody may see in lists."""
    return Viewer(user=standing.user, sees_all=may("see", user(standing.user), standing, None))


async def facts_about(services: Services, seen: SeenCard) -> Facts:
    """What has to be known to explain the card to who looks."""
    async with services.database.reading() as connection:
        return await look(
            connection,
            seen.published,
            card=seen.card.identity.id,
            actor=user(seen.standing.user),
            at=now(),
            asked=questions_explain(seen.published.pipe, seen.card),
        )


async def explained(services: Services, seen: SeenCard) -> Explanation:
    """Why the card is where it is, for who looks."""
    facts = await facts_about(services, seen)
    return explain(seen.published.pipe, seen.card, user(seen.standing.user), facts)


# --- commands -------------------------------------------------------------------------------------


def command_key(person: SignedIn, given: str | None) -> CommandKey:
    """The idempotency key of a request: the sender's own, in a space of their own.

    Raises:
        Problem: The key is empty or too long.
    """
    if given is None:
        return CommandKey(f"{person.id}:{short_id()}")
    if not given.strip() or len(given) > LONGEST_KEY or not given.isprintable():
        raise Problem(
            400, "bad_key", f"`Idempotency-Key` has 1 to {LONGEST_KEY} printable characters."
        )
    return CommandKey(f"{person.id}:{given}")


async def send(
    services: Services,
    person: SignedIn,
    card: str,
    wish: Wish,
    *,
    key: CommandKey,
    seen_version: int | None = None,
) -> Outcome:
    """Sends a person's command to a card; what it raises is in `api.app`'s table of errors."""
    command = Command(key=key, actor=user(UserId(person.id)), wish=wish, seen_version=seen_version)
    return await services.gateway.send(card, command)


def sound_due(instant: datetime) -> datetime:
    """A due date in UTC, if it is one that every reader can be shown.

    Raises:
        Problem: It has no zone, or lies in no year that is reckoned with.
    """
    if instant.tzinfo is None:
        raise Problem(422, "invalid_value", "A due date needs a zone, such as `Z`.")
    if not _FIRST_DUE_YEAR <= instant.year <= _LAST_DUE_YEAR:
        raise Problem(
            422,
            "invalid_value",
            f"A due date lies between the years {_FIRST_DUE_YEAR} and {_LAST_DUE_YEAR}.",
        )
    return instant.astimezone(UTC)


def accepted(outcome: Outcome, document: Callable[[], object] | None = None) -> Accepted:
    """The outcome, if the rules allowed it.

    Args:
        outcome: What came of a command.
        document: Gives what the sender is told of the card when somebody else was quicker.

    Raises:
        Problem: With every reason.
    """
    match outcome:
        case Accepted():
            return outcome
        case Rejected(reasons=reasons):
            conflict = any(reason.code == ReasonCode.VERSION_CONFLICT for reason in reasons)
            more = {"card": document()} if conflict and document is not None else None
            raise rejected(reasons, more=more)
