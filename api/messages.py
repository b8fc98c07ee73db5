"""The thread of messages about a card: what was written from it by e-mail, and what came back."""

from dataclasses import dataclass
from typing import Literal

from api.cards import SeenCard
from api.problems import rejected
from api.services import Services
from api.signin.people import SignedIn, now
from engine.core.actors import user
from engine.core.commands import CommandKey
from engine.core.events import CommentAdded, EmailReceived, Event
from engine.core.letters import Letter, reasons_against_letter
from engine.core.reasons import Reason
from engine.core.rights import reasons_against_deed
from engine.gateway.writing import write_letter
from engine.runtime.mail_addresses import MailAddresses
from engine.store import deliveries, log
from engine.store.database import AsyncConnection
from engine.store.deliveries import Delivery, DeliveryState, Wanted
from pipes.identifiers import Instant, JsonValue, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, as its reader may see it.

    Attributes:
        address: To whom it was written, or from whom it came.
        by: The person who wrote it; None of an automation, and of what came.
        text: What it says; None where that is not for the reader. Markdown in what came.
        state: How the delivery stands; None of what came.
    """

    id: str
    at: Instant
    direction: Literal["out", "in"]
    address: str
    subject: str
    text: str | None
    by: str | None = None
    automation: str | None = None
    state: DeliveryState | None = None


async def read_messages(
    connection: AsyncConnection,
    seen: SeenCard,
    *,
    limit: int,
    before: tuple[Instant, str] | None = None,
) -> tuple[Message, ...]:
    """The messages about a card, the newest first; `before` is where the last page ended."""
    card = seen.card.identity.id
    wanted = Wanted(card=card, kind="email")
    written = await deliveries.listed(connection, wanted, limit=limit, before=before)
    until = None if before is None else before[0]
    answers = await log.read_answers(connection, card, limit=limit + 1, until=until)
    found = [*(sent_message(each, seen) for each in written), *_received(answers)]
    later = [each for each in found if before is None or (each.at, each.id) < before]
    return tuple(sorted(later, key=lambda each: (each.at, each.id), reverse=True)[:limit])


def sent_message(delivery: Delivery, seen: SeenCard) -> Message:
    """A mail that was written from the card; what it discloses is for those who may see it."""
    content = delivery.content or {}
    is_withheld = not seen.hidden.isdisjoint(map(str, _items(content.get("discloses"))))
    by = content.get("by")
    return Message(
        id=delivery.id,
        at=delivery.created_at,
        direction="out",
        address=delivery.target,
        subject="A message with confidential fields" if is_withheld else delivery.about,
        text=None if is_withheld else str(content.get("text", "")),
        by=by if isinstance(by, str) else None,
        automation=delivery.cause or None,
        state=delivery.state,
    )


def _received(answers: tuple[Event, ...]) -> list[Message]:
    texts = {
        event.command: event.body.text for event in answers if isinstance(event.body, CommentAdded)
    }
    return [
        Message(
            id=f"event-{event.sequence:09}",
            at=event.at,
            direction="in",
            address=event.body.sender,
            subject=event.body.subject,
            text=texts.get(event.command, ""),
        )
        for event in answers
        if isinstance(event.body, EmailReceived)
    ]


def _items(value: JsonValue) -> tuple[JsonValue, ...]:
    return tuple(value) if isinstance(value, list | tuple) else ()


# --- writing --------------------------------------------------------------------------------------


def reasons_against_writing(seen: SeenCard, letter: Letter) -> tuple[Reason, ...]:
    """Why the person cannot write this from the card; empty if they can."""
    person = user(seen.standing.user)
    against = reasons_against_deed("comment", person, seen.standing, seen.card)
    return (*against, *reasons_against_letter(letter))


async def write_message(
    services: Services, person: SignedIn, seen: SeenCard, letter: Letter, *, key: CommandKey
) -> tuple[Delivery, ...]:
    """Has a mail sent from the card to each of its readers.

    Raises:
        Problem: With every reason against it.
    """
    reasons = reasons_against_writing(seen, letter)
    if reasons:
        raise rejected(reasons)
    addresses = MailAddresses(services.settings, services.sealer)
    async with services.database.writing() as connection:
        return await write_letter(
            connection,
            seen.card,
            letter,
            addresses,
            by=UserId(person.id),
            key=key,
            at=now(),
        )
