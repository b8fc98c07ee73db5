"""Having the clocks of all open cards of a pipe reckoned anew, card by card."""

from dataclasses import dataclass

from engine.core.actors import Actor
from engine.core.commands import Command, CommandKey, RecomputeClocks
from engine.core.reasons import ReasonCode
from engine.gateway.gateway import Gateway
from engine.gateway.outcomes import Accepted, NoSuchPipe, Rejected
from engine.short_ids import short_id
from engine.store import registry
from engine.store.database import Database
from engine.store.queries.cards import open_cards
from pipes.identifiers import PipeId

# What is no reason to stop: nothing was to be done, or the card has ended meanwhile.
_NOTHING_TO_DO = frozenset((ReasonCode.NO_CLOCK, ReasonCode.CARD_FINISHED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recomputed:
    """How many cards were looked at, and on how many a clock changed."""

    cards: int
    changed: int


class RecomputingRefused(Exception):
    """The rules do not allow it; nothing has changed on the card that refused, nor after it."""


async def recompute_pipe(
    database: Database, gateway: Gateway, pipe: PipeId, *, actor: Actor, reason: str
) -> Recomputed:
    """Sends every open card of a pipe the command; it can be sent again, whatever came between.

    Raises:
        NoSuchPipe: The pipe was never published.
        RecomputingRefused: A card refuses.
    """
    async with database.reading() as connection:
        if await registry.current_version(connection, pipe) is None:
            raise NoSuchPipe(f"There is no pipe “{pipe}”.")
        found = await open_cards(connection, pipe)
    changed = 0
    for card in found:
        wish = RecomputeClocks(reason=reason)
        key = CommandKey(f"recompute:{short_id()}")
        match await gateway.send(card, Command(key=key, actor=actor, wish=wish)):
            case Accepted(events=events):
                changed += bool(events)
            case Rejected(reasons=reasons):
                against = [each for each in reasons if each.code not in _NOTHING_TO_DO]
                if against:
                    raise RecomputingRefused(" ".join(each.message for each in against))
    return Recomputed(cards=len(found), changed=changed)
