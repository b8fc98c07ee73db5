"""What waits for somebody, in whatever pipe: approvals, handoffs, assigned cards, mentions."""

from collections.abc import Iterable
from dataclasses import dataclass

from api.cards import SeenCard, explained, seen_card
from api.problems import Problem
from api.services import Services
from api.signin.people import SignedIn, now
from engine.core.actors import Standing
from engine.core.explain import Explanation
from engine.core.rights import addresses_any
from engine.gateway import Published
from engine.store.database import AsyncConnection
from engine.store.queries.board import BoardCard
from engine.store.queries.cards import assigned_cards
from engine.store.queries.inbox import Mention, cards_handed_to, cards_with_requests, mentions_of
from engine.store.standings import standing_of, viewer_everywhere
from pipes.definition import ApprovalStage
from pipes.identifiers import PipeId, TransitionId

_MOST_LOOKED_AT = 500
_MOST = 30
_MOST_ASSIGNED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaiting:
    """A card that waits for who asks, with why."""

    seen: SeenCard
    explanation: Explanation


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """What waits for a person; of each kind the first, the most urgent at the top."""

    approvals: tuple[Awaiting, ...]
    handoffs: tuple[Awaiting, ...]
    assigned: tuple[BoardCard, ...]
    mentions: tuple[Mention, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not (self.approvals or self.handoffs or self.assigned or self.mentions)


async def inbox_of(services: Services, person: SignedIn) -> Inbox:
    """What waits for the person."""
    async with services.database.reading() as connection:
        asked = await cards_with_requests(connection, _MOST_LOOKED_AT)
        standings = await _standings(connection, person, {PipeId(card.pipe) for card in asked})
        likely = [
            card.id for card in asked if await _may_be_asked(services, connection, standings, card)
        ]
        anywhere = await standing_of(connection, person.id, "", now())
        teams = anywhere.teams if anywhere is not None else frozenset()
        handed = [card.id for card in await cards_handed_to(connection, teams, _MOST)]
        assigned = await assigned_cards(connection, user=person.id, limit=_MOST_ASSIGNED)
        viewer = await viewer_everywhere(connection, person.id, now())
        mentions = await mentions_of(connection, viewer, _MOST)
    approvals = await _explained(services, person, likely)
    handoffs = await _explained(services, person, handed)
    return Inbox(
        approvals=tuple(
            each for each in approvals if (asks := each.explanation.request) and not asks.reasons
        )[:_MOST],
        handoffs=tuple(
            each for each in handoffs if (waits := each.explanation.handoff) and not waits.reasons
        ),
        assigned=assigned,
        mentions=mentions,
    )


async def _standings(
    connection: AsyncConnection, person: SignedIn, pipes: Iterable[PipeId]
) -> dict[PipeId, Standing]:
    found = {pipe: await standing_of(connection, person.id, pipe, now()) for pipe in sorted(pipes)}
    return {pipe: standing for pipe, standing in found.items() if standing is not None}


async def _may_be_asked(
    services: Services,
    connection: AsyncConnection,
    standings: dict[PipeId, Standing],
    card: BoardCard,
) -> bool:
    """Whether it is worth asking the core if the person may decide; it says no for sure only."""
    standing = standings.get(PipeId(card.pipe))
    published = await services.definitions.version(connection, PipeId(card.pipe), card.pipe_version)
    if standing is None or published is None:
        return False
    if standing.acts_for:
        return True
    named = [
        principal
        for stage in _stages(published, card.pending)
        for principal in (*stage.by, *stage.escalate_to)
    ]
    by_relation = any(each.kind in ("creator", "assignees", "requester") for each in named)
    return by_relation or addresses_any(named, standing, None)


def _stages(published: Published, transition: str | None) -> tuple[ApprovalStage, ...]:
    ways = published.pipe.definition.transitions_by_id
    way = ways.get(TransitionId(transition)) if transition else None
    return way.approval.stages if way is not None and way.approval is not None else ()


async def _explained(
    services: Services, person: SignedIn, cards: Iterable[str]
) -> tuple[Awaiting, ...]:
    found = []
    for card in cards:
        try:
            seen = await seen_card(services, person, card)
        except Problem:
            continue  # It is gone meanwhile, or not for this person to see.
        found.append(Awaiting(seen=seen, explanation=await explained(services, seen)))
    return tuple(found)
