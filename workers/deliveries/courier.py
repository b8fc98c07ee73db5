"""What automations send: worked out at the moment it is to leave, written down, and begun.

What is written down stays so: each attempt sends the same, and a repeat of the step begins nothing
a second time.
"""

from dataclasses import replace
from typing import override

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from engine.core.automatic import find_automation
from engine.core.reasons import Reason
from engine.gateway import Definitions, utc_now
from engine.gateway.delivering import Deliveries
from engine.runtime.mail_addresses import MailAddresses
from engine.store import deliveries, endpoints, log, turns
from engine.store.database import AsyncConnection, Database
from engine.store.deliveries import Delivery
from engine.store.endpoints import named_endpoint
from engine.templates import TemplateFault
from engine.workflows.automations import REFUSED
from engine.workflows.errands import SendStep
from engine.workflows.ports import Courier
from pipes.actions import Action, CallWebhook, SendEmail, SendRequest
from workers.deliveries.mails import NobodyThere, mails_of
from workers.deliveries.parcels import Parcel, packed
from workers.deliveries.requests import request_of
from workers.trying import tries_noted


class DeliveryCourier(Courier):
    """The courier over the installation's database."""

    def __init__(
        self,
        database: Database,
        definitions: Definitions,
        workflows: Deliveries,
        addresses: MailAddresses,
        pages: str,
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._workflows = workflows
        self._addresses = addresses
        self._pages = pages

    @override
    @activity.defn
    async def send_off(self, request: SendStep) -> str:
        begun = await self._written_down(request)
        for delivery in begun:
            await self._workflows.send(delivery)
        return _said(begun)

    @override
    @activity.defn
    async def ask(self, request: SendStep) -> str:
        (delivery,) = await self._written_down(request)
        return delivery.id

    @override
    @activity.defn
    async def hear(self, delivery: str) -> str:
        async with self._database.reading() as connection:
            found = await deliveries.read(connection, delivery)
            attempts = await deliveries.attempts_of(connection, delivery)
        if found is None:
            raise _refusal("The request has been removed.")
        if found.state == "waiting":
            raise ApplicationError(
                f"{found.about} {found.target} is on its way still.",
                category=ApplicationErrorCategory.BENIGN,  # Another attempt comes.
            )
        if found.state != "sent":
            why = attempts[-1].failure if attempts else None
            raise _refusal(f"{found.about} {found.target}: {why or 'It was not sent.'}")
        return _said((found,))

    async def _written_down(self, step: SendStep) -> tuple[Delivery, ...]:
        async with tries_noted(self._database, step.order.id):
            try:
                async with self._database.writing() as connection:
                    return await self._write_down(connection, step)
            except (TemplateFault, NobodyThere) as error:
                raise _refusal(str(error)) from error

    async def _write_down(
        self, connection: AsyncConnection, step: SendStep
    ) -> tuple[Delivery, ...]:
        stored = await log.load_card(connection, step.order.card or "")
        if stored is None:
            raise _refusal("There is no card that this could be about.")
        published = await self._definitions.of_card(connection, stored.card)
        parcel = await packed(
            connection, step, stored.card, published, at=utc_now(), address=self._pages
        )
        automation = find_automation(published.pipe, step.order.automation)
        if isinstance(automation, Reason):
            raise _refusal(automation.message)
        begun = await self._deliveries(connection, parcel, automation.do[step.step.index])
        await deliveries.add(connection, begun)
        return begun

    async def _deliveries(
        self, connection: AsyncConnection, parcel: Parcel, action: Action
    ) -> tuple[Delivery, ...]:
        match action:
            case SendEmail():
                return await mails_of(connection, parcel, action, self._addresses)
            case SendRequest():
                return (request_of(parcel, action),)
            case CallWebhook():
                return (await _webhook(connection, parcel, action),)
            case _:
                raise _refusal("Nothing is sent by that.")


async def _webhook(connection: AsyncConnection, parcel: Parcel, action: CallWebhook) -> Delivery:
    endpoint = named_endpoint(
        parcel.card.identity.pipe,
        action.url,
        action.secret,
        at=parcel.at,
        description=f"Named by “{parcel.definition.name}”",
    )
    await endpoints.add(connection, endpoint)
    delivery = parcel.delivery(
        kind="webhook", about=parcel.step.order.event, target=action.url, endpoint=endpoint.id
    )
    place = await turns.take(connection, delivery.id)
    if place is None:  # A repeat; what was written down first stays.
        return delivery
    return replace(delivery, sequence=place.sequence, position=place.position)


def _refusal(why: str) -> ApplicationError:
    return ApplicationError(
        why,
        why,
        type=REFUSED,
        non_retryable=True,
        category=ApplicationErrorCategory.BENIGN,  # It is shown with the run.
    )


def _said(begun: tuple[Delivery, ...]) -> str:
    """What was sent off, in words."""
    first = begun[0]
    match first.kind:
        case "email":
            return f"wrote to {', '.join(each.target for each in begun)}"
        case "http":
            return f"sent {first.about} {first.target}"
        case "webhook":
            return f"told {first.target}"
