"""Doing what automations say: every step by its own key, so that a repeat changes nothing."""

from collections.abc import Iterable
from typing import Never, override

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from engine.core.action_words import labels_elsewhere, said
from engine.core.actors import Actor, automation_name
from engine.core.automatic import find_automation
from engine.core.automations import (
    StepElsewhere,
    goes_on_for_ever,
    is_judged_at_once,
    steps,
)
from engine.core.card import Card
from engine.core.commands import (
    Command,
    CommandKey,
    LinkCards,
    NoteFailure,
    RunActions,
    Wish,
    WriteFields,
)
from engine.core.effects import RunOrder
from engine.core.moving import questions_children
from engine.core.reasons import Reason, ReasonCode
from engine.core.seen import data_for_rules, references
from engine.core.values import worked_out
from engine.gateway import (
    Accepted,
    Definitions,
    EngineFault,
    Gateway,
    NoSuchCard,
    NoSuchPipe,
    Outcome,
    Published,
    Rejected,
    utc_now,
)
from engine.gateway.gathering import look
from engine.store import links, log, runs, turns
from engine.store.database import AsyncConnection, Database
from engine.workflows.automations import REFUSED
from engine.workflows.errands import (
    AskErrand,
    CardStep,
    CreateErrand,
    CreateStep,
    Errand,
    OtherStep,
    Plan,
    Planned,
    RunReport,
    SendErrand,
    Stopped,
    Unmet,
    WriteErrand,
    WriteStep,
)
from engine.workflows.ports import Automator
from pipes.actions import Action, CreateConnectedCard, SendRequest, UpdateConnected
from pipes.definition import Automation
from pipes.forms import RuleData
from workers.persistence import Persistence
from workers.trying import tries_noted


class CardAutomator(Automator):
    """Automations over the installation's database and its cards."""

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
    async def plan(self, order: RunOrder) -> Plan:
        async with self._database.writing() as connection:
            card, published = await self._card(connection, order)
            automation = find_automation(published.pipe, order.automation)
            if isinstance(automation, Reason):
                # The card has been migrated to a version without it.
                await turns.give_up(connection, order.id, at=utc_now())
                return Unmet()
            endless = goes_on_for_ever(order.chain[:-1])
            if endless is None and not is_judged_at_once(automation):
                data = await _seen(connection, published, card, order)
                if automation.condition is not None and not automation.condition.holds(data):
                    await turns.give_up(connection, order.id, at=utc_now())
                    return Unmet()
            await runs.begin(connection, card.identity.pipe, order, at=utc_now())
        if endless is not None:
            return Stopped(reasons=(endless,))
        return Planned(steps=steps(automation.do))

    @override
    @activity.defn
    async def act(self, request: CardStep) -> str:
        order, step = request.order, request.step
        wish = RunActions(automation=order.automation, first=step.first, end=step.end, by=order.by)
        async with tries_noted(self._database, order.id):
            await self._send(_card_of(order), order, f"{step.first}", wish)
        async with self._database.reading() as connection:
            _, published = await self._card(connection, order)
        automation = _known(published, order)
        definition = published.pipe.definition
        return ", ".join(said(definition, each) for each in automation.do[step.first : step.end])

    @override
    @activity.defn
    async def work_out(self, request: OtherStep) -> Errand:
        order = request.order
        async with tries_noted(self._database, order.id):
            return await self._errand(order, request.step)

    async def _errand(self, order: RunOrder, step: StepElsewhere) -> Errand:
        async with self._database.reading() as connection:
            card, published = await self._card(connection, order)
            data = await _seen(connection, published, card, order)
            match _action(published, order, step):
                case CreateConnectedCard(pipe=pipe, fields=fields, connect=connect):
                    return CreateErrand(pipe=pipe, values=worked_out(fields, data), connect=connect)
                case UpdateConnected(connection=name, fields=fields):
                    named = references(card.values.get(name))
                    there = await links.open_cards(connection, named)
                    definition = published.pipe.definition
                    others = await self._definitions.next_to(connection, definition)
                    return WriteErrand(
                        cards=there,
                        values=worked_out(fields, data),
                        labels=labels_elsewhere(definition, name, fields, others),
                    )
                case SendRequest():
                    return AskErrand()
                case _:
                    return SendErrand()

    @override
    @activity.defn
    async def create(self, request: CreateStep) -> str:
        async with tries_noted(self._database, request.order.id):
            return await self._created(request)

    async def _created(self, request: CreateStep) -> str:
        order, step, errand = request.order, request.step, request.errand
        try:
            outcome = await self._gateway.create(
                errand.pipe,
                key=CommandKey(f"{order.id}:{step.index}"),
                actor=_actor(order),
                values=errand.values,
                chain=order.chain,
            )
        except (EngineFault, NoSuchPipe) as error:
            self._refuse([str(error)])
        made = self._accepted(outcome).card
        if errand.connect is not None:
            wish = LinkCards(connection=errand.connect, cards=(made.identity.key,))
            await self._send(_card_of(order), order, f"{step.index}:link", wish)
        return f"created {made.identity.key}"

    @override
    @activity.defn
    async def write(self, request: WriteStep) -> None:
        order, step = request.order, request.step
        wish = WriteFields(values=request.values)
        async with tries_noted(self._database, order.id):
            await self._send(request.card, order, f"{step.index}:{request.card}", wish)

    @override
    @activity.defn
    async def finish(self, report: RunReport) -> None:
        order = report.order
        if report.failed_step is not None and order.card is not None:
            wish = NoteFailure(
                action=f"run “{automation_name(order.automation)}”",
                reasons=report.reasons,
                automation=order.automation,
            )
            command = _command(order, "failed", wish)
            await self._gateway.send(order.card, command)
        async with self._database.writing() as connection:
            await runs.end(
                connection,
                order.id,
                done=report.done,
                reasons=report.reasons,
                failed_step=report.failed_step,
                at=utc_now(),
            )
            await turns.give_up(connection, order.id, at=utc_now())

    async def _card(self, connection: AsyncConnection, order: RunOrder) -> tuple[Card, Published]:
        stored = await log.load_card(connection, _card_of(order))
        if stored is None:
            raise ApplicationError(f"There is no card {order.card!r}.", non_retryable=True)
        return stored.card, await self._definitions.of_card(connection, stored.card)

    async def _send(self, card: str, order: RunOrder, step: str, wish: Wish) -> None:
        try:
            outcome = await self._gateway.send(card, _command(order, step, wish))
        except (EngineFault, NoSuchCard) as error:
            self._refuse([str(error)])
        self._accepted(outcome)

    def _accepted(self, outcome: Outcome) -> Accepted:
        if isinstance(outcome, Rejected):
            # A card that has ended will not take it later either.
            has_ended = any(each.code is ReasonCode.CARD_FINISHED for each in outcome.reasons)
            self._refuse(
                (reason.message for reason in outcome.reasons),
                tries=1 if has_ended else self._persistence.tries,
            )
        return outcome

    def _refuse(self, reasons: Iterable[str], *, tries: int | None = None) -> Never:
        """Ends the attempt: another one comes later, unless it was the last of so many."""
        raise self._persistence.refusal(reasons, tries=tries)


async def _seen(
    connection: AsyncConnection, published: Published, card: Card, order: RunOrder
) -> RuleData:
    """What the automation's rules see at this moment."""
    facts = await look(
        connection,
        published,
        card=card.identity.id,
        actor=order.by,
        at=utc_now(),
        asked=questions_children(published.pipe, card),
    )
    return data_for_rules(published.pipe, card, facts, card.values)


def _action(published: Published, order: RunOrder, step: StepElsewhere) -> Action:
    return _known(published, order).do[step.index]


def _known(published: Published, order: RunOrder) -> Automation:
    found = find_automation(published.pipe, order.automation)
    if isinstance(found, Reason):
        raise ApplicationError(
            found.message,
            found.message,
            type=REFUSED,
            non_retryable=True,
            category=ApplicationErrorCategory.BENIGN,
        )
    return found


def _command(order: RunOrder, step: str, wish: Wish) -> Command:
    return Command(
        key=CommandKey(f"{order.id}:{step}"), actor=_actor(order), wish=wish, chain=order.chain
    )


def _actor(order: RunOrder) -> Actor:
    return Actor(kind="automation", id=order.automation)


def _card_of(order: RunOrder) -> str:
    if order.card is None:
        raise ApplicationError("The automation runs without a card.", non_retryable=True)
    return order.card
