"""What an automation sends, as it is packed: the card at this moment, and how texts are filled."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.core.actors import Standing
from engine.core.card import Card
from engine.core.commands import Cause
from engine.core.rights import hidden_fields
from engine.core.template_values import people_named, template_values
from engine.encoding import encoded_chain
from engine.gateway import Published
from engine.store import people
from engine.store.database import AsyncConnection
from engine.store.deliveries import Delivery, DeliveryKind, delivery_id
from engine.workflows.errands import SendStep
from pipes.definition import Definition
from pipes.fields import Style
from pipes.identifiers import FieldId, Instant, JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A step that sends something, and what has to be known to pack it.

    Attributes:
        address: Where people reach the pages.
        names: What the people on the card are called.
    """

    step: SendStep
    card: Card
    published: Published
    at: Instant
    address: str
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def definition(self) -> Definition:
        """The definition that the card runs."""
        return self.published.pipe.definition

    def hidden_from(self, reader: Standing | None) -> frozenset[FieldId]:
        """The fields that somebody may not see; None is anybody outside."""
        return hidden_fields(self.definition, reader, self.card)

    def values(
        self, hidden: frozenset[FieldId], style: Style | None = None
    ) -> dict[str, JsonValue]:
        """What texts are filled with, as a reader writes it if that is one person."""
        return template_values(
            self.definition,
            self.card,
            hidden=hidden,
            address=self.address,
            names=self.names,
            actor=self.step.order.by,
            today=self.published.today(self.at),
            style=style,
        )

    def delivery(
        self,
        *parts: str,
        kind: DeliveryKind,
        about: str,
        target: str,
        endpoint: str | None = None,
        content: Mapping[str, JsonValue] | None = None,
    ) -> Delivery:
        """What is written down; the same step with the same parts has the same id."""
        order = self.step.order
        return Delivery(
            id=delivery_id(self.step.id, *parts),
            kind=kind,
            endpoint=endpoint,
            pipe=self.card.identity.pipe,
            card=self.card.identity.id,
            # What is set off by time follows from what is there by then.
            sequence=order.sequence or self.card.version,
            position=self.step.step.index,
            about=about,
            target=target,
            cause=order.automation,
            content=None if content is None else {**content, "chain": _chain(order.chain)},
            created_at=self.at,
        )


def _chain(causes: tuple[Cause, ...]) -> JsonValue:
    """What led to it, for what the card is told of its end."""
    chain: JsonValue = json.loads(encoded_chain(causes))
    return chain


async def packed(
    connection: AsyncConnection,
    step: SendStep,
    card: Card,
    published: Published,
    *,
    at: Instant,
    address: str,
) -> Parcel:
    """The parcel of a step."""
    named = people_named(published.pipe.definition, card, step.order.by)
    return Parcel(
        step=step,
        card=card,
        published=published,
        at=at,
        address=address,
        names=await people.names(connection, named),
    )
