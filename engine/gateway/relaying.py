"""From the database to Temporal: each order that follows from an event begins a workflow, once.

Whoever dies between the two leaves the order where it was, and the next round finds it. That the
workflow has begun already is as good as having begun it. Looks at one card are put together.
"""

import asyncio
import contextlib
from collections.abc import Iterable

import structlog
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from engine.core.effects import EffectOrder, LookAgainAt, SendMail, SendWebhooks
from engine.gateway.delivering import Deliveries
from engine.store import outbox
from engine.store.database import Database
from engine.store.outbox import Unknown, Waiting
from engine.workflows.effects import EffectWorkflow, effect_workflow_id
from engine.workflows.looking import LookingWorkflow, Looks, looking_workflow_id
from engine.workflows.messages import Lane

_AT_A_TIME = 100

logger = structlog.get_logger(__name__)


class Relay:
    """Hands orders over to Temporal. Any number of them may run."""

    def __init__(self, database: Database, client: Client, task_queue: str) -> None:
        self._database = database
        self._client = client
        self._task_queue = task_queue
        self._deliveries = Deliveries(database, client, task_queue)
        self._unknown: set[str] = set()

    async def pass_on(self) -> int:
        """Hands over the orders that have waited longest; how many those were.

        What this version cannot read stays for a newer one, and holds up none of the others.
        """
        waiting = await self._waiting()
        handed_over = await asyncio.gather(*(self._hand_over(group) for group in _groups(waiting)))
        taken = [each for group in handed_over for each in group]
        if taken:
            await self._forget(taken)
        return len(taken)

    async def _waiting(self) -> list[Waiting]:
        found: list[Waiting] = []
        after = 0
        async with self._database.reading() as connection:
            while len(found) < _AT_A_TIME:
                orders = await outbox.first(connection, limit=_AT_A_TIME, after=after)
                for order in orders:
                    if isinstance(order, Unknown):
                        self._note(order)
                    else:
                        found.append(order)
                if len(orders) < _AT_A_TIME:
                    break
                after = orders[-1].number
        return found

    def _note(self, order: Unknown) -> None:
        """Says once of each kind that its orders are left alone."""
        if order.kind not in self._unknown:
            self._unknown.add(order.kind)
            logger.warning(
                "orders of this kind are left for a newer version",
                kind=order.kind,
                first=order.number,
            )

    async def _forget(self, taken: list[Waiting]) -> None:
        async with self._database.writing() as connection:
            await outbox.remove(connection, taken)

    async def _hand_over(self, group: list[Waiting]) -> list[Waiting]:
        """Hands a group over; those that are taken over by now."""
        order = group[0].order
        try:
            match order.effect:
                case LookAgainAt(card=card):
                    await self._have_looked(card, group)
                case SendWebhooks(endpoint=endpoint):
                    await self._deliveries.send_lane(Lane(endpoint=endpoint, card=order.card))
                case SendMail(delivery=delivery):
                    await self._deliveries.begin(delivery)
                case _:
                    await begin_effect(self._client, self._task_queue, order)
        except WorkflowAlreadyStartedError:
            return group
        except RPCError as error:
            logger.warning("cannot hand over an order yet", order=order.id, error=str(error))
            return []
        return group

    async def _have_looked(self, card: str, group: list[Waiting]) -> None:
        effects = (each.order.effect for each in group)
        chains = [each.chain for each in effects if isinstance(each, LookAgainAt)]
        await self._client.start_workflow(
            LookingWorkflow.run,
            Looks(card=card),
            id=looking_workflow_id(card),
            task_queue=self._task_queue,
            start_signal="again",
            start_signal_args=[min(chains, key=len)],
        )


async def begin_effect(client: Client, task_queue: str, order: EffectOrder) -> None:
    """Begins the workflow of an order; never another one, while Temporal knows of the first."""
    with contextlib.suppress(WorkflowAlreadyStartedError):
        await client.start_workflow(
            EffectWorkflow.run,
            order,
            id=effect_workflow_id(order),
            task_queue=task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )


def _groups(waiting: Iterable[Waiting]) -> list[list[Waiting]]:
    """What is handed over together: the looks of one card, what goes from it to one endpoint;
    everything else for itself.
    """
    groups: dict[str, list[Waiting]] = {}
    for each in waiting:
        groups.setdefault(_name(each.order), []).append(each)
    return list(groups.values())


def _name(order: EffectOrder) -> str:
    match order.effect:
        case LookAgainAt(card=card):
            return f"look {card}"
        case SendWebhooks(endpoint=endpoint):
            return f"lane {endpoint} {order.card}"
        case _:
            return order.id
