"""E-mail of automations: written for each reader apart, kept together by the card's thread."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import override

from engine.core.actors import Standing
from engine.core.addressees import people_behind, questions_people
from engine.gateway.gathering import look
from engine.locales import locale_called
from engine.runtime.mail_addresses import MailAddresses
from engine.store import people
from engine.store.database import AsyncConnection
from engine.store.deliveries import Delivery
from engine.store.mails import Mail
from engine.store.people import User
from engine.store.standings import standing_of
from engine.templates import as_html, render, render_line
from pipes.actions import SendEmail
from pipes.fields import Style
from pipes.identifiers import FieldId, Instant, JsonValue
from pipes.principals import Principal, parse_principal
from workers.deliveries.outcomes import Arrived, Failed, Outcome, Sender
from workers.deliveries.parcels import Parcel
from workers.mailing import Mailer, MailNotTaken, MailRefused

_ADDRESS = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,255}")


class NobodyThere(Exception):
    """None of those who are written to has an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who gets a mail; `standing` and `style` are None for who has no account."""

    address: str
    standing: Standing | None = None
    style: Style | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a mail says."""

    subject: str
    text: str
    html: str


async def mails_of(
    connection: AsyncConnection, parcel: Parcel, action: SendEmail, addresses: MailAddresses
) -> tuple[Delivery, ...]:
    """The mails that an automation sends, one for each reader, with what that reader may see.

    Raises:
        NobodyThere: There is nobody to write to.
        TemplateFault: One of its texts cannot be used.
    """
    readers = await _readers(connection, parcel, action.to)
    if not readers:
        raise NobodyThere("Nobody who is to be written to has an address.")
    return tuple(_mail(parcel, action, addresses, reader) for reader in readers)


def _mail(parcel: Parcel, action: SendEmail, addresses: MailAddresses, reader: Reader) -> Delivery:
    hidden = parcel.hidden_from(reader.standing)
    letter = _letter(parcel, action, hidden, reader.style)
    confidential = {name for name, field in parcel.definition.fields.items() if field.confidential}
    open_letter = _letter(parcel, action, frozenset(confidential), reader.style)
    card = parcel.card.identity
    return parcel.delivery(
        reader.address.lower(),
        kind="email",
        about=letter.subject,
        target=reader.address,
        content={
            "subject": letter.subject,
            "text": letter.text,
            "html": letter.html,
            "headers": dict(addresses.headers(card.id, card.key, reader.address)),
            # Who may not see these fields may not read the mail on the card either.
            "discloses": sorted(confidential - hidden) if letter != open_letter else [],
        },
    )


def _letter(
    parcel: Parcel, action: SendEmail, hidden: frozenset[FieldId], style: Style | None
) -> Letter:
    values = parcel.values(hidden, style)
    text = render(action.body, values, "text")
    return Letter(
        subject=render_line(action.subject, values, "text"),
        text=text,
        html=as_html(text) if action.html is None else render(action.html, values, "html"),
    )


async def _readers(
    connection: AsyncConnection, parcel: Parcel, written_to: Iterable[str]
) -> tuple[Reader, ...]:
    """Everybody who is written to, each address once."""
    values = parcel.values(frozenset())
    named = [render_line(each, values, "data") for each in written_to]
    principals = [parse_principal(each) for each in named if each and "@" not in each]
    found = {each.address.lower(): each for each in await _people(connection, parcel, principals)}
    for text in named:
        for address in _ADDRESS.findall(text):
            account = await people.find_by_email(connection, address)
            reader = await _reader(connection, parcel, account) if account else None
            found.setdefault(address.lower(), reader or Reader(address=address))
    return tuple(found.values())


async def _people(
    connection: AsyncConnection, parcel: Parcel, principals: list[Principal]
) -> list[Reader]:
    definition, card = parcel.definition, parcel.card
    facts = await look(
        connection,
        parcel.published,
        card=card.identity.id,
        actor=parcel.step.order.by,
        at=parcel.at,
        asked=questions_people(definition, card.values, principals),
    )
    by = parcel.step.order.by
    readers = []
    for person in sorted(people_behind(definition, card, facts, principals, by)):
        account = await people.read_user(connection, person)
        reader = await _reader(connection, parcel, account) if account else None
        if reader is not None and reader.address:
            readers.append(reader)
    return readers


async def _reader(connection: AsyncConnection, parcel: Parcel, account: User) -> Reader | None:
    """Somebody with an account, who gets what they may see as they write it."""
    standing = await standing_of(connection, account.id, parcel.definition.id, parcel.at)
    if standing is None:
        return None
    style = locale_called(account.language, account.time_zone)
    return Reader(address=account.email or "", standing=standing, style=style)


class MailSender(Sender):
    """Hands mails to the mailer."""

    def __init__(self, mailer: Mailer, addresses: MailAddresses) -> None:
        self._mailer = mailer
        self._addresses = addresses

    @override
    async def send(self, delivery: Delivery, at: Instant) -> Outcome:
        content = delivery.content or {}
        headers = content.get("headers")
        mail = Mail(
            message_id=self._addresses.message_id(delivery.id),
            to=(delivery.target,),
            subject=str(content["subject"]),
            text=str(content["text"]),
            html=str(content["html"]),
            headers={name: str(text) for name, text in _pairs(headers)},
        )
        try:
            await self._mailer.send(mail)
        except MailRefused as error:
            return Failed(why=f"The mail server refuses it: {error}", is_final=True)
        except MailNotTaken as error:
            return Failed(why=f"The mail server did not take it: {error}")
        return Arrived()


def _pairs(value: JsonValue) -> Iterable[tuple[str, JsonValue]]:
    return value.items() if isinstance(value, dict) else ()
