"""What cards that wait for people do when these come and go: ordered here, done elsewhere."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from engine.core.effects import EffectOrder, LookAgainAt, TellDelegate
from engine.store import outbox
from engine.store.leaves import Leave
from engine.store.queries.cards import cards_handed_over, cards_with_requests
from pipes.identifiers import Instant, PipeId, TeamId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleChange:
    """Who has changed: the people of a pipe's roles, of a team, or a person wherever they are."""

    pipe: PipeId | None = None
    team: TeamId | None = None
    person: UserId | None = None


async def have_cards_look(
    connection: AsyncConnection, change: PeopleChange, *, occasion: str, at: Instant
) -> None:
    """Orders every card that waits for a decision to look again who may decide, and those that
    wait for the changed people to accept them whether somebody is left who was offered them.
    """
    waiting = dict(await cards_with_requests(connection, change.pipe))
    waiting |= await cards_handed_over(connection, team=change.team, person=change.person)
    orders = (
        EffectOrder(
            card=card,
            sequence=version,
            position=0,
            effect=LookAgainAt(card=card),
            occasion=occasion,
        )
        for card, version in waiting.items()
    )
    await outbox.write(connection, orders, at=at)


async def have_delegate_told(
    connection: AsyncConnection, leave: Leave, *, occasion: str, at: Instant
) -> None:
    """Orders that the delegate of a leave that begins is told of what waits for a decision."""
    if leave.delegate is None:
        return
    effect = TellDelegate(person=UserId(leave.user), delegate=UserId(leave.delegate))
    orders = (
        EffectOrder(card=card, sequence=version, position=1, effect=effect, occasion=occasion)
        for card, version in await cards_with_requests(connection, None)
    )
    await outbox.write(connection, orders, at=at)
