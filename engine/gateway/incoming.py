"""Replies that come back by e-mail: read, proven to be from whom we wrote to, told to the card.

A mail transfer agent hands each message over; the same message twice is told once.
"""

import hashlib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import getaddresses

import nh3

from engine.core.actors import Actor, user
from engine.core.commands import Command, CommandKey, ReceiveEmail
from engine.core.comments import LONGEST_COMMENT
from engine.gateway.gateway import Gateway
from engine.gateway.outcomes import Accepted
from engine.runtime.mail_addresses import MailAddresses, ReplyAddress
from engine.store import log, people
from engine.store.database import Database
from engine.templates import one_line
from pipes.identifiers import UserId

LARGEST_MAIL = 25_000_000
_LONGEST_SUBJECT = 300
# Where an address stands to which a mail came, the surest first.
_ADDRESSED = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
# Where a mail program begins to quote what it answers.
_QUOTED = re.compile(
    r"^(?:>.*|-{2,} ?(?:Original Message|Forwarded message) ?-{2,}|_{20,}|On .{0,200} wrote:"
    r"|Am .{0,200} schrieb.{0,200}:|Em .{0,200} escreveu:|El .{0,200} escribió:"
    r"|Le .{0,200} a écrit ?:|From: .*|-- )$",
    re.MULTILINE,
)


class MailNotWanted(Exception):
    """The mail is not told to any card; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What somebody wrote back."""

    id: str
    to: ReplyAddress
    sender: str
    subject: str
    text: str


class Incoming:
    """Takes mails that come back."""

    def __init__(self, database: Database, gateway: Gateway, addresses: MailAddresses) -> None:
        self._database = database
        self._gateway = gateway
        self._addresses = addresses

    async def take(self, raw: bytes, recipient: str | None = None) -> str:
        """Tells a card of a mail; the card's key.

        Args:
            raw: The message as it came.
            recipient: To whom, if the mail transfer agent says so; else its headers tell.

        Raises:
            MailNotWanted: It is no reply to us, or not from whom we wrote to.
        """
        reply = read_reply(raw, recipient, self._addresses)
        async with self._database.reading() as connection:
            card = await log.find_card(connection, reply.to.card_key)
            account = await people.find_by_email(connection, reply.sender)
        if card is None:
            raise MailNotWanted("It is about no card that there is.")
        by = user(UserId(account.id)) if account else Actor(kind="public", id="")
        wish = ReceiveEmail(sender=reply.sender, subject=reply.subject, text=reply.text)
        key = CommandKey(f"mail:{reply.id}")
        outcome = await self._gateway.send(card, Command(key=key, actor=by, wish=wish))
        if not isinstance(outcome, Accepted):
            raise MailNotWanted(" ".join(reason.message for reason in outcome.reasons))
        return reply.to.card_key


def read_reply(raw: bytes, recipient: str | None, addresses: MailAddresses) -> Reply:
    """The reply that a message is.

    Raises:
        MailNotWanted: It is none, or not from whom we wrote to.
    """
    if len(raw) > LARGEST_MAIL:
        raise MailNotWanted(f"It is larger than {LARGEST_MAIL} bytes.")
    message = _parsed(raw)
    if _is_automatic(message):
        raise MailNotWanted("A program has sent it, not a person.")
    found = (addresses.reply(each) for each in _recipients(message, recipient))
    to = next((each for each in found if each is not None), None)
    if to is None:
        raise MailNotWanted("It did not come to an address that we gave out.")
    sender = next(iter(_addresses(message, "From")), "")
    if not addresses.is_from(to, sender):
        raise MailNotWanted("It is not from the address that we wrote to.")
    identity = str(message.get("Message-ID", "")).strip().encode() or raw
    return Reply(
        id=hashlib.sha256(identity).hexdigest()[:40],
        to=to,
        sender=sender,
        subject=one_line(str(message.get("Subject", "")))[:_LONGEST_SUBJECT],
        text=written_text(_text(message))[:LONGEST_COMMENT],
    )


def written_text(text: str) -> str:
    """What somebody wrote, without what they quote and without their signature."""
    plain = text.replace("\r\n", "\n").replace("\x00", "")
    quoted = _QUOTED.search(plain)
    own = plain if quoted is None else plain[: quoted.start()]
    # Who answers below or between what they quote has written it all the same.
    return (own.strip() or "\n".join(_unquoted(plain))).strip()


def _unquoted(text: str) -> Iterator[str]:
    return (line for line in text.split("\n") if not _QUOTED.fullmatch(line))


def _parsed(raw: bytes) -> EmailMessage:
    try:
        message = message_from_bytes(raw, policy=policy.default)
    except (MessageError, ValueError, LookupError) as error:
        raise MailNotWanted("It cannot be read.") from error
    assert isinstance(message, EmailMessage)  # noqa: S101 -- the policy makes nothing else
    return message


def _is_automatic(message: EmailMessage) -> bool:
    said = str(message.get("Auto-Submitted", "no")).strip().lower()
    bulk = str(message.get("Precedence", "")).strip().lower() in ("bulk", "junk", "auto_reply")
    return said != "no" or bulk or "X-Autoreply" in message


def _recipients(message: EmailMessage, recipient: str | None) -> Iterator[str]:
    if recipient is not None:
        yield recipient
        return
    for name in _ADDRESSED:
        yield from _addresses(message, name)


def _addresses(message: EmailMessage, header: str) -> list[str]:
    try:
        values = [str(each) for each in message.get_all(header, [])]
    except (ValueError, LookupError):  # Headers of strangers may be anything.
        return []
    return [address for _, address in getaddresses(values) if "@" in address]


def _text(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        content = str(part.get_content())
    except (LookupError, ValueError):  # An alphabet that nobody knows.
        payload = part.get_payload(decode=True)
        content = payload.decode("utf-8", errors="replace") if isinstance(payload, bytes) else ""
    if part.get_content_subtype() != "html":
        return content
    broken = re.sub(r"(?i)<(?:br|/p|/div|/li|/tr)\b[^>]*>", "\n", content)
    return html.unescape(nh3.clean(broken, tags=set()))
