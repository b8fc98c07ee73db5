"""Webhooks: events posted to endpoints, signed, after the Standard Webhooks specification."""

from typing import override

from temporalio.exceptions import ApplicationError

from engine.core.card import Card
from engine.core.events import Event
from engine.core.evolve import evolve
from engine.gateway import Definitions
from engine.runtime.outside import AddressRefused
from engine.runtime.sealing import CannotOpen
from engine.runtime.settings import SettingsError
from engine.store import deliveries, endpoints, log
from engine.store.database import AsyncConnection, Database
from engine.store.deliveries import Delivery
from engine.store.endpoints import Endpoint
from engine.telling import told_webhook
from pipes.identifiers import Instant
from workers.deliveries.outcomes import (
    Arrived,
    Failed,
    Outcome,
    Sender,
    excerpt,
    is_success,
    refusal,
    wanted_pause,
)
from workers.deliveries.outside import NotReached, OutsideClient, OutsideRequest
from workers.deliveries.secrets import Secrets
from workers.deliveries.signing import NoSecret, signed_headers

_GONE = 410


class WebhookSender(Sender):
    """Posts events to endpoints."""

    def __init__(
        self,
        database: Database,
        definitions: Definitions,
        outside: OutsideClient,
        secrets: Secrets,
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._outside = outside
        self._secrets = secrets

    @override
    async def send(self, delivery: Delivery, at: Instant) -> Outcome:
        async with self._database.reading() as connection:
            endpoint = await endpoints.read(connection, delivery.endpoint or "")
        if endpoint is None:
            return Failed(why="The endpoint has been removed.", is_final=True)
        body = (await self._body(delivery)).encode()
        try:
            headers = await self._headers(delivery, endpoint, body, at)
            answer = await self._outside.send(
                OutsideRequest(method="POST", url=endpoint.url, headers=headers, body=body)
            )
        except (AddressRefused, NotReached, NoSecret, CannotOpen, SettingsError) as error:
            return Failed(why=str(error))
        if is_success(answer):
            return Arrived(status=answer.status, excerpt=excerpt(answer))
        return Failed(
            why=refusal(answer),
            status=answer.status,
            excerpt=excerpt(answer),
            is_gone=answer.status == _GONE,
            not_before=wanted_pause(answer),
        )

    async def _headers(
        self, delivery: Delivery, endpoint: Endpoint, body: bytes, at: Instant
    ) -> dict[str, str]:
        secrets = await self._secrets.signing(endpoint, at)
        if not secrets and endpoint.secret is not None:
            raise NoSecret(f"The pipe {endpoint.pipe} keeps no secret “{endpoint.secret}”.")
        return {
            "Content-Type": "application/json",
            **signed_headers(delivery.id, at, body, secrets),
        }

    async def _body(self, delivery: Delivery) -> str:
        """What is posted, the same in each attempt: kept once it has been put together."""
        if delivery.content is not None:
            return str(delivery.content["body"])
        async with self._database.reading() as connection:
            body = await self._put_together(connection, delivery)
        async with self._database.writing() as connection:
            await deliveries.keep_content(connection, delivery.id, {"body": body})
        return body

    async def _put_together(self, connection: AsyncConnection, delivery: Delivery) -> str:
        card, event = await _as_it_was(connection, delivery)
        # An endpoint is nobody who could have a right to see what is confidential.
        hidden = await self._definitions.hidden(connection, card, None)
        return told_webhook(card, event, hidden)


async def _as_it_was(connection: AsyncConnection, delivery: Delivery) -> tuple[Card, Event]:
    """The event, and the card as the event left it."""
    stored = await log.load_card(connection, delivery.card)
    if stored is not None and stored.card.version == delivery.sequence:
        (event,) = await log.read_events(connection, delivery.card, after=delivery.sequence - 1)
        return stored.card, event
    card: Card | None = None
    history = await log.read_events(connection, delivery.card, limit=delivery.sequence)
    for event in history:
        card = evolve(card, event)
    if card is None or card.version != delivery.sequence:
        raise ApplicationError(f"Event {delivery.sequence} of card {delivery.card} is not there.")
    return card, history[-1]
