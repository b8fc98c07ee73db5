"""Mails that people write from a card: written down with the order to send them, as one."""

from engine.core.card import Card
from engine.core.commands import CommandKey
from engine.core.effects import EffectOrder, SendMail
from engine.core.letters import Letter
from engine.runtime.mail_addresses import MailAddresses
from engine.store import deliveries, outbox
from engine.store.database import AsyncConnection
from engine.store.deliveries import Delivery, delivery_id
from engine.templates import as_html, one_line
from pipes.identifiers import Instant, UserId


async def write_letter(
    connection: AsyncConnection,
    card: Card,
    letter: Letter,
    addresses: MailAddresses,
    *,
    by: UserId,
    key: CommandKey,
    at: Instant,
) -> tuple[Delivery, ...]:
    """Has a letter sent to each of its readers; a repeat of the key sends nothing again.

    Args:
        connection: A writing transaction.
        card: Of which the letter is; replies come back to it.
        letter: What has been found right.
        addresses: Those of this installation.
        by: Who writes it.
        key: What the wish to send it is known by.
        at: The time.
    """
    written = tuple(
        _mail(card, letter, addresses, reader, by=by, key=key, at=at)
        for reader in dict.fromkeys(each.lower() for each in letter.to)
    )
    known = [await deliveries.read(connection, each.id) for each in written]
    fresh = [each for each, there in zip(written, known, strict=True) if there is None]
    await deliveries.add(connection, fresh)
    orders = [
        EffectOrder(
            card=card.identity.id,
            sequence=card.version,
            position=0,
            effect=SendMail(delivery=each.id),
            occasion=each.id,
        )
        for each in fresh
    ]
    await outbox.write(connection, orders, at=at)
    return tuple(there or each for each, there in zip(written, known, strict=True))


def _mail(
    card: Card,
    letter: Letter,
    addresses: MailAddresses,
    reader: str,
    *,
    by: UserId,
    key: CommandKey,
    at: Instant,
) -> Delivery:
    identity, subject = card.identity, one_line(letter.subject)
    return Delivery(
        id=delivery_id("letter", identity.id, key, reader),
        kind="email",
        pipe=identity.pipe,
        card=identity.id,
        sequence=card.version,
        about=subject,
        target=reader,
        content={
            "subject": subject,
            "text": letter.text.strip(),
            "html": as_html(letter.text),
            "headers": dict(addresses.headers(identity.id, identity.key, reader)),
            "discloses": [],
            "by": by,
        },
        created_at=at,
    )
