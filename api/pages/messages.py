"""The thread of messages about a card: mails that automations wrote, and what was answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from markupsafe import Markup

from api.cards import SeenCard
from api.pages.markdown import markdown
from api.pages.words import Tone, ago
from engine.core.commands import CommandKey
from engine.core.events import CommentAdded, EmailReceived
from engine.store import deliveries, log
from engine.store.database import AsyncConnection
from engine.store.deliveries import Delivery, DeliveryState, Wanted
from pipes.identifiers import Instant, JsonValue

_MOST = 100
_STATES: Mapping[DeliveryState, tuple[str, Tone]] = {
    "sent": ("Sent", "good"),
    "waiting": ("On its way", ""),
    "failed": ("Not sent", "bad"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageShown:
    """One message, as its reader may see it."""

    at: Instant
    is_answer: bool
    who: str
    subject: str
    when: Markup
    text: Markup
    state: str = ""
    tone: Tone = ""


async def messages_shown(
    connection: AsyncConnection, seen: SeenCard, *, now: Instant, zone: ZoneInfo
) -> tuple[MessageShown, ...]:
    """The messages about the card, the oldest first."""
    card = seen.card.identity.id
    written = await deliveries.listed(connection, Wanted(card=card, kind="email"), limit=_MOST)
    found = [_written(each, seen, now=now, zone=zone) for each in written]
    found += await _answers(connection, card, now=now, zone=zone)
    return tuple(sorted(found, key=lambda message: message.at))


def _written(delivery: Delivery, seen: SeenCard, *, now: Instant, zone: ZoneInfo) -> MessageShown:
    content = delivery.content or {}
    withheld = not seen.hidden.isdisjoint(map(str, _items(content.get("discloses"))))
    state, tone = _STATES[delivery.state]
    return MessageShown(
        at=delivery.created_at,
        is_answer=False,
        who=delivery.target,
        subject="A message with confidential fields" if withheld else delivery.about,
        when=ago(delivery.created_at, now=now, zone=zone),
        text=Markup() if withheld else _as_text(str(content.get("text", ""))),
        state=state,
        tone=tone,
    )


async def _answers(
    connection: AsyncConnection, card: str, *, now: Instant, zone: ZoneInfo
) -> list[MessageShown]:
    texts: dict[CommandKey, Markup] = {}
    answers = await log.read_answers(connection, card, limit=_MOST)
    for event in answers:
        if isinstance(event.body, CommentAdded):
            texts[event.command] = markdown(event.body.text)
    return [
        MessageShown(
            at=event.at,
            is_answer=True,
            who=event.body.sender,
            subject=event.body.subject,
            when=ago(event.at, now=now, zone=zone),
            text=texts.get(event.command, Markup()),
        )
        for event in answers
        if isinstance(event.body, EmailReceived)
    ]


def _as_text(text: str) -> Markup:
    return Markup('<p class="value">{}</p>').format(text)


def _items(value: JsonValue) -> tuple[JsonValue, ...]:
    return tuple(value) if isinstance(value, list | tuple) else ()
