"""Replies by e-mail become comments: of whom we wrote to, once, without what they quote."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from engine.gateway.incoming import Incoming, MailNotWanted, read_reply, written_text
from engine.runtime.mail_addresses import MailAddresses
from engine.runtime.sealing import Sealer, load_sealer, new_key
from engine.runtime.settings import Settings
from engine.store import mails
from tests.engine.automating import Automated, automated
from tests.engine.running import Engine, eventually_so
from tests.engine.test_sending_off import an_offer

SETTINGS = Settings(reply_address="replies@example.com", mail_from="Us <us@example.com>")
SEALER = Sealer(new_key())
ADDRESSES = MailAddresses(SETTINGS, lambda: SEALER)


@pytest.fixture
async def house(engine: Engine) -> AsyncIterator[Automated]:
    async with automated(engine) as house:
        yield house


def a_mail(body: str = "Yes, please.", **headers: str) -> bytes:
    said = {
        "From": "Eve <eve@example.com>",
        "To": ADDRESSES.headers("c1", "OFF-1", "eve@example.com")["Reply-To"],
        "Subject": "Re: Trains",
        "Message-ID": "<1@example.com>",
        "Content-Type": "text/plain; charset=utf-8",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = [f"{name}: {value}" for name, value in said.items()]
    return "\r\n".join([*lines, "", body]).encode()


def test_a_reply_is_read():
    reply = read_reply(a_mail(), None, ADDRESSES)

    assert (reply.to.card_key, reply.sender) == ("OFF-1", "eve@example.com")
    assert (reply.subject, reply.text) == ("Re: Trains", "Yes, please.")


@pytest.mark.parametrize(
    "raw",
    [
        a_mail(From="mallory@example.com"),
        a_mail(To="replies+off-1.00000000000000000000@example.com"),
        a_mail(
            To=ADDRESSES.headers("c1", "OFF-2", "eve@example.com")["Reply-To"].replace("2", "1")
        ),
        a_mail(To="somebody@example.com"),
        a_mail(To="replies@example.com"),
        a_mail(Auto_Submitted="auto-replied"),
        a_mail(Precedence="bulk"),
        b"",
        b"\x00\xff\xfe",
        b"From: \r\nTo: ,,,\r\n\r\n",
    ],
)
def test_what_is_no_reply_of_whom_we_wrote_to_is_not_wanted(raw: bytes):
    with pytest.raises(MailNotWanted):
        read_reply(raw, None, ADDRESSES)


def test_the_agent_may_say_to_whom_it_came():
    to = ADDRESSES.headers("c1", "OFF-1", "eve@example.com")["Reply-To"]

    assert read_reply(a_mail(To="hidden@example.com"), to.upper(), ADDRESSES).text


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Yes.\n\nOn Mon, 2 Mar 2026 at 10:00, Us <us@example.com> wrote:\n> Do you?", "Yes."),
        ("Yes.\r\n-- \r\nEve\r\nCEO", "Yes."),
        ("Ja.\n\nAm 02.03.2026 um 10:00 schrieb Us:\n> Gern?", "Ja."),
        ("Yes.\n-----Original Message-----\nFrom: Us", "Yes."),
        ("> Do you?\n\nI do.", "I do."),
        ("> only\n> quoted", ""),
        ("a\x00b", "ab"),
    ],
)
def test_what_is_quoted_is_left_out(text: str, own: str):
    assert written_text(text) == own


def test_of_a_mail_in_html_the_text_is_taken():
    html = a_mail("<p>Yes &amp; no</p><script>alert(1)</script>", Content_Type="text/html")

    assert read_reply(html, None, ADDRESSES).text == "Yes & no"


async def test_a_reply_becomes_a_comment_once_and_sets_automations_off(house: Automated):
    engine = house.engine
    mail: dict[str, Any] = {"to": ["eve@example.com"], "subject": "Trains", "body": "Do you?"}
    thanks = {"id": "thank", "on": "email.received", "do": [{"label": "answered"}]}
    offer = an_offer({"email": mail})
    await house.publishes({**offer, "automations": [*offer["automations"], thanks]})
    card = await house.creates("offers", name="Trains")

    async def has_been_written_to() -> bool:
        async with engine.database.reading() as connection:
            return bool(await mails.list_mails(connection, limit=1))

    await eventually_so(has_been_written_to)
    settings = engine.settings.model_copy(update={"reply_address": "replies@example.com"})
    addresses = MailAddresses(settings, partial(load_sealer, settings))
    to = addresses.headers("", card.identity.key, "eve@example.com")["Reply-To"]
    incoming = Incoming(engine.database, engine.gateway, addresses)

    for _ in range(2):
        assert await incoming.take(a_mail("I do. @ana", To=to)) == card.identity.key

    await house.until(card, labels=("answered",))
    told = [each for each in await house.history(card) if each.actor.kind == "public"]
    assert [each.body.kind for each in told] == ["email.received", "comment.added"]
    assert told[0].body.sender == "eve@example.com"  # type: ignore[union-attr]
    assert told[1].body.text == "I do. @ana"  # type: ignore[union-attr]
    assert told[1].body.mentions == ()  # type: ignore[union-attr]
