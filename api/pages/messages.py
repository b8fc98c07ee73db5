"""The thread of messages about a card as the page shows it, and the form that goes on with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from api.cards import SeenCard
from api.messages import Message, read_messages
from api.pages.markdown import markdown
from api.pages.reader import Names
from api.pages.words import Tone, ago
from engine.core.actors import user
from engine.core.letters import Letter
from engine.core.reasons import Reason
from engine.core.rights import may
from engine.locales import Locale
from engine.short_ids import short_id
from engine.store.database import AsyncConnection
from engine.store.deliveries import DeliveryState
from pipes.identifiers import Instant

_MOST = 100
_STATES: Mapping[DeliveryState | None, tuple[str, Tone]] = {
    "sent": ("Sent", "good"),
    "waiting": ("On its way", ""),
    "failed": ("Not sent", "bad"),
    None: ("", ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageShown:
    """One message, as its reader may see it."""

    is_answer: bool
    who: str
    by: str | None
    subject: str
    when: Markup
    text: Markup
    state: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterForm:
    """The form by which a mail is written from the card.

    Attributes:
        known: Addresses that may be meant.
        reasons: Why what was typed was refused.
        is_open: Whether something was typed that was refused.
    """

    to: str
    subject: str
    text: str
    known: tuple[str, ...]
    key: str
    reasons: tuple[Reason, ...]
    is_open: bool


async def thread(connection: AsyncConnection, seen: SeenCard) -> tuple[Message, ...]:
    """The messages about the card, the oldest first."""
    return tuple(reversed(await read_messages(connection, seen, limit=_MOST)))


def messages_shown(
    messages: Iterable[Message], names: Names, *, now: Instant, locale: Locale
) -> tuple[MessageShown, ...]:
    """Messages as the page shows them."""
    return tuple(_shown(each, names, now=now, locale=locale) for each in messages)


def _shown(message: Message, names: Names, *, now: Instant, locale: Locale) -> MessageShown:
    state, tone = _STATES[message.state]
    return MessageShown(
        is_answer=message.direction == "in",
        who=message.address,
        by=None if message.by is None else names.person(message.by).name,
        subject=message.subject,
        when=ago(message.at, now=now, locale=locale),
        text=_text(message),
        state=state,
        tone=tone,
    )


def _text(message: Message) -> Markup:
    if message.text is None:
        return Markup()
    if message.direction == "in":
        return markdown(message.text)
    return Markup('<p class="value">{}</p>').format(message.text)


# --- writing --------------------------------------------------------------------------------------


def letter_form(
    seen: SeenCard,
    messages: tuple[Message, ...],
    tried: Letter | None,
    reasons: tuple[Reason, ...],
) -> LetterForm | None:
    """The form, with what was tried before or what most likely comes next; None for who may not."""
    if not may("comment", user(seen.standing.user), seen.standing, seen.card):
        return None
    known = tuple(dict.fromkeys((*(each.address for each in reversed(messages)), *_fields(seen))))
    subject = _subject(seen.card.work.title, messages)
    proposed = tried or Letter(to=known[:1], subject=subject, text="")
    return LetterForm(
        to=", ".join(proposed.to),
        subject=proposed.subject,
        text=proposed.text,
        known=known,
        key=short_id(),
        reasons=reasons if tried is not None else (),
        is_open=tried is not None,
    )


def _subject(title: str, messages: tuple[Message, ...]) -> str:
    """What the thread is about."""
    if not messages or messages[-1].text is None:
        return title
    latest = messages[-1].subject
    return latest if latest.lower().startswith("re:") else f"Re: {latest}"


def _fields(seen: SeenCard) -> Iterable[str]:
    """The addresses in the card's fields that its reader may see."""
    for name, field in seen.published.pipe.definition.fields.items():
        value = seen.card.values.get(name)
        if field.kind == "email" and name not in seen.hidden and isinstance(value, str) and value:
            yield value
