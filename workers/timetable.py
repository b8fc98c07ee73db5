"""What automations do at certain times: for which cards, or with none."""

from typing import override

from temporalio import activity

from engine.core.actors import ENGINE, Actor
from engine.core.automatic import find_automation
from engine.core.automations import is_for, only_creates
from engine.core.commands import Cause, CommandKey
from engine.core.effects import EffectOrder, RunAutomations, RunOrder
from engine.core.reasons import Reason
from engine.core.values import worked_out
from engine.gateway import Definitions, Gateway, NoSuchPipe, Published, Rejected, utc_now
from engine.store import log, outbox, registry, runs, turns
from engine.store.database import Database
from engine.workflows.errands import ScheduledRun
from engine.workflows.ports import Timetable
from pipes.actions import CreateConnectedCard
from pipes.definition import Automation
from pipes.forms import RuleData, rule_data
from workers.persistence import Persistence
from workers.trying import tries_noted

_AT_A_TIME = 200


class CardTimetable(Timetable):
    """Times of the installation's automations."""

    def __init__(
        self,
        database: Database,
        definitions: Definitions,
        gateway: Gateway,
        persistence: Persistence,
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._gateway = gateway
        self._persistence = persistence

    @override
    @activity.defn
    async def begin_scheduled(self, run: ScheduledRun) -> None:
        pipe = run.entry.pipe
        async with self._database.reading() as connection:
            published = await self._definitions.current(connection, pipe)
            retired = await registry.is_retired(connection, pipe)
        if published is None:
            return
        automation = find_automation(published.pipe, run.entry.automation)
        if isinstance(automation, Reason) or automation.on.event != "schedule":
            return  # A version without it was published just now.
        if not only_creates(automation):
            await self._for_each_card(run)
        elif not retired:
            await self._create(run, published, automation)

    async def _for_each_card(self, run: ScheduledRun) -> None:
        """Sets the automation off for the open cards that it is for, as each knows it."""
        after = ""
        while True:
            async with self._database.writing() as connection:
                some = await log.open_cards(
                    connection, run.entry.pipe, after=after, limit=_AT_A_TIME
                )
                orders = []
                for card in some:
                    published = await self._definitions.of_card(connection, card)
                    own = find_automation(published.pipe, run.entry.automation)
                    if not isinstance(own, Reason) and is_for(published.pipe, own, card, run.at):
                        order = _order(run, card.identity.id, card.identity.key)
                        orders.append(order)
                        definition = published.pipe.definition
                        await turns.reserve(connection, definition, card, [order], at=utc_now())
                await outbox.write(connection, orders, at=utc_now())
            if len(some) < _AT_A_TIME:
                return
            after = some[-1].identity.id

    async def _create(
        self, run: ScheduledRun, published: Published, automation: Automation
    ) -> None:
        """Creates the cards that the automation says. What is refused is tried again some times,
        and then shown with the run.
        """
        order = _order_of_none(run)
        async with self._database.writing() as connection:
            await runs.begin(connection, run.entry.pipe, order, at=utc_now())
        done: list[str] = []
        reasons: tuple[str, ...] = ()
        for index, action in enumerate(automation.do):
            if not isinstance(action, CreateConnectedCard):
                continue
            try:
                outcome = await self._gateway.create(
                    action.pipe,
                    key=CommandKey(f"{order.id}:{index}"),
                    actor=Actor(kind="automation", id=automation.id),
                    values=worked_out(action.fields, _seen_without_card(published, run)),
                    chain=order.chain,
                )
            except NoSuchPipe as error:
                reasons = (str(error),)
                break
            if isinstance(outcome, Rejected):
                reasons = tuple(reason.message for reason in outcome.reasons)
                break
            done.append(f"created {outcome.card.identity.key}")
        if reasons:
            async with tries_noted(self._database, order.id):
                self._persistence.insist(reasons)
        async with self._database.writing() as connection:
            await runs.end(
                connection,
                order.id,
                done=tuple(done),
                reasons=reasons,
                failed_step=len(done) if reasons else None,
                at=utc_now(),
            )


def _order(run: ScheduledRun, card: str, key: str) -> EffectOrder:
    return EffectOrder(
        card=card,
        sequence=0,
        position=0,
        effect=RunAutomations(
            automations=(run.entry.automation,), card_key=key, event="schedule", by=ENGINE
        ),
        occasion=_occasion(run),
    )


def _order_of_none(run: ScheduledRun) -> RunOrder:
    automation = run.entry.automation
    return RunOrder(
        id=f"{run.entry.pipe}/{_occasion(run)}/{automation}",
        automation=automation,
        card=None,
        card_key="",
        sequence=0,
        event="schedule",
        by=ENGINE,
        chain=(Cause(card=run.entry.pipe, event=0, through=automation),),
    )


def _occasion(run: ScheduledRun) -> str:
    return run.at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _seen_without_card(published: Published, run: ScheduledRun) -> RuleData:
    return rule_data(
        published.pipe,
        {},
        card={},
        actor={},
        children={},
        today=published.today(run.at).isoformat(),
        now=run.at.isoformat(),
    )
